package dev.winnow.registry;

/** A blob's bytes. */
public sealed interface BlobContent {
  /**
   * It is there, and its bytes have the digest that was asked for.
   *
   * @param bytes not copied, not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(byte[] bytes) implements BlobContent {}

  /** There is no such blob in this repository. */
  record NotFound() implements BlobContent {}
}
