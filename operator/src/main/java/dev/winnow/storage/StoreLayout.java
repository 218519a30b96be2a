package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where things are below a registry's root directory.
 *
 * <p>Source: distribution, registry/storage/paths.go.
 *
 * @param root the registry's {@code rootdirectory}, which holds {@code docker/registry/v2}
 */
public record StoreLayout(Path root) {
  Path v2() {
    return root.resolve("docker/registry/v2");
  }

  Path repositories() {
    return v2().resolve("repositories");
  }

  Path blobs() {
    return v2().resolve("blobs");
  }

  Path blobFolder(Digest digest) {
    return blobs()
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  Path blob(Digest digest) {
    return blobFolder(digest).resolve("data");
  }

  Path repository(String name) {
    return repositories().resolve(name);
  }

  Path tags(String repository) {
    return repository(repository).resolve("_manifests/tags");
  }

  Path tag(String repository, String tag) {
    return tags(repository).resolve(tag);
  }

  Path revisions(String repository) {
    return repository(repository).resolve("_manifests/revisions");
  }

  Path revision(String repository, Digest digest) {
    return linkIn(revisions(repository), digest);
  }

  Path layers(String repository) {
    return repository(repository).resolve("_layers");
  }

  Path layer(String repository, Digest digest) {
    return linkIn(layers(repository), digest);
  }

  Path uploads(String repository) {
    return repository(repository).resolve("_uploads");
  }

  static Path linkIn(Path folder, Digest digest) {
    return folder.resolve(digest.algorithm()).resolve(digest.hex()).resolve("link");
  }

  /** The folder that a file of a store lies in. */
  static Path folder(Path file) {
    return Objects.requireNonNull(file.getParent(), "a file of a store lies in a folder");
  }

  /** Winnow's own folder, which neither the catalog nor any collector looks into. */
  Path own() {
    return root.resolve(".winnow");
  }

  /** What Winnow is writing; whatever lies here when a pass begins is a killed one's. */
  Path temporaries() {
    return own().resolve("tmp");
  }

  Path trash() {
    return own().resolve("trash");
  }
}
