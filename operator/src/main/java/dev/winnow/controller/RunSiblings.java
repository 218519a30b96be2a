package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionPolicy.Mode;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the other runs of its policy mean for a run. */
final class RunSiblings {
  /** Reason of the end of a run whose plan an older one awaits approval of. */
  static final String SAME_PLAN = "SamePlan";

  private final World world;

  RunSiblings(World world) {
    this.world = world;
  }

  /** An older run of the policy that works; runs of one policy go one after the other. */
  Optional<RetentionRunResource> before(RetentionRunResource run, RetentionPolicyResource policy) {
    return world.runs.byKey(World.key(policy)).stream()
        .filter(RunCreator::isUnderWay)
        .filter(other -> History.AGE.compare(other, run) < 0)
        .min(History.AGE);
  }

  /**
   * An older run that awaits approval of what this one would await it for.
   *
   * @param since it must await it since then or later, so that there is time left: with a schedule
   *     of each day it is about to expire. One that is approved already goes on in any case
   */
  Optional<RetentionRunResource> awaitsTheSame(
      RetentionRunResource run,
      RetentionRun.Spec spec,
      RetentionRunStatus.Plan plan,
      Instant since) {
    return others(run, spec)
        .filter(other -> RunCreator.phase(other) == Phase.AwaitingApproval)
        .filter(other -> History.AGE.compare(other, run) < 0)
        .filter(other -> digest(other).equals(Optional.of(plan.digest())))
        .filter(other -> other.getMetadata().getDeletionTimestamp() == null)
        .filter(other -> !isCancelled(other))
        .filter(other -> isApproved(other, plan) || awaitsSince(other).isAfter(since))
        .max(History.AGE);
  }

  private static boolean isCancelled(RetentionRunResource run) {
    return Specs.of(run).filter(spec -> Boolean.TRUE.equals(spec.cancel())).isPresent();
  }

  private static boolean isApproved(RetentionRunResource run, RetentionRunStatus.Plan plan) {
    return Specs.of(run).filter(spec -> plan.digest().equals(spec.approvedPlan())).isPresent();
  }

  private static Instant awaitsSince(RetentionRunResource run) {
    return Condition.find(run.getStatus().conditions(), RunApproval.AWAITING)
        .map(Condition::lastTransitionTime)
        .orElse(Instant.MIN);
  }

  private Stream<RetentionRunResource> others(RetentionRunResource run, RetentionRun.Spec spec) {
    return world
        .runs
        .byKey(World.key(run.getMetadata().getNamespace(), spec.policyRef().name()))
        .stream();
  }

  private static Optional<String> digest(RetentionRunResource run) {
    return Optional.ofNullable(run.getStatus())
        .map(RetentionRunStatus::plan)
        .map(RetentionRunStatus.Plan::digest);
  }

  /** The newer runs of the policy, other than those that only look, the newest first. */
  List<RetentionRunResource> newer(RetentionRunResource run, RetentionRun.Spec spec) {
    return others(run, spec)
        .filter(other -> History.AGE.compare(other, run) > 0)
        .filter(other -> Specs.of(other).filter(its -> its.mode() != Mode.Preview).isPresent())
        .sorted(History.AGE.reversed())
        .toList();
  }

  /** Whether a run has a plan that takes the place of older ones: not when it is one of those. */
  static boolean supersedes(RetentionRunResource newer) {
    return digest(newer).isPresent()
        && Condition.find(newer.getStatus().conditions(), Conditions.COMPLETE)
            .filter(complete -> complete.reason().equals(SAME_PLAN))
            .isEmpty();
  }
}
