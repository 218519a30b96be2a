package dev.winnow.cli;

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
    // Arithmetic, as a formatter takes longer to load than a short command has.
    long tenths = Math.round(size * 10);
    return unit == 0
        ? bytes + " B"
        : (size < 10 ? tenths / 10 + "." + tenths % 10 : String.valueOf(Math.round(size)))
            + " "
            + UNITS[unit];
  }
}
