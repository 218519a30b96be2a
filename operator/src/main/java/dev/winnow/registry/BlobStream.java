package dev.winnow.registry;

import java.io.InputStream;

/** A blob's bytes as they come. */
public sealed interface BlobStream {
  /**
   * It is there.
   *
   * @param stream its bytes; the read that reaches the end throws {@link RegistryException} when
   *     they do not have the digest that was asked for. Must be closed
   * @param size its length in bytes, -1 when the registry gives none
   */
  record Found(InputStream stream, long size) implements BlobStream {}

  /** There is no such blob in this repository. */
  record NotFound() implements BlobStream {}
}
