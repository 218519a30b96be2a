package dev.winnow.storage;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    Instant settled = taken.plus(options.timing().settle());
    return switch (options.cache()) {
      case NONE -> Optional.of(drained(options, settled));
      case MEMORY, UNKNOWN -> areNew(options, settled) ? Optional.of(settled) : Optional.empty();
      case REDIS -> Optional.empty(); // see Forgetting
    };
  }

  /** When all requests are over that may have seen in place what was taken then. */
  static Instant lookedBefore(CollectOptions options, Instant taken) {
    return options.offline() ? taken : drained(options, taken.plus(options.timing().settle()));
  }

  /** When all requests are over that were under way then. */
  static Instant drained(CollectOptions options, Instant then) {
    boolean isQuiet =
        options.offline() || areNew(options, then) || isAfter(options.drained(), then, options);
    return isQuiet ? then : then.plus(options.timing().longestRequest());
  }

  /**
   * Since when a process may have seen what it still remembers.
   *
   * @return null where none remembers anything, or nobody knows: then nothing is taken anyway
   */
  static @Nullable Instant remembered(CollectOptions options) {
    Instant since = options.writersSince();
    return options.online() && options.cache().mayBeInMemory() && since != null
        ? since.minus(margin(options.timing()))
        : null;
  }

  /** Whether every process that writes started after then. */
  private static boolean areNew(CollectOptions options, Instant then) {
    return isAfter(options.writersSince(), then, options);
  }

  private static boolean isAfter(@Nullable Instant told, Instant then, CollectOptions options) {
    return told != null && !told.minus(margin(options.timing())).isBefore(then);
  }

  /** How much of what is told is not believed: clocks, and pods that are slow to die. */
  static Duration margin(Timing timing) {
    return timing.equals(Timing.REAL) ? MARGIN : timing.settle();
  }
}
