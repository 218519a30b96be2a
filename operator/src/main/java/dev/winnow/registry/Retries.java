package dev.winnow.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Whether an attempt is made again, and when. */
final class Retries {
  /** A registry's own failure seldom passes; reading it again twice is harmless. */
  private static final int READS_AFTER_500 = 2;

  private final RetryPolicy policy;
  private final InstantSource clock;

  Retries(RetryPolicy policy, InstantSource clock) {
    this.policy = policy;
    this.clock = clock;
  }

  boolean again(Call call, Reply reply, int attempt) {
    if (attempt >= policy.attempts()) {
      return false;
    }
    return switch (reply.status()) {
      case 429 -> true; // It was not taken, so sending it again is the first time.
      case 500 -> call.method().equals("DELETE") || (call.isRead() && attempt <= READS_AFTER_500);
      case 502, 503, 504 -> call.repeatable();
      default -> false;
    };
  }

  boolean again(Call call, RegistryException fault, int attempt) {
    return attempt < policy.attempts()
        && switch (fault.reach()) {
          case NOT_SENT -> true;
          case MAYBE -> call.repeatable();
          case FINAL -> false;
        };
  }

  /** Waits as the answer asks, else by the policy. */
  void pauseAfter(Call call, Reply reply, int attempt) throws RegistryException {
    pause(call, retryAfter(reply.header("Retry-After")).orElseGet(() -> policy.jitter(attempt)));
  }

  void pauseAfter(Call call, int attempt) throws RegistryException {
    pause(call, policy.jitter(attempt));
  }

  private void pause(Call call, Duration wait) throws RegistryException {
    try {
      policy.pause().pause(wait);
    } catch (InterruptedException e) {
      throw Faults.interrupted(call.name(), e);
    }
  }

  /** Seconds or a date, between nothing and the cap. Source: RFC 9110 § 10.2.3. */
  private Optional<Duration> retryAfter(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> asked =
        text.matches("\\d{1,9}")
            ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
            : HttpDates.parse(text).map(this::untilDate);
    return asked.map(
        wait -> wait.compareTo(policy.retryAfterCap()) > 0 ? policy.retryAfterCap() : wait);
  }

  private Duration untilDate(Instant date) {
    Duration wait = Duration.between(clock.instant(), date);
    return wait.isNegative() ? Duration.ZERO : wait;
  }
}
