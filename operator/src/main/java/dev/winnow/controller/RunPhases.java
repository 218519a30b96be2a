package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.Mode;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What comes next for a run: Pending, Planning, then to the end, to AwaitingApproval or to
 * Applying, and to the end. Each step follows from what the cluster says and what the run's task
 * came to, so that an operator that starts in the middle goes on from there.
 */
final class RunPhases {
  static final String AWAITING = RetentionRunStatus.AWAITING;

  /** Reason of a stop that is no end: the next operator goes on. */
  static final String OPERATOR_STOPS = "OperatorStops";

  /** Reason of awaiting still where what was approved is another plan. */
  static final String OTHER_PLAN = "OtherPlanApproved";

  private static final Duration EXPIRY = Duration.ofHours(24);
  private static final Duration SETTLING = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final World world;
  private final RunSiblings siblings;
  private final RunEnds ends;
  private final PolicyCheck check;
  private final RunTasks tasks;
  private final PlanTask planTask;
  private final ApplyTask applyTask;
  private final KubernetesClient client;
  private final InstantSource clock;

  private final Patience patience;
  private final String identity;

  /** Work on a run, begun once it is written that it does: whoever comes after us must know. */
  interface Work {
    void begin(RetentionRunResource written, Claim claim);
  }

  /**
   * What to do with a run.
   *
   * @param status the status to write
   * @param afterwards what to begin once it is written
   * @param again when to look again if nothing happens
   */
  record Step(RetentionRunStatus status, Optional<Work> afterwards, Optional<Duration> again) {
    static Step of(RetentionRunStatus status) {
      return new Step(status, Optional.empty(), Optional.empty());
    }

    Step then(Work work) {
      return new Step(status, Optional.of(work), again);
    }

    Step again(Duration wait) {
      return new Step(status, afterwards, Optional.of(wait));
    }
  }

  RunPhases(
      World world,
      PolicyCheck check,
      RunTasks tasks,
      PlanTask planTask,
      ApplyTask applyTask,
      KubernetesClient client,
      Patience patience,
      String identity,
      InstantSource clock) {
    this.patience = patience;
    this.identity = identity;
    this.world = world;
    this.siblings = new RunSiblings(world);
    this.ends = new RunEnds(clock);
    this.check = check;
    this.tasks = tasks;
    this.planTask = planTask;
    this.applyTask = applyTask;
    this.client = client;
    this.clock = clock;
  }

  /** The next step of a run that has not ended. */
  Step next(RetentionRunResource run) {
    RetentionRunStatus status =
        Objects.requireNonNullElse(run.getStatus(), RetentionRunStatus.NONE);
    RetentionRun.Spec spec = Specs.of(run).orElse(null);
    if (spec == null) {
      return invalid(run, status, new Failure("Invalid", Specs.problem(run), false));
    }
    if (Boolean.TRUE.equals(spec.cancel())) {
      return cancel(run, status);
    }
    return switch (RunCreator.phase(run)) {
      case Pending -> pending(run, status, spec);
      case Planning -> planning(run, status, spec);
      case AwaitingApproval -> awaiting(run, status, spec);
      case Applying -> applying(run, status, Optional.empty());
      case Succeeded, Failed, Cancelled -> Step.of(status);
    };
  }

  /**
   * What to do with a run that nobody may do since the API server refuses the Lease for it. One
   * that nobody can have begun ends after a while; of another it is only said.
   */
  Step refused(RetentionRunResource run, KubernetesClientException why) {
    RetentionRunStatus status =
        Objects.requireNonNullElse(run.getStatus(), RetentionRunStatus.NONE);
    String message =
        "the API server refuses the Lease "
            + LeaseLocks.RUNS
            + " in namespace "
            + run.getMetadata().getNamespace()
            + " to the operator; let its role get, create, update and delete leases there: "
            + why.getMessage();
    Instant until = Instant.parse(run.getMetadata().getCreationTimestamp()).plus(patience.inAll());
    return RunCreator.phase(run) == Phase.Pending && clock.instant().isAfter(until)
        ? Step.of(ends.fail(run, status, "LockRefused", message + "; then run the policy again"))
        : Step.of(status.in(RunCreator.phase(run), status.conditions()).at(message)).again(SOON);
  }

  private Step invalid(RetentionRunResource run, RetentionRunStatus status, Failure why) {
    return RunCreator.phase(run) == Phase.Applying
        ? stopApplying(run, status, why)
        : Step.of(ends.fail(run, status, why.reason(), why.message()));
  }

  /** Ends a run that is not to go on. */
  private Step cancel(RetentionRunResource run, RetentionRunStatus status) {
    Failure asked = new Failure("Cancelled", "spec.cancel was set", false);
    if (RunCreator.phase(run) == Phase.Applying) {
      return stopApplying(run, status, asked);
    }
    tasks.forget(run, asked);
    return Step.of(ends.cancelled(run, status, asked));
  }

