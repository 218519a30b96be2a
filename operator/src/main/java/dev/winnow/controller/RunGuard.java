package dev.winnow.controller;

import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.registry.DeleteGuard;
import dev.winnow.run.Planned;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every delete of a run: the plan holds it, the registry's lock is ours, nobody has
 * stopped the run, and the policies are the ones that it was decided by.
 */
final class RunGuard implements DeleteGuard {
  private final Set<String> planned = new HashSet<>();
  private final RunTask task;
  private final LeaseLock lock;
  private final PolicyVerdict.Ready basis;
  private final World world;
  private final PolicyCheck check;
  private final FreshView.Looks view;
  private volatile boolean basisChanged;
  private volatile @Nullable Failure interruption;

  RunGuard(
      Collection<Planned> deletions,
      RunTask task,
      LeaseLock lock,
      PolicyVerdict.Ready basis,
      World world,
      PolicyCheck check,
      FreshView.Looks view) {
    this.view = view;
    for (Planned each : deletions) {
      planned.add(key(each.repository(), each.tag()));
      planned.add(key(each.repository(), each.digest().text()));
    }
    this.task = task;
    this.lock = lock;
    this.basis = basis;
    this.world = world;
    this.check = check;
  }

  /** Whether it objected because other policies of the registry came, went or changed. */
  boolean basisChanged() {
    return basisChanged;
  }

  /** Why it objected to what may go on later: null when it did not. */
  @Nullable Failure interruption() {
    return interruption;
  }

  @Override
  public Optional<String> objection(String repository, String reference) {
    // First what may take a while: what is asked after it is of this moment.
    Failure outdated = task.stopped() == null ? view.problemByNow() : null;
    Failure stopped = task.stopped();
    if (stopped != null) {
      return Optional.of(stopped.message());
    }
    if (outdated != null) {
      return interrupted(outdated);
    }
    if (!isSamePolicy(basis.policy(), world)) {
      task.stop(PolicyChange.of(basis.policy(), world));
      return Optional.of("the policy changed");
    }
    if (!check.basis(basis.hostPort()).equals(basis.basis())) {
      basisChanged = true;
      return Optional.of("other policies of the registry changed");
    }
    if (!task.claim().isHeld()) {
      return interrupted(new Failure("LockLost", "another operator may do this run by now", true));
    }
    if (!lock.isHeld()) {
      return interrupted(new Failure("LockLost", "the registry's lock was lost", true));
    }
    return planned.contains(key(repository, reference))
        ? Optional.empty()
        : Optional.of(repository + ":" + reference + " is not in the plan");
  }

  private Optional<String> interrupted(Failure why) {
    interruption = why;
    return Optional.of(why.message());
  }

  static boolean isSamePolicy(RetentionPolicyResource policy, World world) {
    return world
        .policies
        .get(policy.getMetadata().getNamespace(), policy.getMetadata().getName())
        .filter(now -> now.getMetadata().getDeletionTimestamp() == null)
        .filter(now -> Objects.equals(now.getMetadata().getUid(), policy.getMetadata().getUid()))
        .filter(now ->
            Objects.equals(now.getMetadata().getGeneration(), policy.getMetadata().getGeneration()))
        .isPresent();
  }

  private static String key(String repository, String reference) {
    return repository + "\0" + reference;
  }
}
