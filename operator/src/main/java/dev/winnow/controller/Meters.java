package dev.winnow.controller;

import dev.winnow.registry.Operation;
import dev.winnow.registry.RequestListener;
import dev.winnow.retention.Action;
import dev.winnow.run.Applied;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;

/** What the operator counts. No label has values that a user or a registry can make more of. */
final class Meters implements RequestListener {
  private final MeterRegistry meters;

  Meters(MeterRegistry meters) {
    this.meters = meters;
  }

  /** A run came to an end. */
  void runEnded(String phase, String reason) {
    Counter.builder("winnow.runs")
        .description("Runs that ended, by phase and reason.")
        .tag("phase", phase)
        .tag("reason", reason)
        .register(meters)
        .increment();
  }

  /** A plan decided tags. */
  void decided(Action action, long tags) {
    Counter.builder("winnow.tags")
        .description("Tags that plans decided, by what they decided.")
        .tag("action", action.name())
        .register(meters)
        .increment((double) tags);
  }

  /** Planned deletions came to an outcome. */
  void applied(Applied.Result outcome, long tags) {
    Counter.builder("winnow.deletions")
        .description("Planned deletions that were applied, by their outcome.")
        .tag("outcome", outcome.name())
        .register(meters)
        .increment((double) tags);
  }

  /** A time of a schedule got its run. */
  void scheduleLag(Duration lag) {
    Timer.builder("winnow.schedule.lag")
        .description("From a time of a schedule until its run was made.")
        .register(meters)
        .record(lag);
  }

  /** A time of a schedule got no run. */
  void scheduleMissed() {
    Counter.builder("winnow.schedule.missed")
        .description("Times of a schedule that got no run.")
        .register(meters)
        .increment();
  }

  /** A run got its registry's lock. */
  void waitedForLock(Duration wait) {
    Timer.builder("winnow.lock.wait")
        .description("Until a run got the lock of its registry.")
        .register(meters)
        .record(wait);
  }

  /** A run was looked at that another operator does, or did just now. */
  void runOfAnother() {
    Counter.builder("winnow.runs.of.others")
        .description(
            "Looks at a run that another operator does; growing for minutes: two operators.")
        .register(meters)
        .increment();
  }

  @Override
  public void finished(String method, Operation operation, int status, Duration duration) {
    Timer.builder("winnow.registry.requests")
        .description("Requests to registries, by what for and class of the answer.")
        .tag("operation", operation.name().toLowerCase(Locale.ROOT))
        .tag("status", status == 0 ? "none" : status / 100 + "xx")
        .register(meters)
        .record(duration);
  }
}
