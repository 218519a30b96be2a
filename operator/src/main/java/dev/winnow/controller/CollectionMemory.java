package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RegistryStatus.Collections;
import dev.winnow.api.RegistryStatus.Halt;
import dev.winnow.api.RegistryStatus.Resumed;
import dev.winnow.api.RegistryStatusCollectionsBuilder;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a Registry remembers of its collections, while it changes. */
final class CollectionMemory {
  private final Instant at;
  private Collections now;

  /**
   * @param at the time; by a time beyond it nothing that ends would be new
   */
  CollectionMemory(Collections before, Instant at) {
    this.at = at;
    Instant last = before.lastTime();
    now = before;
    if (last != null && DueTime.isAhead(last, at)) {
      now = edit().lastTime(null).build();
    }
  }

  /** What a Registry has written down. */
  static Collections of(RegistryResource registry) {
    RegistryStatus status = registry.getStatus();
    return status == null || status.collections() == null
        ? RegistryStatus.NO_COLLECTIONS
        : status.collections();
  }

  Collections toRecord() {
    return now;
  }

  /** Whether a Registry remembers what all of its collections came to. */
  static boolean isCurrent(Collections memory, List<GarbageCollectionResource> all, Instant at) {
    Instant last = memory.lastTime();
    return all.stream()
        .filter(each -> CollectionCreator.phase(each).isEnd())
        .filter(each -> !CollectionCreator.isDryRun(each))
        .allMatch(each ->
            last != null
                && !DueTime.isAhead(last, at)
                && (!end(each, at).isAfter(last) || isLast(each, memory, at)));
  }

  /** Whether it was the last one that was taken in. */
  private static boolean isLast(
      GarbageCollectionResource collection, Collections memory, Instant at) {
    GarbageCollectionStatus status = collection.getStatus();
    Instant finish = status == null ? null : status.finishTime();
    return collection.getMetadata().getName().equals(memory.last())
        && finish != null
        && (finish.equals(memory.lastTime()) || finish.isAfter(at));
  }

  /**
   * When an ended collection ended; before all others where that is not known, and just now where
   * that was by a clock that was ahead.
   */
  static Instant end(GarbageCollectionResource collection, Instant at) {
    GarbageCollectionStatus status = collection.getStatus();
    Instant end = status == null || status.finishTime() == null ? Instant.MIN : status.finishTime();
    return end.isAfter(at) ? at : end;
  }

  void next(@Nullable Instant time, @Nullable String forPeople) {
    now = edit().nextTime(time).next(forPeople).build();
  }

  /** Times of the schedule from before the Registry has changed are not due. */
  void changed(RegistryResource registry, Instant time) {
    Long observed = registry.getStatus() == null ? null : registry.getStatus().observedGeneration();
    Instant last = now.lastScheduleTime();
    now =
        edit()
            .lastScheduleTime(DueTime.handled(registry, last, now.nextTime(), observed, time))
            .build();
  }

  /** A time of the schedule was handled. */
  void scheduled(Instant time) {
    now = edit().lastScheduleTime(time).build();
  }

  /** A person's request was handled. */
  void handled(String request) {
    now = edit().lastHandledRequest(request).build();
  }

  /** The order in which collections ended; those of one second, in which they were made. */
  static Comparator<GarbageCollectionResource> order(Instant at) {
    return Comparator.<GarbageCollectionResource, Instant>comparing(each -> end(each, at))
        .thenComparing(CollectionCreator.AGE);
  }

  /**
   * Takes in what came of collections, of each once. One that waited for another may end in the
   * same second, and does not make that new again.
   */
  void take(List<GarbageCollectionResource> ended) {
    Comparator<GarbageCollectionResource> order = order(at);
    Collections before = now;
    Optional<GarbageCollectionResource> last =
        ended.stream()
            .filter(each -> each.getMetadata().getName().equals(before.last()))
            .filter(each -> end(each, at).equals(before.lastTime()))
            .findFirst();
    ended.stream()
        .filter(each -> last.isEmpty() || order.compare(each, last.get()) > 0)
        .sorted(order)
        .forEach(this::take);
  }

  private void take(GarbageCollectionResource collection) {
    String name = collection.getMetadata().getName();
    Instant end = end(collection, at);
    Instant last = now.lastTime();
    if (last != null && (end.isBefore(last) || isLast(collection, now, at))) {
      return;
    }
    GarbageCollectionStatus status = collection.getStatus();
    RegistryStatusCollectionsBuilder taken = edit().last(name).lastTime(end);
    if (status.phase() == Phase.Succeeded) {
      taken.lastSuccessTime(end);
    }
    Result result = status.result();
    if (result != null && result.instance() != null) {
      taken.instance(result.instance());
    }
    Condition why = status.why().orElse(null);
    if (status.phase() == Phase.Failed
        && why != null
        && Halts.isHalt(why.reason())
        && status.startTime() != null) {
      taken.halt(new Halt(why.reason(), why.message(), name, null));
    }
    Damaged.of(result)
        .filter(damaged -> damaged.isAfter(now.resumed()))
        .ifPresent(damaged ->
            taken.halt(new Halt(Damaged.REASON, damaged.message(), name, damaged.since())));
    now = taken.build();
  }

  /** A person has looked, and says so with the time of the condition. */
  void resume(RegistryResource registry) {
    String value = RegistryCollections.annotation(registry, RegistryCollections.RESUME);
    Halt halt = now.halt();
    Resumed before = now.resumed();
    boolean isAnswered = before != null && before.value().equals(value);
    if (halt == null || value == null || isAnswered || registry.getStatus() == null) {
      return;
    }
    boolean isMeant =
        Condition.find(registry.getStatus().conditions(), Conditions.READY)
            .filter(ready -> ready.reason().equals(halt.reason()))
            .filter(ready -> ready.lastTransitionTime().toString().equals(value))
            .isPresent();
    if (isMeant) {
      String damage = halt.damage() == null && before != null ? before.damage() : halt.damage();
      now = edit().resumed(new Resumed(value, halt.reason(), damage, null)).halt(null).build();
    }
  }

  /** What a collection began by is used up, once there is a Job that changes something by it. */
  void use(GarbageCollectionResource collection) {
    GarbageCollectionStatus status = collection.getStatus();
    Resumed resumed = now.resumed();
    if (status != null
        && resumed != null
        && resumed.value().equals(status.resumed())
        && status.job() != null
        && status.job().uid() != null
        && !CollectionCreator.isDryRun(collection)) {
      now =
          edit()
              .resumed(new Resumed(resumed.value(), resumed.reason(), resumed.damage(), true))
              .build();
    }
  }

  private RegistryStatusCollectionsBuilder edit() {
    return RegistryStatusCollectionsBuilder.builder(now);
  }
}
