package dev.winnow.registry;

/** What a request carries. */
sealed interface Payload {
  /** Nothing. */
  Payload NONE = new None();

  /** Nothing. */
  record None() implements Payload {}

  /** Bytes in memory. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Bytes(byte[] bytes, String mediaType) implements Payload {}

  /** A stream of known length, opened afresh for each attempt. */
  record Stream(BlobSource source, long size) implements Payload {}
}
