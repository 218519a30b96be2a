package dev.winnow.registry;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Dates as HTTP writes them. Source: RFC 9110 § 5.6.7; the two obsolete forms are not read. */
final class HttpDates {
  private HttpDates() {}

  static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