  /** Ends what may have deleted something by now, and waits for its result. */
  private Step stopApplying(RetentionRunResource run, RetentionRunStatus status, Failure why) {
    tasks.of(run).ifPresent(task -> task.stop(why));
    return applying(run, status, Optional.of(why));
  }

  private Step pending(
      RetentionRunResource run, RetentionRunStatus status, RetentionRun.Spec spec) {
    String namespace = run.getMetadata().getNamespace();
    RetentionPolicyResource policy =
        world.policies.get(namespace, spec.policyRef().name()).orElse(null);
    if (policy == null || policy.getMetadata().getDeletionTimestamp() != null) {
      return settling(
          run,
          status,
          "PolicyMissing",
          "spec.policyRef.name: there is no RetentionPolicy " + spec.policyRef().name());
    }
    Optional<RetentionRunResource> before = siblings.before(run, policy);
    if (before.isPresent()) {
      return Step.of(
          status
              .in(Phase.Pending, List.of())
              .at("waits for run " + before.get().getMetadata().getName()));
    }
    return switch (check.check(policy)) {
      case PolicyVerdict.Stalled(String reason, String message) ->
          reason.equals("RegistryMissing")
              ? settling(run, status, reason, message)
              : Step.of(ends.fail(run, status, reason, message));
      case PolicyVerdict.Waiting(String reason, String message) ->
          Step.of(ends.fail(run, status, reason, message));
      case PolicyVerdict.Obstructed(PolicyVerdict.Ready look, String message) ->
          mode(spec, look.spec()) == Mode.Preview
              ? begin(run, status, spec, look)
              : Step.of(ends.fail(run, status, PolicyVerdict.Obstructed.REASON, message));
      case PolicyVerdict.Ready ready -> begin(run, status, spec, ready);
    };
  }

  /** What is applied together comes one after the other: waits a moment for what is not there. */
  private Step settling(
      RetentionRunResource run, RetentionRunStatus status, String reason, String message) {
    Instant created = Instant.parse(run.getMetadata().getCreationTimestamp());
    return clock.instant().isBefore(created.plus(SETTLING))
        ? Step.of(status.in(Phase.Pending, List.of()).at(message)).again(SOON)
        : Step.of(ends.fail(run, status, reason, message));
  }

  private Step begin(
      RetentionRunResource run,
      RetentionRunStatus status,
      RetentionRun.Spec spec,
      PolicyVerdict.Ready ready) {
    Mode most = ready.spec().mode();
    if (spec.mode() != null && spec.mode().compareTo(most) > 0) {
      return Step.of(
          ends.fail(
              run,
              status,
              "ModeNotAllowed",
              "spec.mode: " + spec.mode() + " goes further than the policy's " + most));
    }
    adopt(run, ready.policy());
    Instant at = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    RetentionRunStatus started =
        status
            .in(Phase.Planning, List.of())
            .started(
                ready.policy().getMetadata().getUid(),
                ready.policy().getMetadata().getGeneration(),
                ready.spec(),
                ready.hostPort(),
                at);
    return Step.of(started).then((written, claim) -> plan(written, claim, ready, at));
  }

