package dev.winnow.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Instants in words for people. */
final class Times {
  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

  private Times() {}

  /** As {@code 2026-11-20 02:30}, in UTC; a dash when unknown. */
  static String minute(@Nullable Instant time) {
    return time == null ? "-" : MINUTES.format(time);
  }
}
