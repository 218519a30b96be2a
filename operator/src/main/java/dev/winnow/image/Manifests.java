package dev.winnow.image;

import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.ManifestParser;
import dev.winnow.registry.ManifestContent;
import dev.winnow.registry.RegistryClient;
import java.io.IOException;
import java.util.Optional;

/** Reads manifests from a registry. */
final class Manifests {
  private final RegistryClient client;

  Manifests(RegistryClient client) {
    this.client = client;
  }

  /**
   * Reads a manifest; empty when there is none.
   *
   * @throws InvalidManifestException when it cannot be understood
   */
  Optional<Images.Read> read(String repository, String reference)
      throws IOException, InvalidManifestException {
    return switch (client.manifest(repository, reference)) {
      case ManifestContent.NotFound missing -> Optional.empty();
      case ManifestContent.Found found -> {
        Manifest parsed = ManifestParser.parse(found.bytes());
        String type = found.mediaType().isEmpty() ? parsed.mediaType() : found.mediaType();
        yield Optional.of(new Images.Read(found.digest(), type, found.bytes(), parsed));
      }
    };
  }
}
