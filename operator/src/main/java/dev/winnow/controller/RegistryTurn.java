package dev.winnow.controller;

import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose turn it is to change something on a registry: a run waits for its lock. */
final class RegistryTurn {
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final World world;
  private final LeaseLocks locks;
  private final Meters meters;

  RegistryTurn(World world, LeaseLocks locks, Meters meters) {
    this.world = world;
    this.locks = locks;
    this.meters = meters;
  }

  /** Returns the lock once it is ours; null when the task is stopped before. */
  @Nullable LeaseLock await(RetentionRunResource run, PolicyVerdict.Ready ready, RunTask task)
      throws InterruptedException {
    long began = System.nanoTime();
    while (task.stopped() == null) {
      Optional<GarbageCollectionResource> collection = world.collecting(ready.hostPort());
      if (collection.isPresent()) {
        // Also where the operator is gone that held the lock for it: its Job goes on.
        task.say("waits for collection " + World.key(collection.get()));
        task.pause(AGAIN);
        continue;
      }
      try {
        LeaseLock.Attempt attempt =
            locks.tryRegistry(
                ready.registry().getMetadata().getNamespace(),
                ready.hostPort(),
                LeaseLocks.Use.Run,
                run.getMetadata().getName(),
                task.claim());
        switch (attempt) {
          case LeaseLock.Attempt.Held(LeaseLock lock) -> {
            meters.waitedForLock(Duration.ofNanos(System.nanoTime() - began));
            return lock;
          }
          case LeaseLock.Attempt.Busy(String holder) ->
              task.say("waits for the registry's lock, which " + holder + " holds");
        }
      } catch (KubernetesClientException e) {
        if (!Failure.mayPass(e)) {
          throw e;
        }
        task.say("waits for the API server: " + e.getMessage());
      }
      task.pause(AGAIN);
    }
    return null;
  }

  /** What it means that the API server does not let us have the lock. */
  static Failure refused(PolicyVerdict.Ready ready, KubernetesClientException why) {
    return new Failure(
        "LockRefused",
        "the API server refuses the registry's lock, Lease "
            + LeaseLocks.name(ready.hostPort())
            + " in namespace "
            + ready.registry().getMetadata().getNamespace()
            + ", to the operator; let its role get, create, update and delete leases there, or"
            + " mend what else refuses it, then run the policy again: "
            + why.getMessage(),
        true);
  }
}
