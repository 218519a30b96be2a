package dev.winnow.registry;

import java.io.InputStream;

/** What became of an answer's body. */
sealed interface Body {
  /** No body. */
  Body EMPTY = new Whole(new byte[0]);

  /** All of it; of an error's body at least the beginning. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Whole(byte[] bytes) implements Body {}

  /** It comes while it is read. Closing it ends the request. */
  record Stream(InputStream stream) implements Body {}

  /** Larger than the bound; the rest was not read. */
  record TooLarge(long limit) implements Body {}

  /** It ended before its end. */
  record CutOff(Throwable cause) implements Body {}

  /** It stopped coming, or came too slowly. */
  record Stalled(String why) implements Body {}
}
