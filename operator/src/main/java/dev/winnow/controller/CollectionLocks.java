package dev.winnow.controller;

import dev.winnow.cluster.Claim;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.LeaseLocks;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The registries' locks that collections of this process hold, from their Job's start to its end.
 */
final class CollectionLocks {
  private final LeaseLocks locks;
  private final Map<String, LeaseLock> held = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  CollectionLocks(LeaseLocks locks) {
    this.locks = locks;
  }

  /** Takes the lock of a collection's registry, once; it stays ours until it is released. */
  LeaseLock.Attempt take(
      GarbageCollectionResource collection, String namespace, String hostPort, Claim claim) {
    String uid = collection.getMetadata().getUid();
    LeaseLock ours = held.get(uid);
    if (ours != null && !ours.isLost()) {
      return new LeaseLock.Attempt.Held(ours);
    }
    LeaseLock.Attempt attempt =
        locks.tryRegistry(
            namespace,
            hostPort,
            LeaseLocks.Use.Collection,
            collection.getMetadata().getName(),
            claim);
    if (attempt instanceof LeaseLock.Attempt.Held(LeaseLock lock)) {
      held.put(uid, lock);
    }
    return attempt;
  }

  /** Whether a collection has its registry for itself. */
  boolean isHeld(GarbageCollectionResource collection) {
    LeaseLock lock = held.get(collection.getMetadata().getUid());
    return lock != null && !lock.isLost();
  }

  void release(GarbageCollectionResource collection) {
    LeaseLock lock = held.remove(collection.getMetadata().getUid());
    if (lock != null) {
      lock.close();
    }
  }

  /** Lets go of a collection that is deleted, once its Job is gone. */
  void releaseOnce(GarbageCollectionResource collection, BooleanSupplier isGone) {
    LeaseLock lock = held.get(collection.getMetadata().getUid());
    if (lock == null) {
      return;
    }
    Thread.ofVirtual()
        .name("end of " + World.key(collection))
        .start(() -> {
          try {
            while (!lock.isLost() && !isGone(isGone) && !closing.await(1, TimeUnit.SECONDS)) {}
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          release(collection);
        });
  }

  private static boolean isGone(BooleanSupplier isGone) {
    try {
      return isGone.getAsBoolean();
    } catch (RuntimeException e) {
      return false; // asked again
    }
  }

  /** Lets go of all: the Jobs go on, and whoever comes next sees that in their collections. */
  void close() {
    closing.countDown();
    held.values().forEach(LeaseLock::close);
    held.clear();
  }
}
