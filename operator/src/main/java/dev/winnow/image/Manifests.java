package dev.winnow.image;

import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.ManifestParser;
import dev.winnow.registry.ManifestContent;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import java.io.IOException;
import java.util.Optional;

/** Reads manifests from a registry. */
final class Manifests {
  private final RegistryClient client;

  Manifests(RegistryClient client) {
    this.client = client;
  }

  /**
   * A manifest as it came.
   *
   * @param digest digest of the bytes
   * @param mediaType type as the registry says, else as the manifest does
   * @param bytes the manifest
   * @param parsed what it refers to
   */
  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way; never compared.
  record Read(Digest digest, String mediaType, byte[] bytes, Manifest parsed) {}

  /**
   * Reads a manifest; empty when there is none.
   *
   * @throws InvalidManifestException when it cannot be understood
   */
  Optional<Read> read(String repository, String reference)
      throws IOException, InvalidManifestException {
    return switch (client.manifest(repository, reference)) {
      case ManifestContent.NotFound missing -> Optional.empty();
      case ManifestContent.Found found -> {
        Manifest parsed = ManifestParser.parse(found.bytes());
        String type = found.mediaType().isEmpty() ? parsed.mediaType() : found.mediaType();
        yield Optional.of(new Read(found.digest(), type, found.bytes(), parsed));
      }
    };
  }

  /** Whether a fault says that the registry has the content, and that it is bad. */
  static boolean isDamage(RegistryException fault) {
    return fault.kind() == RegistryException.Kind.BAD_RESPONSE;
  }
}
