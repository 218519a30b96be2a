package dev.winnow.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Parsed;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronScheduleTest {
  /** A schedule of every minute need not be followed for years. */
  private static final int MOST = 10_000;

  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "America/New_York",
          "Australia/Lord_Howe", // half an hour of daylight saving
          "Asia/Kathmandu", // an offset with minutes
          "America/Santiago", // changes at midnight
          "Pacific/Apia"); // has left a whole day out

  @ParameterizedTest
  @CsvSource({
    "@hourly, 2026-01-01T00:00:00Z, 2026-01-01T01:00:00Z",
    "@daily, 2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z",
    "@weekly, 2026-01-01T00:00:00Z, 2026-01-04T00:00:00Z",
    "@monthly, 2026-01-01T00:00:00Z, 2026-02-01T00:00:00Z",
    "@yearly, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
    "'30 2 * * MON-FRI', 2026-01-02T02:30:00Z, 2026-01-05T02:30:00Z",
    "'0 3 1 * 1', 2026-01-01T03:00:00Z, 2026-01-05T03:00:00Z",
    "'0 3 1 * 7', 2026-01-01T03:00:00Z, 2026-01-04T03:00:00Z",
    "'0 0 29 2 *', 2097-01-01T00:00:00Z, 2104-02-29T00:00:00Z",
    "'5,10-20/5 4 * jan *', 2026-01-01T04:10:30Z, 2026-01-01T04:15:00Z",
  })
  void firesNext(String text, Instant after, Instant expected) {
    assertThat(schedule(text).next(after, ZoneId.of("UTC"))).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({
    // 29 March 2026, Berlin: 02:00 to 03:00 are left out.
    "30 2 * * *, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
    "30 2 * * *, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
    "*/20 2 * * *, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
    "30 * * * *, 2026-03-29T00:30:00Z, 2026-03-29T01:30:00Z",
    "0 3 * * *, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
    // 25 October 2026: 02:00 to 03:00 come twice.
    "30 2 * * *, 2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z",
    "30 2 * * *, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
    "30 2 * * *, 2026-10-25T01:10:00Z, 2026-10-26T01:30:00Z",
    "*/30 * * * *, 2026-10-25T00:30:00Z, 2026-10-25T01:00:00Z",
    "*/30 2 * * *, 2026-10-25T00:30:00Z, 2026-10-25T01:00:00Z",
    "0 * * * *, 2026-10-25T00:00:00Z, 2026-10-25T01:00:00Z",
  })
  void keepsToTheClockOnTheWallWhenItIsSet(String text, Instant after, Instant expected) {
    assertThat(schedule(text).next(after, ZoneId.of("Europe/Berlin"))).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "a * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "@reboot",
        "@often",
        "TZ=UTC 0 3 * * *",
        "0 3 30 2 *",
        "0 3 31 4,6 *",
        "0 3 L * *",
        "H 3 * * *",
        "0 3 ? * *",
      })
  void refusesWhatIsNoSchedule(String text) {
    assertThat(CronSchedule.parse(text))
        .isInstanceOfSatisfying(
            Parsed.Bad.class,
            bad ->
                assertThat(bad.message())
                    .startsWith("\"" + text + "\" is not a cron schedule: ")
                    .endsWith("; write for example \"30 2 * * *\"")
                    .doesNotContain("\n"));
  }

  @Test
  void findsTheLastTimeThatWasDue() {
    ZoneId utc = ZoneId.of("UTC");
    Instant now = Instant.parse("2026-06-15T12:00:30Z");
    CronSchedule often = schedule("* * * * *");
    assertThat(often.last(Instant.EPOCH, now, utc)).contains(now.truncatedTo(ChronoUnit.MINUTES));
    assertThat(often.last(now.minusSeconds(30), now, utc)).isEmpty();
    assertThat(schedule("@yearly").last(Instant.EPOCH, now, utc))
        .contains(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(schedule("@yearly").last(Instant.parse("2026-01-01T00:00:00Z"), now, utc)).isEmpty();
  }

  static Stream<Arguments> someSeeds() {
    return IntStream.range(0, 40)
        .boxed()
        .flatMap(seed -> ZONES.stream().map(zone -> Arguments.of(seed, zone)));
  }

  static Stream<Arguments> manySeeds() {
    return IntStream.range(1_000, 1_025)
        .boxed()
        .flatMap(seed -> ZONES.stream().map(zone -> Arguments.of(seed, zone)));
  }

  @ParameterizedTest
  @MethodSource("someSeeds")
  void firesWhenAScanOfEveryMinuteSays(int seed, String zone) {
    compare(new Random(seed), ZoneId.of(zone), 6);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void firesWhenAScanOfFourYearsSays(int seed, String zone) {
    compare(new Random(seed), ZoneId.of(zone), 1_461);
  }

  private static void compare(Random random, ZoneId zone, int days) {
    Fields fields = Fields.random(random);
    CronSchedule schedule = schedule(fields.text());
    // 2011 has Apia's lost day.
    Instant some =
        Instant.parse("2011-01-01T00:00:00Z").plus(Duration.ofDays(random.nextInt(5_000)));
    ZoneOffsetTransition change = zone.getRules().nextTransition(some);
    Instant from = change == null ? some : change.getInstant().minus(Duration.ofDays(3));
    Instant until = from.plus(Duration.ofDays(days));
    List<Instant> fired = new ArrayList<>();
    Optional<Instant> at = schedule.next(from, zone);
    while (at.isPresent() && !at.get().isAfter(until)) {
      fired.add(at.get());
      if (fired.size() == MOST) {
        until = at.get();
      }
      at = schedule.next(at.get(), zone);
    }
    assertThat(fired)
        .as("%s in %s from %s", fields.text(), zone, from)
        .isEqualTo(fields.scan(from, until, zone));
  }

  private static CronSchedule schedule(String text) {
    return switch (CronSchedule.parse(text)) {
      case Parsed.Ok<CronSchedule>(CronSchedule schedule) -> schedule;
      case Parsed.Bad<CronSchedule>(String message) -> throw new AssertionError(message);
    };
  }

  /** The oracle: sets of numbers and a look at every minute. */
  private record Fields(String text, List<BitSet> sets, List<Boolean> wild) {
    private static final int[][] BOUNDS = {{0, 59}, {0, 23}, {1, 28}, {1, 12}, {0, 6}};

    static Fields random(Random random) {
      List<String> texts = new ArrayList<>();
      List<BitSet> sets = new ArrayList<>();
      List<Boolean> wild = new ArrayList<>();
      for (int field = 0; field < BOUNDS.length; field++) {
        int[] bounds = BOUNDS[field];
        BitSet set = new BitSet();
        int kind = random.nextInt(4);
        int low = bounds[0] + random.nextInt(bounds[1] - bounds[0] + 1);
        int high = low + random.nextInt(bounds[1] - low + 1);
        int step = 1 + random.nextInt(10);
        boolean days = field > 1;
        if (kind == 0 || (days && random.nextInt(3) > 0)) {
          set.set(bounds[0], bounds[1] + (field == 2 ? 4 : 1));
          texts.add("*");
          wild.add(true);
        } else if (kind == 1 && !days) {
          for (int i = bounds[0]; i <= bounds[1]; i += step) {
            set.set(i);
          }
          texts.add("*/" + step);
          wild.add(true);
        } else if (kind == 2) {
          set.set(low, high + 1);
          texts.add(low + "-" + high);
          wild.add(false);
        } else {
          set.set(low);
          set.set(high);
          texts.add(low + "," + high);
          wild.add(false);
        }
        sets.add(set);
      }
      return new Fields(String.join(" ", texts), sets, wild);
    }

    List<Instant> scan(Instant from, Instant until, ZoneId zone) {
      List<Instant> found = new ArrayList<>();
      LocalDateTime latest = LocalDateTime.MIN;
      // Two days earlier: what was fired before decides what is fired again.
      Instant start = from.minus(Duration.ofDays(2)).truncatedTo(ChronoUnit.MINUTES);
      LocalDateTime before = start.atZone(zone).toLocalDateTime();
      for (Instant at = start; !at.isAfter(until); at = at.plusSeconds(60)) {
        LocalDateTime wall = ZonedDateTime.ofInstant(at, zone).toLocalDateTime();
        boolean fires = holds(wall) && (wild.get(0) || wild.get(1) || wall.isAfter(latest));
        if (!wild.get(1)) {
          for (LocalDateTime skipped = before.plusMinutes(1);
              skipped.isBefore(wall);
              skipped = skipped.plusMinutes(1)) {
            fires |= holds(skipped);
          }
        }
        if (wall.isAfter(latest)) {
          latest = wall;
        }
        before = wall;
        if (fires && at.isAfter(from)) {
          found.add(at);
        }
      }
      return found;
    }

    private boolean holds(LocalDateTime time) {
      boolean day = sets.get(2).get(time.getDayOfMonth());
      boolean weekday = sets.get(4).get(time.getDayOfWeek().getValue() % 7);
      boolean either = (wild.get(2) || wild.get(4)) ? day && weekday : day || weekday;
      return sets.get(0).get(time.getMinute())
          && sets.get(1).get(time.getHour())
          && sets.get(3).get(time.getMonthValue())
          && either;
    }
  }
}
