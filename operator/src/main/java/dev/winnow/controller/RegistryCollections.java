package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RegistryStatus.Halt;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.schedule.Triggers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a Registry has to do with its collections: makes them when due, remembers what came of them.
 */
final class RegistryCollections {
  static final String RESUME = "winnow.dev/resume";

  private final CollectionCreator collections;
  private final CollectionCheck check;
  private final Triggers triggers;
  private final Events events;
  private final Meters meters;
  private final InstantSource clock;

  RegistryCollections(
      CollectionCreator collections,
      CollectionCheck check,
      Triggers triggers,
      Events events,
      Meters meters,
      InstantSource clock) {
    this.collections = collections;
    this.check = check;
    this.triggers = triggers;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
  }

  /**
   * What is known of a Registry's collections.
   *
   * @param verdict whether it can be collected; null where nobody asks for that
   * @param memory what is to be remembered
   * @param last what the last one said that could
   * @param ended those that have ended, the last one last
   */
  record Look(
      CollectionCheck.@Nullable Verdict verdict,
      RegistryStatus.Collections memory,
      @Nullable Result last,
      List<GarbageCollectionResource> ended,
      @Nullable GarbageCollectionSettings settings) {
    /** How many repositories were on the volume the last time since then; empty: not known. */
    Optional<Long> repositoriesSince(Instant then) {
      return ended.stream()
          .map(GarbageCollectionResource::getStatus)
          .filter(each -> each.finishTime() != null && each.finishTime().isAfter(then))
          .flatMap(each -> Stream.ofNullable(each.result()))
          .flatMap(each -> Stream.ofNullable(each.repositories()))
          .reduce((first, second) -> second);
    }
  }

  void forget(RegistryResource registry) {
    triggers.disarm(World.key(registry));
    meters.forgetRegistry(World.key(registry));
  }

  /** Looks, makes what is due, and deletes what is beyond the history. */
  Look look(RegistryResource registry) {
    Registry.Spec spec = Specs.of(registry).orElse(null);
    boolean isAsked = spec != null && spec.storage() != null;
    CollectionCheck.Verdict verdict = isAsked ? check.check(registry) : null;
    GarbageCollectionSettings settings = spec == null ? null : spec.garbageCollection();
    Instant now = clock.instant();
    CollectionMemory memory = new CollectionMemory(CollectionMemory.of(registry), now);
    List<GarbageCollectionResource> ended =
        collections.of(registry).stream()
            .filter(each -> CollectionCreator.phase(each).isEnd())
            .filter(each -> each.getStatus().finishTime() != null)
            .sorted(CollectionMemory.order(now))
            .toList();
    memory.take(ended.stream().filter(each -> !CollectionCreator.isDryRun(each)).toList());
    memory.resume(registry);
    memory.changed(registry, now);
    collections.of(registry).forEach(memory::use);
    if (verdict instanceof CollectionCheck.Verdict.Ready ready) {
      schedule(registry, ready, memory);
      request(registry, memory);
    } else {
      memory.next(null, null);
      triggers.disarm(World.key(registry));
    }
    collections.deleteBeyond(registry);
    Result last =
        ended.stream()
            .map(each -> each.getStatus().result())
            .filter(Objects::nonNull)
            .reduce((first, second) -> second)
            .orElse(null);
    if (last != null) {
      meters.collected(
          World.key(registry), memory.toRecord().lastSuccessTime(), CollectionText.heldBytes(last));
    }
    return new Look(verdict, memory.toRecord(), last, ended, settings);
  }

  static ZoneId zone(@Nullable GarbageCollectionSettings settings) {
    return settings == null || settings.timeZone() == null
        ? ZoneId.of("UTC") // which has a name
        : ZoneId.of(settings.timeZone());
  }

  private void schedule(
      RegistryResource registry, CollectionCheck.Verdict.Ready ready, CollectionMemory memory) {
    Instant now = clock.instant();
    GarbageCollectionSettings settings = ready.settings();
    DueTime due =
        DueTime.of(
            settings, DueTime.unhandled(registry, memory.toRecord().lastScheduleTime(), now), now);
    if (due.due().isPresent()) {
      memory.scheduled(due.due().get());
      if (!settings.suspend()) {
        runDue(registry, memory, due, due.due().get(), now);
      }
    }
    Instant next = settings.suspend() ? null : due.next().orElse(null);
    memory.next(next, next == null ? null : People.time(next, due.zone()));
    due.next()
        .ifPresentOrElse(
            at -> triggers.arm(World.key(registry), at),
            () -> triggers.disarm(World.key(registry)));
  }

  private void runDue(
      RegistryResource registry, CollectionMemory memory, DueTime due, Instant at, Instant now) {
    String name =
        RunNames.scheduledCollection(
            registry.getMetadata().getName(), registry.getMetadata().getUid(), at);
    Halt halt = memory.toRecord().halt();
    Optional<String> missed =
        due.tooLate()
            ? Optional.of("the operator came to it later than an hour")
            : halt != null
                ? Optional.of(halt.reason() + ": " + halt.message())
                : collections.of(registry).stream()
                    .filter(each -> !CollectionCreator.phase(each).isEnd())
                    .filter(each -> !each.getMetadata().getName().equals(name))
                    .findFirst()
                    .map(each ->
                        "collection " + each.getMetadata().getName() + " is still under way");
    if (missed.isPresent()) {
      meters.scheduleMissed();
      events.tell(
          registry,
          Events.Kind.Warning,
          "Schedule",
          "ScheduleMissed",
          "no collection for " + People.time(at, due.zone()) + ": " + missed.get());
      return;
    }
    meters.scheduleLag(Duration.between(at, now));
    collections.create(registry, name);
  }

  private void request(RegistryResource registry, CollectionMemory memory) {
    String request = annotation(registry, PolicyReconciler.REQUESTED_AT);
    if (request != null && !request.equals(memory.toRecord().lastHandledRequest())) {
      collections.create(
          registry,
          RunNames.requestedCollection(
              registry.getMetadata().getName(), registry.getMetadata().getUid(), request));
      memory.handled(request);
    }
  }

  static @Nullable String annotation(RegistryResource registry, String key) {
    Map<String, String> annotations = registry.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(key);
  }
}
