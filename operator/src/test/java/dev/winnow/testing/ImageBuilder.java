package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Builds an image for one platform; see {@link TestImages}. */
public final class ImageBuilder {
  private final boolean docker;
  private final ObjectNode config = Json.object();
  private final ObjectNode annotations = Json.object();
  private final List<Content> layers = new ArrayList<>();
  private @Nullable String artifactType;
  private @Nullable TestImage subject;

  ImageBuilder(boolean docker) {
    this.docker = docker;
    created(Instant.parse("2026-01-01T00:00:00Z"));
    platform("linux", "amd64");
    config.withObject("/rootfs").put("type", "layers");
  }

  /** When the config says that the image was made; null leaves it out. */
  public ImageBuilder created(@Nullable Instant instant) {
    if (instant == null) {
      config.remove("created");
    } else {
      config.put("created", instant.toString());
    }
    return this;
  }

  /** A label of the config. */
  public ImageBuilder label(String name, String value) {
    config.withObject("/config").withObject("/Labels").put(name, value);
    return this;
  }

  /** The platform that the config says. */
  public ImageBuilder platform(String os, String architecture) {
    config.put("architecture", architecture).put("os", os);
    return this;
  }

  /** One more layer, a file with this text. */
  public ImageBuilder layer(String text) {
    byte[] tar = tar(text.getBytes(StandardCharsets.UTF_8));
    config.withObject("/rootfs").withArray("diff_ids").add(Content.digest(tar));
    String type =
        docker
            ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
            : "application/vnd.oci.image.layer.v1.tar+gzip";
    layers.add(new Content(type, gzip(tar)));
    return this;
  }

  /** An annotation of the manifest. */
  public ImageBuilder annotation(String name, String value) {
    annotations.put(name, value);
    return this;
  }

  /** The manifest that this one is about. */
  public ImageBuilder subject(TestImage image) {
    this.subject = image;
    return this;
  }

  /** The manifest's artifact type. */
  public ImageBuilder artifactType(String type) {
    this.artifactType = type;
    return this;
  }

  public TestImage build() {
    String mediaType = docker ? TestImages.DOCKER_MANIFEST : TestImages.OCI_MANIFEST;
    String configType =
        docker
            ? "application/vnd.docker.container.image.v1+json"
            : "application/vnd.oci.image.config.v1+json";
    Content configContent = new Content(configType, Json.bytes(config));
    ObjectNode manifest = TestImages.manifest(artifactType == null ? "" : artifactType);
    manifest.put("mediaType", mediaType);
    manifest.set("config", configContent.descriptor());
    ArrayNode list = manifest.withArray("layers");
    layers.forEach(layer -> list.add(layer.descriptor()));
    if (subject != null) {
      manifest.set("subject", subject.manifest().descriptor());
    }
    if (!annotations.isEmpty()) {
      manifest.set("annotations", annotations.deepCopy());
    }
    List<Content> blobs = new ArrayList<>(List.of(configContent));
    blobs.addAll(layers);
    Content content = new Content(mediaType, Json.bytes(manifest));
    return new TestImage(content, artifactType, blobs, List.of());
  }

  private static byte[] tar(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Tar tar = new Tar(bytes)) {
      tar.file("file", 0644, content);
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
