package dev.winnow.controller;

import dev.winnow.api.Condition.Status;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.cluster.GarbageCollectionResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What to do with a collection.
 *
 * @param status the status to write
 * @param start the Job to make once it is written; null: none
 * @param again when to look again if nothing happens
 */
record CollectionStep(
    GarbageCollectionStatus status, @Nullable Job start, @Nullable Duration again) {
  static final Duration SOON = Duration.ofSeconds(2);
  static final Duration WORKING = Duration.ofSeconds(5);

  static CollectionStep of(GarbageCollectionStatus status) {
    return new CollectionStep(status, null, null);
  }

  static CollectionStep of(GarbageCollectionStatus status, Duration again) {
    return new CollectionStep(status, null, again);
  }

  static CollectionStep fail(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      Instant now,
      String reason,
      String message) {
    return end(collection, status, now, Phase.Failed, reason, message);
  }

  static CollectionStep end(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      Instant time,
      Phase phase,
      String reason,
      String message) {
    Instant now = time.truncatedTo(ChronoUnit.SECONDS);
    Conditions conditions =
        new Conditions(status.conditions(), collection.getMetadata().getGeneration(), now)
            .set(
                phase == Phase.Succeeded ? Conditions.COMPLETE : Conditions.FAILED,
                Status.True,
                reason,
                message);
    String took =
        status.startTime() == null
            ? null
            : People.duration(Duration.between(status.startTime(), now));
    return of(status.finished(phase, conditions.list(), now, took));
  }
}
