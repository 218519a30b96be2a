package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Where images are looked at: a registry through its API, or its volume. From many threads at once.
 */
public interface Images extends AutoCloseable {
  /**
   * The repositories there are, in byte order.
   *
   * @param required whether there is nothing else to look at: else none where they are not listed
   */
  List<String> repositories(boolean required) throws IOException;

  /** The tags of a repository, in byte order; empty when there is no such repository. */
  Optional<List<String>> tags(String repository) throws IOException;

  /**
   * A manifest by tag or digest; empty when there is none.
   *
   * @throws InvalidManifestException when it cannot be understood
   * @throws DamagedImageException when it is there and not what it should be
   */
  Optional<Read> manifest(String repository, String reference)
      throws IOException, InvalidManifestException;

  /** What a tag or digest means, where that is known without the manifest. */
  default Optional<Digest> digest(String repository, String reference) throws IOException {
    return Digest.parse(reference);
  }

  /** Why a tag or digest has no manifest, and what heals it. */
  String missing(String repository, String reference) throws IOException;

  /**
   * What is wrong with a config or layer, and what heals it; empty when nothing is.
   *
   * @param deep whether to read it as a whole and compare it with its digest
   */
  String problem(String repository, Descriptor blob, boolean deep) throws IOException;

  @Override
  void close();

  /**
   * A manifest as it came.
   *
   * @param digest digest of the bytes
   * @param mediaType its type; empty when nobody says
   * @param bytes the manifest
   * @param parsed what it refers to
   */
  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way; never compared.
  record Read(Digest digest, String mediaType, byte[] bytes, Manifest parsed) {}
}
