package dev.winnow.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Stops asking a host that does not answer: after eight requests in a row that failed in all their
 * attempts nothing is sent for thirty seconds, then one request tries for all.
 */
final class Circuit {
  static final int FAILURES = 8;
  static final Duration OPEN = Duration.ofSeconds(30);

  private final InstantSource clock;
  private int failures;
  private Instant openUntil = Instant.MIN;
  private boolean probing;

  /** Whether anything failed since the last answer; read without the lock on the usual path. */
  private volatile boolean troubled;

  Circuit(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether a request may be made; each that may ends with one of the methods below. */
  boolean admits() {
    if (!troubled) {
      return true;
    }
    synchronized (this) {
      if (failures < FAILURES) {
        return true;
      }
      if (probing || clock.instant().isBefore(openUntil)) {
        return false;
      }
      probing = true;
      return true;
    }
  }

  /** The host answered. */
  void answered() {
    if (!troubled) {
      return;
    }
    synchronized (this) {
      failures = 0;
      probing = false;
      troubled = false;
    }
  }

  /** All attempts of a request failed. */
  synchronized void failed() {
    troubled = true;
    probing = false;
    failures = Math.min(failures + 1, FAILURES);
    if (failures == FAILURES) {
      openUntil = clock.instant().plus(OPEN);
    }
  }

  /** A request ended without saying anything about the host. */
  void abandoned() {
    if (troubled) {
      synchronized (this) {
        probing = false;
      }
    }
  }
}
