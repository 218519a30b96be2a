package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.Mode;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Has a person approve a plan, as long as it is still the one. */
final class RunApproval {
  static final String AWAITING = RetentionRunStatus.AWAITING;

  /** Reason of awaiting still where what was approved is another plan. */
  static final String OTHER_PLAN = "OtherPlanApproved";

  private static final Duration EXPIRY = Duration.ofHours(24);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final World world;
  private final RunSiblings siblings;
  private final RunEnds ends;
  private final RunApplying applying;
  private final InstantSource clock;

  RunApproval(World world, RunEnds ends, RunApplying applying, InstantSource clock) {
    this.world = world;
    this.siblings = new RunSiblings(world);
    this.ends = ends;
    this.applying = applying;
    this.clock = clock;
  }

  /**
   * How far a run may go: it was compared with the policy when it began, but a run of kinds that
   * are older than this operator may have been changed since.
   */
  static Mode mode(RetentionRun.Spec run, RetentionPolicy.Spec policy) {
    return run.mode() != null && run.mode().compareTo(policy.mode()) < 0
        ? run.mode()
        : policy.mode();
  }

  /**
   * Asks, unless an older run has asked for the same.
   *
   * @param status the run's with its plan
   */
  RunStep ask(
      RetentionRunResource run,
      RetentionRunStatus status,
      RetentionRun.Spec spec,
      Mode mode,
      TaskOutcome.Planned planned) {
    Optional<RetentionRunResource> same =
        siblings.awaitsTheSame(
            run, spec, planned.plan(), clock.instant().minus(EXPIRY.dividedBy(2)));
    if (same.isPresent()) {
      return RunStep.of(
          ends.succeed(
              run,
              status,
              RunSiblings.SAME_PLAN,
              "run "
                  + same.get().getMetadata().getName()
                  + " awaits approval of the same plan: kubectl winnow approve "
                  + same.get().getMetadata().getName()));
    }
    boolean over = mode == Mode.Enforce;
    String why =
        (over ? planned.overLimits() : planned.plan().delete() + " tags would be deleted")
            + "; look at them, then kubectl winnow approve "
            + run.getMetadata().getName()
            + ", or set spec.approvedPlan to status.plan.digest";
    return RunStep.of(
            status.in(
                Phase.AwaitingApproval,
                ends.conditions(run, status)
                    .set(AWAITING, Status.True, over ? "LimitExceeded" : "ApprovalRequired", why)
                    .list()))
        .again(EXPIRY);
  }

  /** What comes next while it waits. */
  RunStep next(RetentionRunResource run, RetentionRunStatus status, RetentionRun.Spec spec) {
    Condition since = Condition.find(status.conditions(), AWAITING).orElse(null);
    RetentionRunStatus.Plan plan = status.plan();
    if (since == null || plan == null) {
      return RunStep.of(
          ends.fail(run, status, "PlanMissing", "the run's status has lost its plan"));
    }
    RetentionPolicy.Spec policy = status.policy();
    if (policy == null || mode(spec, policy) == Mode.Preview) {
      return RunStep.of(
          ends.fail(run, status, "ModeNotAllowed", "spec.mode: a Preview deletes nothing"));
    }
    Failure changed = PolicyChange.of(run, status, world);
    if (changed != null) {
      return RunStep.of(ends.cancelled(run, status, changed));
    }
    List<RetentionRunResource> newer = siblings.newer(run, spec);
    Optional<RetentionRunResource> other =
        newer.stream().filter(RunSiblings::supersedes).findFirst();
    if (other.isPresent()) {
      String message = "run " + other.get().getMetadata().getName() + " is newer";
      return RunStep.of(ends.cancelled(run, status, new Failure("Superseded", message, false)));
    }
    Duration left = Duration.between(clock.instant(), since.lastTransitionTime().plus(EXPIRY));
    if (!left.isPositive()) {
      return RunStep.of(
          ends.cancelled(
              run,
              status,
              new Failure("Expired", "nobody approved the plan within 24 hours", false)));
    }
    // What a newer run plans is heard of when it is looked at; its end alone wakes this one.
    boolean isNewerUnderWay = newer.stream().anyMatch(RunCreator::isUnderWay);
    Duration again = isNewerUnderWay && left.compareTo(SOON) > 0 ? SOON : left;
    if (spec.approvedPlan() == null) {
      return RunStep.of(status).again(again);
    }
    if (!spec.approvedPlan().equals(plan.digest())) {
      return otherPlan(run, status, spec.approvedPlan(), plan.digest()).again(again);
    }
    // A newer run that plans tells first whether this plan is still the one.
    return isNewerUnderWay ? RunStep.of(status).again(again) : applying.begin(status);
  }

  private RunStep otherPlan(
      RetentionRunResource run, RetentionRunStatus status, String approved, String digest) {
    String message =
        "spec.approvedPlan is "
            + approved
            + ", which is not this plan: status.plan.digest is "
            + digest
            + "; look at it, then kubectl winnow approve "
            + run.getMetadata().getName();
    return RunStep.of(
        status.in(
            Phase.AwaitingApproval,
            ends.conditions(run, status).set(AWAITING, Status.True, OTHER_PLAN, message).list()));
  }
}
