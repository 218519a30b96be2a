package dev.winnow.api;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as users write them: integers with the units {@code w d h m s}, largest first, as
 * {@code 30d} or {@code 1h30m}; always greater than zero.
 *
 * <p>Strict, because elsewhere a slip has meant "everything": a number without a unit has been read
 * as nanoseconds and a unit without a number as zero.
 */
public final class Durations {
  /** The form, for a schema; that it is not zero and not too long is checked here. */
  static final String PATTERN = "^(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$";

  private static final Pattern FORM =
      Pattern.compile("(?:(\\d+)w)?(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");
  private static final long[] SECONDS = {7 * 86_400, 86_400, 3_600, 60, 1};
  private static final long MAX_SECONDS = 1_000L * 366 * 86_400;
  private static final int MAX_LENGTH = 64;

  private Durations() {}

  /** Reads a duration. */
  public static Parsed<Duration> parse(String text) {
    if (!text.isEmpty() && text.length() <= 18 && text.chars().allMatch(Character::isDigit)) {
      return Parsed.bad(
          "\"" + text + "\" has no unit; write for example " + text + "d or " + text + "h");
    }
    Matcher form = FORM.matcher(text);
    if (text.isEmpty() || text.length() > MAX_LENGTH || !form.matches()) {
      return Parsed.bad(
          Texts.quoted(text)
              + " is not a duration; write integers with the units w d h m s, largest first, as 30d"
              + " or 1h30m");
    }
    long total = 0;
    for (int unit = 0; unit < SECONDS.length; unit++) {
      String number = form.group(unit + 1);
      if (number != null) {
        long value = number.length() > 12 ? MAX_SECONDS : Long.parseLong(number);
        total = Math.min(MAX_SECONDS + 1, total + Math.min(value, MAX_SECONDS + 1) * SECONDS[unit]);
      }
    }
    if (total == 0) {
      return Parsed.bad(Texts.quoted(text) + " is zero; a duration is greater than zero");
    }
    if (total > MAX_SECONDS) {
      return Parsed.bad(Texts.quoted(text) + " is more than a thousand years");
    }
    return Parsed.ok(Duration.ofSeconds(total));
  }
}
