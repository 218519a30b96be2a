package dev.winnow.registry;

import dev.winnow.oci.Digest;

/** A manifest's bytes. */
public sealed interface ManifestContent {
  /**
   * It is there, and its bytes have this digest.
   *
   * @param bytes as the registry sent them; not copied, not to be changed
   * @param digest their digest
   * @param mediaType the content type, empty when the registry gives none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(byte[] bytes, Digest digest, String mediaType) implements ManifestContent {}

  /** There is no such manifest. */
  record NotFound() implements ManifestContent {}
}
