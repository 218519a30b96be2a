package dev.winnow.storage;

import java.time.Duration;
import java.time.Instant;

/** How old something is, told by times that may lie. */
final class Ages {
  /** A time so far ahead is no time of this volume. */
  private static final Duration AHEAD = Duration.ofDays(1);

  private Ages() {}

  /**
   * Whether a file is younger than an age.
   *
   * @param modified the file's time
   * @param at now
   * @param seen since when the file has been seen, which counts for times that lie ahead
   */
  static boolean isYounger(Instant modified, Instant at, Duration age, Instant seen) {
    Instant since = modified.isAfter(at.plus(AHEAD)) ? seen : modified;
    return since.isAfter(at.minus(age));
  }

  /**
   * Whether a file was written since then, as far as its time can be believed.
   *
   * @param at about now
   */
  static boolean isWritten(Instant modified, Instant since, Instant at) {
    return !modified.isBefore(since) && !modified.isAfter(at.plus(AHEAD));
  }

  /**
   * Whether less than an age lies between the starts of two passes; a tenth less counts as well,
   * since a daily schedule is not a day to the second.
   */
  static boolean isBetweenPasses(Instant first, Instant at, Duration age) {
    return first.plus(age.multipliedBy(9).dividedBy(10)).isAfter(at);
  }
}
