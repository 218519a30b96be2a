package dev.winnow.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.LongStream;

/** Trials that only depend on a number, several at a time: thousands of them end within minutes. */
final class Seeds {
  private Seeds() {}

  /** One trial; its failures say its seed. */
  interface Trial {
    void run(long seed) throws IOException;
  }

  /** Tries each seed from the first to before the last, and fails by the first failure. */
  static void each(long from, long to, Trial trial) {
    LongStream.range(from, to)
        .parallel()
        .forEach(seed -> {
          try {
            trial.run(seed);
          } catch (IOException e) {
            throw new UncheckedIOException("seed " + seed, e);
          }
        });
  }
}
