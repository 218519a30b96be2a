package dev.winnow.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.winnow.api.Parsed;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A schedule of five fields as in Unix (minute, hour, day of month, month, day of week; where both
 * days are restricted, either may hold), or a macro like {@code @daily}.
 *
 * <p>The fields speak of the clock on the wall. Where daylight saving skips a time of day, the
 * schedule fires at the first instant after the gap; a schedule that fires every hour has lost
 * nothing and does not. Where a time comes twice, a fixed time fires the first time, and one with a
 * wildcard in its minute or hour both times.
 */
public final class CronSchedule {
  private static final Map<String, String> MACROS =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  private static final int MAX_LENGTH = 256;

  /** A leap day may be eight years off. */
  private static final int MOST_YEARS = 9;

  private final String text;
  private final ExecutionTime matches;
  private final boolean fixedHour;
  private final boolean fixedTime;

  private CronSchedule(String text, String[] fields, ExecutionTime matches) {
    this.text = text;
    this.matches = matches;
    this.fixedHour = !fields[1].contains("*");
    this.fixedTime = fixedHour && !fields[0].contains("*");
  }

  /** Reads a schedule; one that can never fire is none. */
  public static Parsed<CronSchedule> parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return Parsed.bad("a schedule has at most " + MAX_LENGTH + " characters");
    }
    String macro = MACROS.get(text.strip().toLowerCase(Locale.ROOT));
    if (macro == null && text.strip().startsWith("@")) {
      return bad(text, "the macros are @hourly @daily @weekly @monthly @yearly");
    }
    String[] fields = (macro == null ? text.strip() : macro).split("\\s+", -1);
    if (fields.length != 5) {
      return bad(text, "it needs five fields: minute hour day-of-month month day-of-week");
    }
    ExecutionTime matches;
    try {
      // A parser keeps state of the definition; making one costs microseconds.
      Cron cron =
          new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX))
              .parse(String.join(" ", fields))
              .validate();
      matches = ExecutionTime.forCron(cron);
    } catch (IllegalArgumentException e) {
      return bad(text, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    CronSchedule schedule = new CronSchedule(text, fields, matches);
    boolean fires = schedule.match(LocalDateTime.of(2000, 1, 1, 0, 0)).isPresent();
    return fires ? Parsed.ok(schedule) : bad(text, "there is no such day in any year");
  }

  private static Parsed<CronSchedule> bad(String text, String why) {
    return Parsed.bad(
        "\"" + text + "\" is not a cron schedule: " + why + "; write for example \"30 2 * * *\"");
  }

  /** The first time after an instant; empty when there is none in years. */
  public Optional<Instant> next(Instant after, ZoneId zone) {
    ZoneRules rules = zone.getRules();
    ZoneOffset offset = rules.getOffset(after);
    LocalDateTime from = repeated(LocalDateTime.ofInstant(after, offset), offset, rules);
    ZoneOffsetTransition change = rules.nextTransition(after);
    while (true) {
      Optional<LocalDateTime> match = match(from);
      if (match.isEmpty()) {
        return Optional.empty();
      }
      Instant instant = match.get().toInstant(offset);
      if (change == null || instant.isBefore(change.getInstant())) {
        return Optional.of(instant);
      }
      if (change.isGap() && fixedHour && match.get().isBefore(change.getDateTimeAfter())) {
        return Optional.of(change.getInstant());
      }
      offset = change.getOffsetAfter();
      from = repeated(change.getDateTimeAfter().minusSeconds(1), offset, change);
      change = rules.nextTransition(change.getInstant());
    }
  }

  /** The last time after one instant and not after another. */
  public Optional<Instant> last(Instant after, Instant until, ZoneId zone) {
    for (long minutes = 2; ; minutes *= 4) {
      Instant from = until.minus(minutes, ChronoUnit.MINUTES);
      boolean whole = !from.isAfter(after);
      Optional<Instant> found = Optional.empty();
      Optional<Instant> at = next(whole ? after : from, zone);
      while (at.isPresent() && !at.get().isAfter(until)) {
        found = at;
        at = next(at.get(), zone);
      }
      if (found.isPresent() || whole) {
        return found;
      }
    }
  }

  /** Where to go on from in a time that comes again: a fixed time has fired the first time. */
  private LocalDateTime repeated(LocalDateTime from, ZoneOffset offset, ZoneRules rules) {
    ZoneOffsetTransition change = rules.getTransition(from);
    return change == null ? from : repeated(from, offset, change);
  }

  private LocalDateTime repeated(
      LocalDateTime from, ZoneOffset offset, ZoneOffsetTransition change) {
    boolean again = change.isOverlap() && offset.equals(change.getOffsetAfter()) && fixedTime;
    LocalDateTime end = change.getDateTimeBefore().minusSeconds(1);
    return again && end.isAfter(from) ? end : from;
  }

  /** The first match after a time on the wall, in a world without zones. */
  private Optional<LocalDateTime> match(LocalDateTime after) {
    return matches
        .nextExecution(after.atZone(ZoneOffset.UTC))
        .map(ZonedDateTime::toLocalDateTime)
        .filter(match -> match.isBefore(after.plusYears(MOST_YEARS)));
  }

  @Override
  public String toString() {
    return text;
  }
}
