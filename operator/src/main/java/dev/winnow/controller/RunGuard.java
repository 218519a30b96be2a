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
  private volatile boolean basisChanged;
  private volatile boolean lostLock;

  RunGuard(
      Collection<Planned> deletions,
      RunTask task,
      LeaseLock lock,
      PolicyVerdict.Ready basis,
      World world,
      PolicyCheck check) {
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

  /** Whether it objected because somebody else may hold the registry's lock, or do the run. */
  boolean lostLock() {
    return lostLock;
  }

  @Override
  public Optional<String> objection(String repository, String reference) {
    Failure stopped = task.stopped();
    if (stopped != null) {
      return Optional.of(stopped.message());
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
      lostLock = true;
      return Optional.of("another operator may do this run by now");
    }
    if (!lock.isHeld()) {
      lostLock = true;
      return Optional.of("the registry's lock was lost");
    }
    return planned.contains(key(repository, reference))
        ? Optional.empty()
        : Optional.of(repository + ":" + reference + " is not in the plan");
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
