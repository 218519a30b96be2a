package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds an image index of given manifests; see {@link TestImages}. */
public final class IndexBuilder {
  private final boolean docker;
  private final List<TestImage> children = new ArrayList<>();
  private final ArrayNode descriptors = Json.object().withArray("manifests");
  private final ObjectNode annotations = Json.object();
  private @Nullable TestImage subject;

  IndexBuilder(boolean docker) {
    this.docker = docker;
  }

  /** A child, an index too if need be, without a platform. */
  public IndexBuilder add(TestImage child) {
    describe(child);
    return this;
  }

  /** A child for the platform. */
  public IndexBuilder add(TestImage child, String os, String architecture) {
    describe(child).withObject("/platform").put("architecture", architecture).put("os", os);
    return this;
  }

  /** What buildx adds beside an image: a manifest with its provenance, for no platform. */
  public IndexBuilder attestationOf(TestImage image) {
    ObjectNode descriptor = describe(TestImages.attestation(image));
    descriptor
        .withObject("/annotations")
        .put("vnd.docker.reference.digest", image.digest())
        .put("vnd.docker.reference.type", "attestation-manifest");
    descriptor.withObject("/platform").put("architecture", "unknown").put("os", "unknown");
    return this;
  }

  /** A descriptor of a manifest that is not pushed with the index. */
  public IndexBuilder addMissing(TestImage child) {
    descriptors.add(child.manifest().descriptor());
    return this;
  }

  /** An annotation of the index. */
  public IndexBuilder annotation(String name, String value) {
    annotations.put(name, value);
    return this;
  }

  /** The manifest that this index is about. */
  public IndexBuilder subject(TestImage image) {
    this.subject = image;
    return this;
  }

  public TestImage build() {
    String mediaType = docker ? TestImages.DOCKER_LIST : TestImages.OCI_INDEX;
    ObjectNode index = Json.object().put("schemaVersion", 2).put("mediaType", mediaType);
    index.set("manifests", descriptors.deepCopy());
    if (subject != null) {
      index.set("subject", subject.manifest().descriptor());
    }
    if (!annotations.isEmpty()) {
      index.set("annotations", annotations.deepCopy());
    }
    Content content = new Content(mediaType, Json.bytes(index));
    return new TestImage(content, null, List.of(), children);
  }

  private ObjectNode describe(TestImage child) {
    children.add(child);
    ObjectNode descriptor = child.manifest().descriptor();
    if (child.artifactType() != null) {
      descriptor.put("artifactType", child.artifactType());
    }
    descriptors.add(descriptor);
    return descriptor;
  }
}
