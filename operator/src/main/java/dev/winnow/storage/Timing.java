package dev.winnow.storage;

import java.time.Duration;

/**
 * How long things take that cannot be seen.
 *
 * @param settle until all who have the volume see the same of it
 * @param longestRequest until a request that was under way is over
 * @param secondMark after settling, until the mark that brings back what was needed meanwhile
 * @param probe until whoever is told of a {@link CacheProbe} has asked all registries for it
 */
public record Timing(
    Duration settle, Duration longestRequest, Duration secondMark, Duration probe) {
  public static final Timing REAL =
      new Timing(
          Duration.ofMinutes(5),
          Duration.ofHours(1),
          Duration.ofMinutes(2),
          Duration.ofSeconds(30));

  /** For tests on a machine of their own: WINNOW_TEST_FAST_TIME. */
  public static final Timing FAST =
      new Timing(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(4));
}
