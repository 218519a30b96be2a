package dev.winnow.registry;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often and after which waits a request is tried: full jitter, that is a random part of an
 * exponentially growing span. A server's {@code Retry-After} replaces the span, up to a cap.
 *
 * @param attempts how many times at most, at least 1
 * @param base the span before the second attempt
 * @param cap the longest span
 * @param retryAfterCap the longest wait that a server can ask for
 * @param pause how to wait
 */
public record RetryPolicy(
    int attempts, Duration base, Duration cap, Duration retryAfterCap, Pause pause) {
  /** Five attempts within about half a minute. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(
          5, Duration.ofMillis(500), Duration.ofSeconds(15), Duration.ofMinutes(2), Thread::sleep);

  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1: " + attempts);
    }
  }

  /** Waits; outside tests {@link Thread#sleep(Duration)}. */
  @FunctionalInterface
  public interface Pause {
    /** Returns after the duration. */
    void pause(Duration duration) throws InterruptedException;
  }

  /** The same with another way to wait. */
  public RetryPolicy withPause(Pause other) {
    return new RetryPolicy(attempts, base, cap, retryAfterCap, other);
  }

  /** The same with another number of attempts. */
  public RetryPolicy withAttempts(int other) {
    return new RetryPolicy(other, base, cap, retryAfterCap, pause);
  }

  /** A wait after the given attempt, counted from 1. */
  Duration jitter(int attempt) {
    long span = Math.min(cap.toMillis(), base.toMillis() << Math.min(attempt - 1, 20));
    return Duration.ofMillis(span <= 0 ? 0 : ThreadLocalRandom.current().nextLong(span + 1));
  }
}
