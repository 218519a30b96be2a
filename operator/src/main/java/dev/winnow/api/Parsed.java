package dev.winnow.api;

import java.util.function.Function;

/** A value read from text, or why there is none. */
public sealed interface Parsed<T> {
  /**
   * @param value what the text means
   */
  record Ok<T>(T value) implements Parsed<T> {}

  /**
   * @param message what is wrong with the text
   */
  record Bad<T>(String message) implements Parsed<T> {}

  static <T> Parsed<T> ok(T value) {
    return new Ok<>(value);
  }

  static <T> Parsed<T> bad(String message) {
    return new Bad<>(message);
  }

  /** The value; where there is none, throws what is made of the message. */
  default <X extends Exception> T orThrow(Function<String, X> failure) throws X {
    return switch (this) {
      case Ok<T>(T value) -> value;
      case Bad<T>(String message) -> throw failure.apply(message);
    };
  }
}
