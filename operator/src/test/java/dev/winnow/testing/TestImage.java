package dev.winnow.testing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest with all that has to be in the repository before it: the blobs of an image, the
 * children of an index. {@link TestImages} makes them; {@link ImagePusher} and {@link StoreWriter}
 * bring them to a registry.
 *
 * @param manifest the manifest's bytes
 * @param artifactType what a descriptor of it says as artifact type, null for nothing
 * @param blobs the config and the layers
 * @param children the manifests of an index, in order
 */
public record TestImage(
    Content manifest,
    @Nullable String artifactType,
    List<Content> blobs,
    List<TestImage> children) {
  public TestImage {
    blobs = List.copyOf(blobs);
    children = List.copyOf(children);
  }

  /** The manifest's digest. */
  public String digest() {
    return manifest.digest();
  }

  /** The manifest's media type. */
  public String mediaType() {
    return manifest.mediaType();
  }

  /** A copy of the manifest's bytes. */
  public byte[] bytes() {
    return manifest.bytes();
  }
}
