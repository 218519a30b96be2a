package dev.winnow.controller;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sizes and times as people read them in a column. */
final class People {
  private static final String[] UNITS = {"B", "Ki", "Mi", "Gi", "Ti", "Pi"};
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm z", Locale.ENGLISH);

  private People() {}

  /** As {@code 1.2Gi}; null when unknown. */
  static @Nullable String size(@Nullable Long bytes) {
    if (bytes == null) {
      return null;
    }
    double size = bytes;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return String.format(
        Locale.ROOT, unit > 0 && size < 10 ? "%.1f%s" : "%.0f%s", size, UNITS[unit]);
  }

  /** As {@code 1h5m}, {@code 7m12s} or {@code 4s}. */
  static String duration(Duration time) {
    if (time.toHours() > 0) {
      return time.toHours() + "h" + time.toMinutesPart() + "m";
    }
    return (time.toMinutes() > 0 ? time.toMinutes() + "m" : "") + time.toSecondsPart() + "s";
  }

  /** As {@code 2026-11-21 02:30 CET}. */
  static String time(Instant instant, ZoneId zone) {
    return MINUTE.format(instant.atZone(zone));
  }
}
