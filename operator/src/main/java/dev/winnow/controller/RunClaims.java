package dev.winnow.controller;

import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.LeaseLocks;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who does the runs and collections of a namespace, where several operators look after it: the one
 * that holds the namespace's Lease, from before it writes that a run begins until it has written
 * what came of it. With nothing to do nobody holds it.
 *
 * <p>The Lease alone does not make it sure, as whoever lost it may not know yet. So the first that
 * is done with a run under it is to write its status, on the condition that it is as it was seen:
 * from then on whoever had it before is refused what it would write.
 */
final class RunClaims {
  private static final Logger LOG = LoggerFactory.getLogger(RunClaims.class);

  private final LeaseLocks locks;
  private final Consumer<String> lost;
  private final Map<String, Claimed> claims = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * @param lost told of a namespace that another operator has taken over from us
   */
  RunClaims(LeaseLocks locks, Consumer<String> lost) {
    this.locks = locks;
    this.lost = lost;
  }

  /**
   * Takes a run, once. It stays ours until it is released, or another operator takes over.
   *
   * @throws KubernetesClientException when the API server refuses
   */
  LeaseLock.Attempt take(HasMetadata run) {
    return of(run).take(run.getMetadata().getUid());
  }

  /** What to say of a run that cannot be taken, since the API server refuses the Lease for it. */
  static Failure refused(HasMetadata run, KubernetesClientException why) {
    return new Failure(
        "LockRefused",
        "the API server refuses the Lease "
            + LeaseLocks.RUNS
            + " in namespace "
            + run.getMetadata().getNamespace()
            + " to the operator; let its role get, create, update and delete leases there: "
            + why.getMessage(),
        Failure.mayPass(why));
  }

  /** Lets go of a run that is not worked on for now. */
  void release(HasMetadata run) {
    of(run).release(run.getMetadata().getUid());
  }

  /** Lets go of all runs, and takes no others. */
  void close() {
    closed = true;
    claims.values().forEach(Claimed::releaseAll);
  }

  private Claimed of(HasMetadata run) {
    return claims.computeIfAbsent(run.getMetadata().getNamespace(), Claimed::new);
  }

  /** The runs of one namespace. */
  private final class Claimed {
    private final String namespace;
    private final Set<String> runs = new HashSet<>();
    private @Nullable LeaseLock lock;
    private @Nullable String other;

    Claimed(String namespace) {
      this.namespace = namespace;
    }

    synchronized LeaseLock.Attempt take(String run) {
      if (closed) {
        return new LeaseLock.Attempt.Busy("an operator that stops");
      }
      if (lock != null && lock.isLost()) {
        lock = null;
        runs.clear();
      }
      if (lock != null && !lock.isHeld()) {
        return new LeaseLock.Attempt.Busy("nobody for sure: the API server did not answer lately");
      }
      if (lock != null) {
        runs.add(run);
        return new LeaseLock.Attempt.Held(lock);
      }
      LeaseLock.Attempt attempt = locks.tryRuns(namespace, () -> lost.accept(namespace));
      switch (attempt) {
        case LeaseLock.Attempt.Held(LeaseLock held) -> {
          lock = held;
          other = null;
          runs.add(run);
        }
        case LeaseLock.Attempt.Busy(String holder) -> tell(holder);
      }
      return attempt;
    }

    private void tell(String holder) {
      if (!holder.equals(other)) {
        other = holder;
        LOG.atWarn()
            .addKeyValue("namespace", namespace)
            .addKeyValue("lease", LeaseLocks.RUNS)
            .addKeyValue("holder", holder)
            .log(
                "another operator does the runs of this namespace, or did just now; if it is"
                    + " still there, let only one of them look after it: what other namespaces"
                    + " keep is known to one of them alone");
      }
    }

    synchronized void release(String run) {
      if (runs.remove(run) && runs.isEmpty()) {
        unlock();
      }
    }

    synchronized void releaseAll() {
      runs.clear();
      unlock();
    }

    private void unlock() {
      if (lock != null) {
        lock.close();
        lock = null;
      }
    }
  }
}
