package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.GarbageCollectionStatus.Restart;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.Reading;
import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.collect.RollingRestart;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Restarts the registry's pods before a collection, where that may be done and something waits for
 * it: between the pass that took and the one that purges. So much later than that, the start of the
 * new pods proves that nobody remembers what was taken; right behind it, it would be within what is
 * not believed of clocks.
 */
final class CollectionRestart {
  /** Pods that are not ready by then are not waited for: the collection goes on without. */
  private static final Duration LONGEST = Duration.ofMinutes(15);

  private static final Set<Cache> IN_MEMORY = Set.of(Cache.MEMORY, Cache.UNKNOWN);

  private final CollectionCreator collections;
  private final ClusterWorkloads workloads;
  private final KubernetesClient client;
  private final InstantSource clock;

  CollectionRestart(
      CollectionCreator collections,
      ClusterWorkloads workloads,
      KubernetesClient client,
      InstantSource clock) {
    this.collections = collections;
    this.workloads = workloads;
    this.client = client;
    this.clock = clock;
  }

  /**
   * With the registry's lock: the next step of the restart.
   *
   * @return the status as it is then; empty where there is nothing to do, any more or at all
   */
  Optional<CollectionStep> next(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      CollectionCheck.Verdict.Ready ready,
      Reading reading) {
    Restart restart = status.restart();
    WorkloadRef ref = ready.storage().workloadRef();
    if (ref == null || (restart == null ? !isWanted(collection, ready, reading) : restart.over())) {
      return Optional.empty();
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    if (restart == null) {
      return Optional.of(
          step(status, new Restart(now, null, null), "the registry is about to be restarted"));
    }
    RollingRestart rolling =
        new RollingRestart(client, clock, collection.getMetadata().getNamespace(), ref);
    return Optional.of(
        switch (advance(rolling, collection, ready)) {
          case RollingRestart.State.Done done ->
              step(status, new Restart(restart.began(), now, null), "the registry is restarted");
          case RollingRestart.State.Rolling(String message) ->
              now.isBefore(restart.began().plus(LONGEST))
                  ? CollectionStep.of(
                      status.in(Phase.WaitingForRegistry, message), CollectionStep.SOON)
                  : step(
                      status,
                      new Restart(restart.began(), null, "not done in 15 minutes: " + message),
                      message);
          case RollingRestart.State.Trouble(String reason, String message) ->
              step(status, new Restart(restart.began(), null, reason + ": " + message), message);
        });
  }

  /** A restart that the API server refuses is none that the registry's lock is kept for. */
  private RollingRestart.State advance(
      RollingRestart rolling,
      GarbageCollectionResource collection,
      CollectionCheck.Verdict.Ready ready) {
    try {
      return rolling.advance(
          collection.getMetadata().getUid(),
          () -> workloads.look(ready.registry(), ready.spec()).workload());
    } catch (KubernetesClientException e) {
      Failure refused = Failure.forGood(e);
      return new RollingRestart.State.Trouble(refused.reason(), refused.message());
    }
  }

  private static CollectionStep step(
      GarbageCollectionStatus status, Restart restart, String progress) {
    return CollectionStep.of(
        status.with(restart).in(Phase.WaitingForRegistry, progress), World.FILLING);
  }

  private boolean isWanted(
      GarbageCollectionResource collection, CollectionCheck.Verdict.Ready ready, Reading reading) {
    return ready.settings().restart() == GarbageCollectionSettings.Restart.Allowed
        && !CollectionCreator.isDryRun(collection)
        && IN_MEMORY.contains(reading.workload().cache())
        // Of a container that was not seen to end a restart proves nothing.
        && reading.workload().writersSince().isPresent()
        && collections.of(ready.registry()).stream()
            .map(GarbageCollectionResource::getStatus)
            .filter(status -> status != null && status.result() != null)
            .filter(status -> status.finishTime() != null)
            .max(Comparator.comparing(GarbageCollectionStatus::finishTime))
            .filter(last -> HeldBack.isByMemory(Objects.requireNonNull(last.result())))
            .isPresent();
  }
}
