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
  private volatile Parsed last = new Parsed("", Instant.EPOCH);

  private record Parsed(String text, Instant instant) {}

  ClockWatch(InstantSource clock) {
    this.clock = clock;
  }

  void observe(HttpHeaders headers) {
    String date = headers.firstValue("Date").orElse("");
    if (date.isEmpty() || !seen.get().isZero()) {
      return;
    }
    Parsed parsed = last;
    if (!parsed.text().equals(date)) {
      Optional<Instant> instant = HttpDates.parse(date);
      if (instant.isEmpty()) {
        return;
      }
      parsed = new Parsed(date, instant.get());
      last = parsed;
    }
    // A cache hands on an old date and says how old. Source: RFC 9111 § 5.1.
    long age = seconds(headers.firstValue("Age").orElse(""));
    Duration skew = Duration.between(clock.instant(), parsed.instant().plusSeconds(age));
    if (skew.abs().compareTo(ALLOWED) > 0) {
      seen.compareAndSet(Duration.ZERO, skew);
    }
  }

  Optional<Duration> skew() {
    return Optional.of(seen.get()).filter(skew -> !skew.isZero());
  }

  private static long seconds(String text) {
    return text.matches("\\d{1,9}") ? Long.parseLong(text) : 0;
  }
}
