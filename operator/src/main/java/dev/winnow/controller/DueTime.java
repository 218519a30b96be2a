package dev.winnow.controller;

import dev.winnow.api.Durations;
import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Parsed;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.schedule.CronSchedule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a policy's schedule says at an instant.
 *
 * @param due the last time that was not handled yet
 * @param tooLate whether that is longer ago than a run may start late
 * @param next the next time
 * @param zone the zone of the schedule
 */
record DueTime(Optional<Instant> due, boolean tooLate, Optional<Instant> next, ZoneId zone) {
  /** How late a run may start where the policy does not say. */
  static final Duration DEADLINE = Duration.ofHours(1);

  /** A changed schedule has no past, save the moment in which the change is read. */
  private static final Duration JUST_NOW = Duration.ofMinutes(1);

  private static final DueTime NEVER =
      new DueTime(Optional.empty(), false, Optional.empty(), ZoneOffset.UTC);

  /**
   * Looks at a valid schedule.
   *
   * @param handled the last time that was handled, or when the policy was made
   */
  static DueTime of(RetentionPolicy.Spec spec, Instant handled, Instant now) {
    Duration deadline =
        spec.startingDeadline() != null
                && Durations.parse(spec.startingDeadline())
                    instanceof Parsed.Ok<Duration>(Duration set)
            ? set
            : DEADLINE;
    return of(spec.schedule(), spec.timeZone(), deadline, handled, now);
  }

  /** The same of the collections of a registry. */
  static DueTime of(GarbageCollectionSettings settings, Instant handled, Instant now) {
    return of(settings.schedule(), settings.timeZone(), DEADLINE, handled, now);
  }

  /**
   * The last time that was handled, or from when on times count where the object has changed since
   * it was looked at. That is to be written down: at the next look the change is not seen any more.
   *
   * @param last the last time that was handled
   * @param next the time that was announced as the next: one that was missed is due all the same
   * @param observed the generation that was looked at last
   */
  static @Nullable Instant handled(
      HasMetadata of,
      @Nullable Instant last,
      @Nullable Instant next,
      @Nullable Long observed,
      Instant now) {
    if (observed == null || observed.equals(of.getMetadata().getGeneration())) {
      return last;
    }
    Instant justNow = justNow(now);
    Instant begin = next != null && next.isBefore(justNow) ? next.minusSeconds(1) : justNow;
    return last == null || last.isBefore(begin) ? begin : last;
  }

  /** From when on times of a schedule are not handled yet. */
  static Instant unhandled(HasMetadata of, @Nullable Instant handled, Instant now) {
    Instant created = Instant.parse(of.getMetadata().getCreationTimestamp());
    Instant from = handled == null || handled.isBefore(created) ? created : handled;
    return isAhead(from, now) ? justNow(now) : from;
  }

  private static Instant justNow(Instant now) {
    return now.minus(JUST_NOW).truncatedTo(ChronoUnit.SECONDS);
  }

  /**
   * Whether a time that was written down is of a clock that was wrong: by it nothing would be due,
   * or new, until that time has come.
   */
  static boolean isAhead(Instant time, Instant now) {
    return time.isAfter(now.plus(JUST_NOW));
  }

  private static DueTime of(
      @Nullable String schedule,
      @Nullable String timeZone,
      Duration deadline,
      Instant handled,
      Instant now) {
    if (schedule == null
        || !(CronSchedule.parse(schedule) instanceof Parsed.Ok<CronSchedule>(var cron))) {
      return NEVER;
    }
    ZoneId zone = timeZone == null ? ZoneOffset.UTC : ZoneId.of(timeZone);
    Optional<Instant> due = now.isAfter(handled) ? cron.last(handled, now, zone) : Optional.empty();
    boolean tooLate =
        due.filter(at -> Duration.between(at, now).compareTo(deadline) > 0).isPresent();
    return new DueTime(due, tooLate, cron.next(now, zone), zone);
  }
}
