package dev.winnow.registry;

import dev.winnow.oci.Digest;

/** What is known of a manifest without its bytes. */
public sealed interface ManifestHead {
  /**
   * It is there.
   *
   * @param digest its digest
   * @param mediaType the content type, empty when the registry gives none
   * @param size its length in bytes, -1 when the registry gives none
   */
  record Found(Digest digest, String mediaType, long size) implements ManifestHead {}

  /** There is no such manifest. */
  record NotFound() implements ManifestHead {}
}
