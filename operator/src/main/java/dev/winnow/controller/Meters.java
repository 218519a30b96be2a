package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.registry.Operation;
import dev.winnow.registry.RequestListener;
import dev.winnow.retention.Action;
import dev.winnow.run.Applied;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the operator counts. No label has values that grow with what a registry holds. */
final class Meters implements RequestListener {
  private final MeterRegistry meters;
  private final InstantSource clock;
  private final MultiGauge heldBytes;
  private final MultiGauge lastSuccess;
  private final MultiGauge sinceSuccess;
  private final Map<String, Collected> collected = new ConcurrentHashMap<>();

  private record Collected(@Nullable Instant success, long heldBytes) {}

  Meters(MeterRegistry meters, InstantSource clock) {
    this.meters = meters;
    this.clock = clock;
    this.heldBytes =
        MultiGauge.builder("winnow.collection.held.bytes")
            .description("Bytes that nothing needs and that are not free yet, by registry.")
            .register(meters);
    this.lastSuccess =
        MultiGauge.builder("winnow.collection.last.success.timestamp.seconds")
            .description("When the last collection ended that did all that it should, by registry.")
            .register(meters);
    this.sinceSuccess =
        MultiGauge.builder("winnow.collection.since.success.seconds")
            .description("For how long no collection has done all that it should, by registry.")
            .register(meters);
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

  /** A collection came to an end. */
  void collectionEnded(
      String phase, String reason, GarbageCollectionStatus.@Nullable Result result) {
    Counter.builder("winnow.collections")
        .description("Collections that ended, by phase and reason.")
        .tag("phase", phase)
        .tag("reason", reason)
        .register(meters)
        .increment();
    if (result != null) {
      collected("quarantined", result.quarantined());
      collected("restored", result.restored());
      collected("purged", result.purged());
    }
  }

  /**
   * What a registry's last collection left. Here the registry is a label, since an alert is about
   * one; there are as many as Registries.
   */
  void collected(String registry, @Nullable Instant success, long heldBytes) {
    collected.put(registry, new Collected(success, heldBytes));
    tellCollected();
  }

  void forgetRegistry(String registry) {
    if (collected.remove(registry) != null) {
      tellCollected();
    }
  }

  private void tellCollected() {
    List<MultiGauge.Row<?>> held = new ArrayList<>();
    List<MultiGauge.Row<?>> success = new ArrayList<>();
    List<MultiGauge.Row<?>> since = new ArrayList<>();
    collected.forEach((registry, each) -> {
      Tags tags = Tags.of("registry", registry);
      held.add(MultiGauge.Row.of(tags, each.heldBytes()));
      if (each.success() != null) {
        Instant at = each.success();
        success.add(MultiGauge.Row.of(tags, at.getEpochSecond()));
        since.add(
            MultiGauge.Row.of(
                tags, at, time -> clock.instant().getEpochSecond() - time.getEpochSecond()));
      }
    });
    heldBytes.register(held, true);
    lastSuccess.register(success, true);
    sinceSuccess.register(since, true);
  }

  /** A registry takes writes again. */
  void wasReadOnly(long seconds) {
    Counter.builder("winnow.collection.read.only.seconds")
        .description("For how long registries were made read-only by collections.")
        .register(meters)
        .increment((double) seconds);
  }

  private void collected(String step, GarbageCollectionStatus.@Nullable Items items) {
    if (items != null) {
      Counter.builder("winnow.collected.blobs")
          .description("Blobs that collections took, brought back or removed for good.")
          .tag("step", step)
          .register(meters)
          .increment((double) items.blobs());
      Counter.builder("winnow.collected.bytes")
          .description("Bytes that collections took, brought back or removed for good.")
          .tag("step", step)
          .register(meters)
          .increment((double) items.bytes());
    }
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
