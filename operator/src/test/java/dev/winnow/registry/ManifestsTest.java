package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.oci.MediaTypes;
import dev.winnow.registry.FakeRegistry.Answer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ManifestsTest {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final byte[] BYTES = "{\"schemaVersion\":2}".getBytes(UTF_8);
  private static final Digest DIGEST = Digest.sha256(BYTES);
  private static final Digest OTHER = Digest.sha256(new byte[0]);
  private static final Answer MANIFEST = Answer.bytes(BYTES, TYPE);

  @Test
  void readsAManifestAndAsksForEveryType() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(MANIFEST.with("Docker-Content-Digest", DIGEST.text()));
        RegistryClient client = Clients.to(registry.url())) {
      assertFound(client.manifest("team/app", "v1"), DIGEST);
      assertFound(client.manifest("team/app", DIGEST.text()), DIGEST);
      assertThat(registry.lines())
          .containsExactly("GET /v2/team/app/manifests/v1", "GET /v2/team/app/manifests/" + DIGEST);
      assertThat(registry.requests.getFirst().header("User-Agent")).isEqualTo("winnow/test");
      assertThat(registry.requests.getFirst().header("Accept").split(", "))
          .startsWith(TYPE)
          .contains(
              "application/vnd.oci.image.index.v1+json",
              "application/vnd.docker.distribution.manifest.v2+json",
              "application/vnd.docker.distribution.manifest.list.v2+json",
              "application/vnd.oci.artifact.manifest.v1+json",
              "application/vnd.docker.distribution.manifest.v1+prettyjws",
              "application/vnd.docker.distribution.manifest.v1+json")
          .endsWith("*/*;q=0.1");
    }
  }

  @Test
  void computesTheDigestThatTheRegistryDoesNotSay() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(MANIFEST);
        RegistryClient client = Clients.to(registry.url())) {
      assertFound(client.manifest("r", "v1"), DIGEST);
      assertThat(client.head("r", "v1"))
          .isEqualTo(new ManifestHead.Found(DIGEST, TYPE, BYTES.length));
      Digest sha512 =
          new Digest(
              "sha512:"
                  + HexFormat.of()
                      .formatHex(new Digest("sha512:" + "0".repeat(128)).newHash().digest(BYTES)));
      assertFound(client.manifest("r", sha512.text()), sha512);
      assertThat(registry.lines())
          .startsWith(
              "GET /v2/r/manifests/v1", "HEAD /v2/r/manifests/v1", "GET /v2/r/manifests/v1");
    }
  }

  @Test
  void readsAHead() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                MANIFEST.with("Docker-Content-Digest", DIGEST.text()),
                Answer.of(404),
                Answer.error(404, "MANIFEST_UNKNOWN"),
                Answer.of(404));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.head("r", "v1"))
          .isInstanceOfSatisfying(
              ManifestHead.Found.class, found -> assertThat(found.digest()).isEqualTo(DIGEST));
      assertThat(client.head("r", "v1")).isEqualTo(new ManifestHead.NotFound());
      assertThat(client.manifest("r", "v1")).isEqualTo(new ManifestContent.NotFound());
      assertThatThrownBy(() -> client.manifest("r", "v1"))
          .as("only a registry is believed that something is gone")
          .hasMessageContaining("is this a registry's address?");
    }
  }

  @Test
  void refusesBytesThatAreNotWhatTheyShouldBe() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(MANIFEST.with("Docker-Content-Digest", OTHER.text()));
        FakeRegistry silent = FakeRegistry.inTurn(MANIFEST);
        RegistryClient client = Clients.to(registry.url());
        RegistryClient toSilent = Clients.to(silent.url())) {
      assertThatThrownBy(() -> client.manifest("r", "v1")).hasMessageContaining("says they are");
      assertThatThrownBy(() -> client.manifest("r", DIGEST.text()))
          .hasMessageContaining("says they are");
      assertThatThrownBy(() -> toSilent.manifest("r", OTHER.text()))
          .hasMessageContaining("not the manifest asked for");
      assertThatThrownBy(() -> client.head("r", DIGEST.text()))
          .hasMessageContaining("another manifest");
      assertThat(registry.requests).as("not asked again").hasSize(3);
    }
  }

  @Test
  void boundsAManifest() throws IOException {
    byte[] large = new byte[(4 << 20) + 1];
    byte[] largest = Arrays.copyOf(large, 4 << 20);
    try (FakeRegistry registry =
            FakeRegistry.inTurn(Answer.bytes(large, TYPE), Answer.bytes(largest, TYPE));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.manifest("r", "v1"))
          .hasMessageContaining("larger than 4194304 bytes");
      assertFound(client.manifest("r", "v1"), Digest.sha256(largest));
    }
  }

  @Test
  void readsTheDigestOfASignedManifest() throws IOException {
    String payload = "{\n   \"schemaVersion\": 1\n}";
    String head = payload.substring(0, payload.length() - 2);
    String format =
        "{\"formatLength\":"
            + head.length()
            + ",\"formatTail\":\""
            + base64("\n}")
            + "\",\"time\":\"2015\"}";
    String signed = head + ",\n \"signatures\": [{\"protected\": \"" + base64(format) + "\"}]\n}";
    Digest digest = Digest.sha256(payload.getBytes(UTF_8));
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.bytes(signed.getBytes(UTF_8), MediaTypes.DOCKER_SCHEMA1_SIGNED)
                    .with("Docker-Content-Digest", digest.text()));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.manifest("r", "v1"))
          .isInstanceOfSatisfying(
              ManifestContent.Found.class, found -> assertThat(found.digest()).isEqualTo(digest));
    }
  }

  @Test
  void saysWhatAWebPageIs() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(Answer.bytes("<!doctype html>".getBytes(UTF_8), "text/html"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.manifest("r", "v1")).hasMessageContaining("text/html");
      assertThatThrownBy(() -> client.head("r", "v1")).hasMessageContaining("text/html");
    }
  }

  @Test
  void escapesAReference() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.error(404, "MANIFEST_UNKNOWN"));
        RegistryClient client = Clients.to(registry.url())) {
      client.manifest("r", "a/../b c");
      assertThat(registry.lines()).containsExactly("GET /v2/r/manifests/a%2F..%2Fb%20c");
      assertThatThrownBy(() -> client.manifest("r", ".."))
          .hasMessageContaining("not a name in a registry");
    }
  }

  @Test
  void readsReferrersFromTheApiAndItsPages() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                MANIFEST.with("Link", "<?page=2>; rel=next"), Answer.bytes(new byte[] {1}, TYPE));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.referrers("r", DIGEST))
          .isInstanceOfSatisfying(
              ReferrerList.Found.class,
              found -> {
                assertThat(found.indexes()).containsExactly(BYTES, new byte[] {1});
                assertThat(found.source()).isEqualTo(ReferrerList.Source.API);
              });
    }
  }

  @Test
  void readsReferrersFromTheFallbackTag() throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request ->
                request.path().equals("/v2/r/manifests/sha256-" + DIGEST.hex())
                    ? MANIFEST
                    : Answer.error(404, "MANIFEST_UNKNOWN"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.referrers("r", DIGEST))
          .isInstanceOfSatisfying(
              ReferrerList.Found.class,
              found -> assertThat(found.source()).isEqualTo(ReferrerList.Source.FALLBACK_TAG));
      assertThat(client.referrers("r", OTHER)).isEqualTo(new ReferrerList.NotFound());
    }
  }

  @Test
  void putsAManifest() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.of(201).with("Docker-Content-Digest", DIGEST.text()),
                Answer.of(201).with("Docker-Content-Digest", OTHER.text()));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.putManifest("r", "v1", BYTES, TYPE)).isEqualTo(DIGEST);
      assertThat(registry.requests.getFirst().header("Content-Type")).isEqualTo(TYPE);
      assertThat(registry.requests.getFirst().body()).isEqualTo(new String(BYTES, UTF_8));
      assertThatThrownBy(() -> client.putManifest("r", "v1", BYTES, TYPE))
          .hasMessageContaining("stored other bytes");
    }
  }

  private static void assertFound(ManifestContent content, Digest digest) {
    assertThat(content)
        .isInstanceOfSatisfying(
            ManifestContent.Found.class,
            found -> {
              assertThat(found.digest()).isEqualTo(digest);
              assertThat(found.mediaType()).isEqualTo(TYPE);
            });
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }
}
