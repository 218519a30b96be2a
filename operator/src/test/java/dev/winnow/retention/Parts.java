package dev.winnow.retention;

import dev.winnow.api.Parsed;

/** Parsed parts of policies; what does not parse fails the test. */
final class Parts {
  private Parts() {}

  static VersionRange range(String text) {
    return value(VersionRange.parse(text));
  }

  static GroupBy groupBy(String text) {
    return value(GroupBy.parse(text));
  }

  static Version version(String text) {
    return Version.parse(text).orElseThrow(() -> new AssertionError("no version: " + text));
  }

  private static <T> T value(Parsed<T> parsed) {
    return switch (parsed) {
      case Parsed.Ok<T>(T value) -> value;
      case Parsed.Bad<T>(String message) -> throw new AssertionError(message);
    };
  }
}
