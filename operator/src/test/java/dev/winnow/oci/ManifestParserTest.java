package dev.winnow.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Manifest.Kind;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestParserTest {
  private static final String A = digest("a");
  private static final String B = digest("b");
  private static final String C = digest("c");
  private static final String LONG = "sha512:" + "ab".repeat(64);

  @Test
  void ociImage() throws InvalidManifestException {
    Manifest manifest =
        parse(
            """
            {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
             "artifactType": "x/y",
             "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "$A", "size": 7},
             "layers": [{"mediaType": "t", "digest": "$B", "size": 8, "urls": ["https://example.com/$C"]},
                        {"mediaType": "t", "digest": "$B", "size": 8}],
             "subject": {"mediaType": "m", "digest": "$C", "size": 9},
             "annotations": {"k": "v"}}
            """);
    assertThat(manifest.kind()).isEqualTo(Kind.IMAGE);
    assertThat(manifest.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(manifest.artifactType()).isEqualTo("x/y");
    assertThat(manifest.config())
        .isEqualTo(new Descriptor(MediaTypes.OCI_CONFIG, new Digest(A), 7, Map.of(), ""));
    assertThat(manifest.layers()).extracting(layer -> layer.digest().text()).containsExactly(B, B);
    assertThat(manifest.subject()).isEqualTo(new Descriptor("m", new Digest(C), 9, Map.of(), ""));
    assertThat(manifest.annotations()).isEqualTo(Map.of("k", "v"));
    assertThat(manifest.blobs()).hasSize(3);
    assertThat(manifest.others()).isEmpty();
    assertThat(manifest.isIndex()).isFalse();
  }

  @Test
  void ociIndexWithAttestationsAndNestedIndexes() throws InvalidManifestException {
    Manifest manifest =
        parse(
            """
            {"schemaVersion": 2, "manifests": [
              {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "$A", "size": 1,
               "platform": {"architecture": "amd64", "os": "linux", "os.features": ["x"]}},
              {"digest": "$B", "size": 1, "platform": {"architecture": "unknown", "os": "unknown"}},
              {"digest": "$B", "size": 1, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
              {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "$C", "size": 1},
              {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "$C", "size": 1}]}
            """);
    assertThat(manifest.kind()).isEqualTo(Kind.INDEX);
    assertThat(manifest.mediaType()).isEmpty();
    assertThat(manifest.members()).hasSize(5);
    assertThat(manifest.members().getFirst().platform()).isEqualTo("linux/amd64");
    assertThat(manifest.images())
        .extracting(member -> member.digest().text())
        .containsExactly(A, C, C);
  }

  @Test
  void dockerTypes() throws InvalidManifestException {
    Manifest image =
        parse(
            "{\"schemaVersion\": 2, \"mediaType\": \""
                + MediaTypes.DOCKER_MANIFEST
                + "\", \"config\": {\"digest\": \"$A\"}, \"layers\": [{\"digest\": \"$B\"}]}");
    assertThat(image.kind()).isEqualTo(Kind.IMAGE);
    Manifest list =
        parse(
            "{\"schemaVersion\": 2, \"mediaType\": \""
                + MediaTypes.DOCKER_LIST
                + "\", \"manifests\": [{\"digest\": \"$A\"}]}");
    assertThat(list.kind()).isEqualTo(Kind.INDEX);
  }

  /** The signature's payload holds no digests of content, and layers may stand twice. */
  @Test
  void schema1() throws InvalidManifestException {
    Manifest manifest =
        parse(
            """
            {"schemaVersion": 1, "name": "a/b", "tag": "v1", "architecture": "amd64",
             "fsLayers": [{"blobSum": "$A"}, {"blobSum": "$A"}, {"blobSum": "$B"}],
             "history": [{"v1Compatibility": "{\\"id\\":\\"x\\"}"}],
             "signatures": [{"header": {"jwk": {"kid": "K"}}, "signature": "s", "protected": "p"}]}
            """);
    assertThat(manifest.kind()).isEqualTo(Kind.SCHEMA1);
    assertThat(manifest.layers())
        .extracting(layer -> layer.digest().text())
        .containsExactly(A, A, B);
    assertThat(manifest.config()).isNull();
  }

  @Test
  void artifactManifest() throws InvalidManifestException {
    Manifest manifest =
        parse(
            "{\"mediaType\": \""
                + MediaTypes.OCI_ARTIFACT
                + "\", \"blobs\": [{\"digest\": \"$A\"}], \"subject\": {\"digest\": \"$B\"}}");
    assertThat(manifest.kind()).isEqualTo(Kind.ARTIFACT);
    assertThat(manifest.layers()).hasSize(1);
    assertThat(manifest.subject()).isNotNull();
    assertThat(parse("{\"mediaType\": \"" + MediaTypes.OCI_ARTIFACT + "\"}").kind())
        .isEqualTo(Kind.ARTIFACT);
  }

  @Test
  void unknownTypesKeepWhatTheyName() throws InvalidManifestException {
    Manifest manifest =
        parse(
            """
            {"kind": "future", "things": [{"content": {"ref": "$A", "deep": [["$B"]]}}], "one": "$C",
             "text": "see $A", "n": 1, "t": true, "x": null, "five": "$LONG"}
            """);
    assertThat(manifest.kind()).isEqualTo(Kind.UNKNOWN);
    assertThat(manifest.others()).extracting(Digest::text).containsExactlyInAnyOrder(A, B, C, LONG);
    assertThat(parse("{}").kind()).isEqualTo(Kind.UNKNOWN);
  }

  @Test
  void unknownFieldsOfKnownTypesCountToo() throws InvalidManifestException {
    Manifest manifest =
        parse(
            """
            {"config": {"digest": "$A", "more": {"x": "$B"}}, "layers": [], "Layers": [{"digest": "$C"}]}
            """);
    assertThat(manifest.kind()).isEqualTo(Kind.IMAGE);
    assertThat(manifest.others()).extracting(Digest::text).containsExactlyInAnyOrder(B, C);
    Manifest schema1 =
        parse(
            "{\"fsLayers\": [{\"blobSum\": \"$A\", \"more\": {\"x\": \"$B\"}, \"other\": \"$C\"}]}");
    assertThat(schema1.others()).extracting(Digest::text).containsExactlyInAnyOrder(B, C);
  }

  @Test
  void sha512IsADigest() throws InvalidManifestException {
    Manifest manifest =
        parse("{\"config\": {\"digest\": \"$LONG\"}, \"layers\": [{\"digest\": \"$LONG\"}]}");
    assertThat(manifest.blobs())
        .extracting(blob -> blob.digest().text())
        .containsExactly(LONG, LONG);
  }

  /** Embedded data may be long and look like anything. */
  @Test
  void embeddedDataIsPassedOver() throws InvalidManifestException {
    Manifest manifest =
        parse("{\"config\": {\"digest\": \"$A\", \"data\": \"$B\"}, \"layers\": []}");
    assertThat(manifest.others()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"config\": null, \"layers\": null, \"subject\": null, \"annotations\": null, \"mediaType\": null}",
        "{\"config\": {\"digest\": \"$A\", \"size\": -1}}",
        "{\"config\": {\"digest\": \"$A\", \"size\": \"x\"}}",
        "{\"config\": {\"digest\": \"$A\", \"size\": 1.5}}",
        "{\"config\": {\"digest\": \"$A\", \"size\": 123456789012345678901234567890}}",
        "{\"config\": {\"digest\": \"$A\", \"platform\": null, \"annotations\": null}}",
        "{\"annotations\": {\"n\": 1, \"o\": {}}}",
        "{\"manifests\": []}",
      })
  void harmlessOddities(String json) throws InvalidManifestException {
    Manifest manifest = parse(json);
    assertThat(manifest.blobs()).allMatch(blob -> blob.size() == 0);
    assertThat(manifest.annotations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "\"x\"",
        "{",
        "{\"config\": {\"digest\": \"$A\"}",
        "{} {}",
        "{}garbage",
        "{\"a\": }",
        "{\"config\": \"$A\"}",
        "{\"config\": {}}",
        "{\"config\": {\"digest\": null}}",
        "{\"config\": {\"digest\": 5}}",
        "{\"config\": {\"digest\": \"\"}}",
        "{\"config\": {\"digest\": \"sha256:../../../etc/passwd\"}}",
        "{\"config\": {\"digest\": \"SHA256:$HEX\"}}",
        "{\"config\": {\"digest\": \"sha256:$UPPER\"}}",
        "{\"config\": {\"digest\": \"$A \"}}",
        "{\"config\": {\"digest\": \"md5:900150983cd24fb0d6963f7d28e17f72\"}}",
        "{\"config\": {\"digest\": \"$A\", \"digest\": \"$B\"}}",
        "{\"config\": {\"Digest\": \"$A\"}}",
        "{\"config\": {\"digest\": \"$A\"}, \"config\": {\"digest\": \"$B\"}}",
        "{\"layers\": [], \"layers\": [{\"digest\": \"$A\"}]}",
        "{\"manifests\": [], \"manifests\": []}",
        "{\"subject\": {\"digest\": \"$A\"}, \"subject\": null}",
        "{\"mediaType\": \"a\", \"mediaType\": \"b\"}",
        "{\"mediaType\": 5}",
        "{\"annotations\": {}, \"annotations\": {}}",
        "{\"annotations\": []}",
        "{\"layers\": {}}",
        "{\"layers\": [null]}",
        "{\"layers\": [\"$A\"]}",
        "{\"manifests\": [{\"size\": 1}]}",
        "{\"fsLayers\": {}}",
        "{\"fsLayers\": [{}]}",
        "{\"fsLayers\": [{\"blobSum\": \"x\"}]}",
        "{\"fsLayers\": [{\"blobSum\": \"$A\", \"blobSum\": \"$B\"}]}",
      })
  void refuses(String json) {
    assertThatThrownBy(() -> parse(json)).isInstanceOf(InvalidManifestException.class);
  }

  @Test
  void refusesInvalidUtf8() {
    byte[] bytes = "{\"mediaType\": \"xx\"}".getBytes(StandardCharsets.UTF_8);
    bytes[15] = (byte) 0xC3;
    bytes[16] = (byte) 0x28;
    assertThatThrownBy(() -> ManifestParser.parse(bytes))
        .isInstanceOf(InvalidManifestException.class);
  }

  /** What no registry reads is no manifest, whatever it would say. */
  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void refusesOtherEncodings(String charset) throws InvalidManifestException {
    String manifest = "{\"schemaVersion\":2}";
    assertThat(parse(manifest).kind()).isEqualTo(Kind.UNKNOWN);
    byte[] marked = ("\uFEFF" + manifest).getBytes(StandardCharsets.UTF_8);
    for (byte[] bytes : new byte[][] {manifest.getBytes(Charset.forName(charset)), marked}) {
      assertThatThrownBy(() -> ManifestParser.parse(bytes))
          .isInstanceOf(InvalidManifestException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  @Test
  void hasBounds() throws InvalidManifestException {
    String pad = " ".repeat((4 << 20) - 2);
    assertThat(parse("{}" + pad).kind()).isEqualTo(Kind.UNKNOWN);
    assertThatThrownBy(() -> parse("{}" + pad + " "))
        .isInstanceOf(InvalidManifestException.class)
        .hasMessageContaining("4194304");
    for (String open : new String[] {"[", "{\"a\":"}) {
      String deep = "{\"x\": " + open.repeat(10_000);
      assertThatThrownBy(() -> parse(deep)).isInstanceOf(InvalidManifestException.class);
      String inDescriptor = "{\"config\": {\"digest\": \"$A\", \"x\": " + open.repeat(10_000);
      assertThatThrownBy(() -> parse(inDescriptor)).isInstanceOf(InvalidManifestException.class);
    }
    assertThat(parse("{\"x\": " + "[".repeat(90) + "\"$A\"" + "]".repeat(90) + "}").others())
        .hasSize(1);
  }

  @Test
  void manyMembers() throws InvalidManifestException {
    StringBuilder json = new StringBuilder("{\"manifests\": [");
    for (int i = 0; i < 1_000; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"digest\": \"")
          .append(digest("m" + i))
          .append("\"}");
    }
    assertThat(parse(json + "]}").members()).hasSize(1_000);
  }

  private static Manifest parse(String json) throws InvalidManifestException {
    String text =
        json.replace("$A", A)
            .replace("$B", B)
            .replace("$C", C)
            .replace("$LONG", LONG)
            .replace("$HEX", A.substring(7))
            .replace("$UPPER", "AB".repeat(32));
    return ManifestParser.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(String content) {
    return Digest.sha256(content.getBytes(StandardCharsets.UTF_8)).text();
  }
}