  /** A run that a person made goes with its policy, too. */
  private void adopt(RetentionRunResource run, RetentionPolicyResource policy) {
    List<OwnerReference> owners = run.getMetadata().getOwnerReferences();
    if (owners == null || owners.isEmpty()) {
      client
          .resources(RetentionRunResource.class)
          .inNamespace(run.getMetadata().getNamespace())
          .withName(run.getMetadata().getName())
          .patch(
              io.fabric8.kubernetes.client.dsl.base.PatchContext.of(
                  io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
              client
                  .getKubernetesSerialization()
                  .asJson(
                      Map.of(
                          "metadata",
                          Map.of("ownerReferences", List.of(RunCreator.owner(policy))))));
    }
  }

  private void plan(RetentionRunResource run, Claim claim, PolicyVerdict.Ready ready, Instant at) {
    tasks.start(run, claim, true, task -> planTask.plan(run, ready, at, task));
  }

  private Step planning(
      RetentionRunResource run, RetentionRunStatus status, RetentionRun.Spec spec) {
    RunTask task = tasks.of(run).orElse(null);
    if (task == null) {
      // The operator that planned is gone: from the start again.
      Step again = pending(run, RetentionRunStatus.NONE, spec);
      return again.status().phase() == Phase.Planning ? takeOver(again) : again;
    }
    return switch (task.outcome()) {
      case null -> Step.of(status.at(task.progress()));
      case TaskOutcome.Failed(Failure failure) ->
          Step.of(ends.fail(run, status, failure.reason(), failure.message()));
      case TaskOutcome.Dropped dropped -> Step.of(status);
      case TaskOutcome.Applied applied ->
          throw new IllegalStateException("planning applies nothing");
      case TaskOutcome.Planned planned -> planned(run, status, spec, planned);
    };
  }

  private Step planned(
      RetentionRunResource run,
      RetentionRunStatus status,
      RetentionRun.Spec spec,
      TaskOutcome.Planned planned) {
    RetentionPolicy.Spec policy = Objects.requireNonNull(status.policy(), "written at the start");
    RetentionRunStatus with =
        status.planned(planned.plan(), planned.mostDeleted(), planned.reports());
    Mode mode = mode(spec, policy);
    if (mode == Mode.Preview || planned.plan().delete() == 0) {
      return Step.of(endOfPlan(run, with, mode, planned));
    }
    Failure changed = PolicyChange.of(run, status, world);
    if (changed != null) {
      return Step.of(ends.cancelled(run, with, changed));
    }
    if (mode == Mode.Approve || planned.overLimits() != null) {
      Optional<RetentionRunResource> same =
          siblings.awaitsTheSame(
              run, spec, planned.plan(), clock.instant().minus(EXPIRY.dividedBy(2)));
      if (same.isPresent()) {
        return Step.of(
            ends.succeed(
                run,
                with,
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
      return Step.of(
              with.in(
                  Phase.AwaitingApproval,
                  ends.conditions(run, status)
                      .set(AWAITING, Status.True, over ? "LimitExceeded" : "ApprovalRequired", why)
                      .list()))
          .again(EXPIRY);
    }
    return startApplying(with);
  }

  /**
   * How far a run may go: it was compared with the policy when it began, but a run of kinds that
   * are older than this operator may have been changed since.
   */
  private static Mode mode(RetentionRun.Spec run, RetentionPolicy.Spec policy) {
    return run.mode() != null && run.mode().compareTo(policy.mode()) < 0
        ? run.mode()
        : policy.mode();
  }

  private RetentionRunStatus endOfPlan(
      RetentionRunResource run, RetentionRunStatus status, Mode mode, TaskOutcome.Planned planned) {
    RetentionRunStatus.Plan plan = planned.plan();
    long unreadable = Objects.requireNonNullElse(plan.unreadable(), 0L);
    if (unreadable > 0) {
      return ends.fail(
          run,
          status,
          "Partial",
          unreadable
              + " repositories could not be read, all of their tags stay: "
              + String.join("; ", planned.remarks()));
    }
    List<String> words = new ArrayList<>();
    words.add(
        mode == Mode.Preview
            ? plan.delete() + " of " + plan.tags() + " tags would be deleted"
            : "none of " + plan.tags() + " tags is to be deleted");
    obstruction(run).ifPresent(words::add);
    if (plan.skip() > 0) {
      words.add(plan.skip() + " should go and cannot");
    }
    if (!plan.selectsNothing().isEmpty()) {
      words.add("SelectsNothing: " + String.join(", ", plan.selectsNothing()));
    }
    words.addAll(planned.remarks());
    return ends.succeed(
        run,
        status,
        mode == Mode.Preview ? "Previewed" : "NothingToDelete",
        String.join("; ", words));
  }

  /** What would keep a run from deleting anything, though it can look. */
  private Optional<String> obstruction(RetentionRunResource run) {
    return Specs.of(run)
        .flatMap(
            spec -> world.policies.get(run.getMetadata().getNamespace(), spec.policyRef().name()))
        .map(check::check)
        .filter(PolicyVerdict.Obstructed.class::isInstance)
        .map(PolicyVerdict.Obstructed.class::cast)
        .map(it ->
            "but nothing is deleted for now ("
                + PolicyVerdict.Obstructed.REASON
                + "): "
                + it.message());
  }

  private Step startApplying(RetentionRunStatus status) {
    return Step.of(status.in(Phase.Applying, List.of()))
        .then((written, claim) -> apply(written, claim, false, Optional.empty()));
  }

  /**
   * Applies.
   *
   * @param resumed whether an operator that is gone may have begun
   * @param why why it is not to go on, if it is not: then it only finds out what was done
   */
  private void apply(
      RetentionRunResource run, Claim claim, boolean resumed, Optional<Failure> why) {
    tasks.start(
        run,
        claim,
        false,
        task -> {
          why.ifPresent(task::stop);
          return applyTask.apply(run, resumed, task);
        });
  }

  /**
   * Goes on where an operator that is gone has begun. It says so in the status, each time in other
   * words: should it not be gone after all, it cannot write there what it does not know.
   */
  private Step takeOver(Step step) {
    String now = "operator " + identity + " goes on with it since " + clock.instant();
    return new Step(step.status().at(now), step.afterwards(), step.again());
  }

  private Step awaiting(
      RetentionRunResource run, RetentionRunStatus status, RetentionRun.Spec spec) {
    Condition since = Condition.find(status.conditions(), AWAITING).orElse(null);
    RetentionRunStatus.Plan plan = status.plan();
    if (since == null || plan == null) {
      return Step.of(ends.fail(run, status, "PlanMissing", "the run's status has lost its plan"));
    }
    RetentionPolicy.Spec policy = status.policy();
    if (policy == null || mode(spec, policy) == Mode.Preview) {
      return Step.of(
          ends.fail(run, status, "ModeNotAllowed", "spec.mode: a Preview deletes nothing"));
    }
    Failure changed = PolicyChange.of(run, status, world);
    if (changed != null) {
      return Step.of(ends.cancelled(run, status, changed));
    }
    List<RetentionRunResource> newer = siblings.newer(run, spec);
    Optional<RetentionRunResource> other =
        newer.stream().filter(RunSiblings::supersedes).findFirst();
    if (other.isPresent()) {
      String message = "run " + other.get().getMetadata().getName() + " is newer";
      return Step.of(ends.cancelled(run, status, new Failure("Superseded", message, false)));
    }
    Duration left = Duration.between(clock.instant(), since.lastTransitionTime().plus(EXPIRY));
    if (!left.isPositive()) {
      return Step.of(
          ends.cancelled(
              run,
              status,
              new Failure("Expired", "nobody approved the plan within 24 hours", false)));
    }
    // What a newer run plans is heard of when it is looked at; its end alone wakes this one.
    boolean isNewerUnderWay = newer.stream().anyMatch(RunCreator::isUnderWay);
    Duration again = isNewerUnderWay && left.compareTo(SOON) > 0 ? SOON : left;
    if (spec.approvedPlan() == null) {
      return Step.of(status).again(again);
    }
    if (!spec.approvedPlan().equals(plan.digest())) {
      String message =
          "spec.approvedPlan is "
              + spec.approvedPlan()
              + ", which is not this plan: status.plan.digest is "
              + plan.digest()
              + "; look at it, then kubectl winnow approve "
              + run.getMetadata().getName();
      List<Condition> conditions =
          ends.conditions(run, status).set(AWAITING, Status.True, OTHER_PLAN, message).list();
      return Step.of(status.in(Phase.AwaitingApproval, conditions)).again(again);
    }
    // A newer run that plans tells first whether this plan is still the one.
    return isNewerUnderWay ? Step.of(status).again(again) : startApplying(status);
  }

  private Step applying(
      RetentionRunResource run, RetentionRunStatus status, Optional<Failure> stop) {
    RunTask task = tasks.of(run).orElse(null);
    if (task == null) {
      return takeOver(Step.of(status).then((written, claim) -> apply(written, claim, true, stop)));
    }
    return switch (task.outcome()) {
      case null -> Step.of(status.at(task.progress()));
      case TaskOutcome.Failed(Failure failure) ->
          Step.of(ends.fail(run, status, failure.reason(), failure.message()));
      // That it is to be applied was written, but we did not hear so.
      case TaskOutcome.Planned planned ->
          Step.of(status).then((written, claim) -> apply(written, claim, false, stop));
      case TaskOutcome.Dropped dropped -> Step.of(status);
      case TaskOutcome.Applied applied -> applied(run, status, applied);
    };
  }

  private Step applied(
      RetentionRunResource run, RetentionRunStatus status, TaskOutcome.Applied applied) {
    RetentionRunStatus with = status.did(applied.result(), applied.reports());
    Failure stopped = applied.stopped();
    String counts =
        applied.result().deleted()
            + " tags deleted, "
            + applied.result().skipped()
            + " skipped, "
            + applied.result().failed()
            + " failed"
            + (applied.result().deferred() == 0
                ? ""
                : ", " + applied.result().deferred() + " left to the next collection");
    String remarks = applied.remarks().isEmpty() ? "" : "; " + String.join("; ", applied.remarks());
    if (stopped != null && stopped.reason().equals(OPERATOR_STOPS)) {
      return Step.of(with.at(counts + " when the operator stopped"));
    }
    if (stopped != null) {
      Failure told =
          new Failure(stopped.reason(), stopped.message() + "; " + counts + remarks, false);
      return Step.of(
          Set.of("Cancelled", "PolicyChanged", "PolicyDeleted").contains(stopped.reason())
              ? ends.cancelled(run, with, told)
              : ends.fail(run, with, told.reason(), told.message()));
    }
    RetentionRunStatus.Plan plan = status.plan();
    boolean unreadable = plan != null && Objects.requireNonNullElse(plan.unreadable(), 0L) > 0;
    return Step.of(
        applied.result().failed() > 0 || unreadable
            ? ends.fail(run, with, "Partial", counts + remarks)
            : ends.succeed(run, with, "Applied", counts + remarks));
  }
}
