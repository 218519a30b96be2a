package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Small images of every kind that registries hold. What is built with the same calls is the same to
 * the byte, so layers are shared between images as they are in life.
 */
public final class TestImages {
  static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
  static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";

  private TestImages() {}

  /** An OCI image with one layer of this text; another text is another image. */
  public static ImageBuilder oci(String text) {
    return new ImageBuilder(false).layer(text);
  }

  /** A Docker schema 2 image with one layer of this text. */
  public static ImageBuilder docker(String text) {
    return new ImageBuilder(true).layer(text);
  }

  /** An OCI index. */
  public static IndexBuilder index() {
    return new IndexBuilder(false);
  }

  /** A Docker manifest list. */
  public static IndexBuilder dockerList() {
    return new IndexBuilder(true);
  }

  /** An artifact with one small blob that says which image it is about. */
  public static TestImage artifact(String artifactType, TestImage subject, String text) {
    ObjectNode manifest = manifest(artifactType);
    Content config = new Content(EMPTY, "{}".getBytes(StandardCharsets.UTF_8));
    Content blob = new Content("text/plain", text.getBytes(StandardCharsets.UTF_8));
    manifest.set("config", config.descriptor());
    manifest.withArray("layers").add(blob.descriptor());
    manifest.set("subject", subject.manifest().descriptor());
    Content content = new Content(OCI_MANIFEST, Json.bytes(manifest));
    return new TestImage(content, artifactType, List.of(config, blob), List.of());
  }

  /** The index that clients keep at {@link #referrersTag} where a registry has no referrers API. */
  public static TestImage referrers(TestImage... referrers) {
    IndexBuilder index = index();
    for (TestImage referrer : referrers) {
      index.add(referrer);
    }
    return index.build();
  }

  /** The tag of the index of the subject's referrers: {@code sha256-<hex>}. */
  public static String referrersTag(TestImage subject) {
    return subject.digest().replace(':', '-');
  }

  /** The tag under which cosign keeps something of the image, for example {@code sig}. */
  public static String cosignTag(TestImage subject, String kind) {
    return referrersTag(subject) + "." + kind;
  }

  /** A signature as cosign 2 writes it: an image whose layer names the digest that it signs. */
  public static TestImage cosignSignature(TestImage subject) {
    return oci("{\"critical\":{\"image\":{\"docker-manifest-digest\":\""
            + subject.digest()
            + "\"}}}")
        .created(Instant.EPOCH)
        .build();
  }

  /** A manifest that buildx writes beside an image, with its provenance. */
  static TestImage attestation(TestImage image) {
    return oci("{\"predicateType\":\"provenance\",\"subject\":\"" + image.digest() + "\"}")
        .platform("unknown", "unknown")
        .build();
  }

  static ObjectNode manifest(String artifactType) {
    ObjectNode manifest = Json.object().put("schemaVersion", 2).put("mediaType", OCI_MANIFEST);
    return artifactType.isEmpty() ? manifest : manifest.put("artifactType", artifactType);
  }
}
