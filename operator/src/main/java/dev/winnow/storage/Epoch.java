package dev.winnow.storage;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When every writer is gone that could still act on having seen what is in the trash now: from then
 * on a mark finds all that will ever refer to it.
 */
final class Epoch {
  private static final Duration MARGIN = Duration.ofMinutes(10);

  private Epoch() {}

  /**
   * When the epoch of something ends.
   *
   * @param taken when the last of its pass was taken
   * @return empty where nothing that is known proves it yet
   */
  static Optional<Instant> end(CollectOptions options, Instant taken) {
    if (options.offline()) {
      return Optional.of(taken);
    }
    Timing timing = options.timing();
    Instant settled = taken.plus(timing.settle());
    Instant since = options.writersSince();
    boolean areNew = since != null && !since.minus(margin(timing)).isBefore(settled);
    return switch (options.cache()) {
      case NONE -> Optional.of(areNew ? settled : settled.plus(timing.longestRequest()));
      case MEMORY, UNKNOWN -> areNew ? Optional.of(settled) : Optional.empty();
      case REDIS -> Optional.empty();
    };
  }

  /** How much of {@code writersSince} is not believed: clocks, and pods that are slow to die. */
  static Duration margin(Timing timing) {
    return timing.equals(Timing.REAL) ? MARGIN : timing.settle();
  }
}
