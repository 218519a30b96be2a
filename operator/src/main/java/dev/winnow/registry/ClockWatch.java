package dev.winnow.registry;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Holds the {@code Date} of each answer against our clock at that moment: ages are measured by one
 * clock and written by the other.
 */
final class ClockWatch {
  static final Duration ALLOWED = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final AtomicReference<Duration> seen = new AtomicReference<>(Duration.ZERO);

  /** The last date; within a second all answers have the same, and parsing costs microseconds. */
  private volatile Parsed last = new Parsed("", false, Instant.EPOCH);

  private record Parsed(String text, boolean valid, Instant instant) {
    static Parsed of(String text) {
      Optional<Instant> instant = HttpDates.parse(text);
      return new Parsed(text, instant.isPresent(), instant.orElse(Instant.EPOCH));
    }
  }

  ClockWatch(InstantSource clock) {
    this.clock = clock;
  }

  void observe(HttpHeaders headers) {
    String date = Reply.header(headers, "Date");
    if (date.isEmpty() || !seen.get().isZero()) {
      return;
    }
    Parsed parsed = last;
    if (!parsed.text().equals(date)) {
      parsed = Parsed.of(date);
      last = parsed;
    }
    Duration skew = Duration.between(clock.instant(), parsed.instant());
    if (parsed.valid() && isTooMuch(skew)) {
      // A cache hands on an old date and says how old. Source: RFC 9111 § 5.1.
      Duration corrected = skew.plusSeconds(seconds(Reply.header(headers, "Age")));
      if (isTooMuch(corrected)) {
        seen.compareAndSet(Duration.ZERO, corrected);
      }
    }
  }

  private static boolean isTooMuch(Duration skew) {
    return skew.abs().compareTo(ALLOWED) > 0;
  }

  Optional<Duration> skew() {
    return Optional.of(seen.get()).filter(skew -> !skew.isZero());
  }

  private static long seconds(String text) {
    return text.matches("\\d{1,9}") ? Long.parseLong(text) : 0;
  }
}
