package dev.winnow.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bytes in words for people. */
final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Sizes() {}

  /** As {@code 1.2 GiB}; a dash when unknown. */
  static String of(@Nullable Long bytes) {
    if (bytes == null) {
      return "-";
    }
    double size = bytes;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, size < 10 ? "%.1f %s" : "%.0f %s", size, UNITS[unit]);
  }
}
