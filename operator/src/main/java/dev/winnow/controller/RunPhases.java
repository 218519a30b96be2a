package dev.winnow.controller;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.Mode;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What comes next for a run: Pending, Planning, then to the end, to AwaitingApproval or to
 * Applying, and to the end. Each step follows from what the cluster says and what the run's task
 * came to, so that an operator that starts in the middle goes on from there.
 */
final class RunPhases {
  /** Reason of a stop that is no end: the next operator goes on. */
  static final String OPERATOR_STOPS = "OperatorStops";

  private static final Duration SETTLING = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final World world;
  private final RunSiblings siblings;
  private final RunEnds ends;
  private final PolicyCheck check;
  private final RunTasks tasks;
  private final PlanTask planTask;
  private final RunApplying applying;
  private final RunApproval approval;
  private final KubernetesClient client;
  private final InstantSource clock;

  private final Patience patience;
  private final String identity;

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
    this.applying = new RunApplying(ends, tasks, applyTask, identity, clock);
    this.approval = new RunApproval(world, ends, applying, clock);
    this.client = client;
    this.clock = clock;
  }

  /** The next step of a run that has not ended. */
  RunStep next(RetentionRunResource run) {
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
      case AwaitingApproval -> approval.next(run, status, spec);
      case Applying -> applying.next(run, status);
      case Succeeded, Failed, Cancelled -> RunStep.of(status);
    };
  }

  /**
   * What to do with a run that nobody may do since the API server refuses the Lease for it. One
   * that nobody can have begun ends after a while; of another it is only said.
   */
  RunStep refused(RetentionRunResource run, KubernetesClientException why) {
    RetentionRunStatus status =
        Objects.requireNonNullElse(run.getStatus(), RetentionRunStatus.NONE);
    Failure refused = RunClaims.refused(run, why);
    String message = refused.message();
    return RunCreator.phase(run) == Phase.Pending && patience.isOver(run, clock.instant())
        ? RunStep.of(
            ends.fail(run, status, refused.reason(), message + "; then run the policy again"))
        : RunStep.of(status.in(RunCreator.phase(run), status.conditions()).at(message)).again(SOON);
  }

  private RunStep invalid(RetentionRunResource run, RetentionRunStatus status, Failure why) {
    return RunCreator.phase(run) == Phase.Applying
        ? applying.stop(run, status, why)
        : RunStep.of(ends.fail(run, status, why.reason(), why.message()));
  }

  /** Ends a run that is not to go on. */
  private RunStep cancel(RetentionRunResource run, RetentionRunStatus status) {
    Failure asked = new Failure("Cancelled", "spec.cancel was set", false);
    if (RunCreator.phase(run) == Phase.Applying) {
      return applying.stop(run, status, asked);
    }
    tasks.forget(run, asked);
    return RunStep.of(ends.cancelled(run, status, asked));
  }

  private RunStep pending(
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
      return RunStep.of(
          status
              .in(Phase.Pending, List.of())
              .at("waits for run " + before.get().getMetadata().getName()));
    }
    return switch (check.check(policy)) {
      case PolicyVerdict.Stalled(String reason, String message) ->
          reason.equals("RegistryMissing")
              ? settling(run, status, reason, message)
              : RunStep.of(ends.fail(run, status, reason, message));
      case PolicyVerdict.Waiting(String reason, String message) ->
          RunStep.of(ends.fail(run, status, reason, message));
      case PolicyVerdict.Obstructed(PolicyVerdict.Ready look, String message) ->
          RunApproval.mode(spec, look.spec()) == Mode.Preview
              ? begin(run, status, spec, look)
              : RunStep.of(ends.fail(run, status, PolicyVerdict.Obstructed.REASON, message));
      case PolicyVerdict.Ready ready -> begin(run, status, spec, ready);
    };
  }

  /** What is applied together comes one after the other: waits a moment for what is not there. */
  private RunStep settling(
      RetentionRunResource run, RetentionRunStatus status, String reason, String message) {
    Instant created = Instant.parse(run.getMetadata().getCreationTimestamp());
    return clock.instant().isBefore(created.plus(SETTLING))
        ? RunStep.of(status.in(Phase.Pending, List.of()).at(message)).again(SOON)
        : RunStep.of(ends.fail(run, status, reason, message));
  }

  private RunStep begin(
      RetentionRunResource run,
      RetentionRunStatus status,
      RetentionRun.Spec spec,
      PolicyVerdict.Ready ready) {
    Mode most = ready.spec().mode();
    if (spec.mode() != null && spec.mode().compareTo(most) > 0) {
      return RunStep.of(
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
    return RunStep.of(started).then((written, claim) -> plan(written, claim, ready, at));
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
              PatchContext.of(PatchType.JSON_MERGE),
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

  /**
   * Said where one goes on that an operator which is gone has begun, each time in other words:
   * should it not be gone after all, it cannot write there what it does not know.
   */
  static String takeOver(String identity, InstantSource clock) {
    return "operator " + identity + " goes on with it since " + clock.instant();
  }

  private RunStep planning(
      RetentionRunResource run, RetentionRunStatus status, RetentionRun.Spec spec) {
    RunTask task = tasks.of(run).orElse(null);
    if (task == null) {
      // The operator that planned is gone: from the start again.
      RunStep again = pending(run, RetentionRunStatus.NONE, spec);
      return again.status().phase() == Phase.Planning ? again.at(takeOver(identity, clock)) : again;
    }
    return switch (task.outcome()) {
      case null -> RunStep.of(status.at(task.progress()));
      case TaskOutcome.Failed(Failure failure) ->
          RunStep.of(ends.fail(run, status, failure.reason(), failure.message()));
      case TaskOutcome.Dropped dropped -> RunStep.of(status);
      case TaskOutcome.Applied applied ->
          throw new IllegalStateException("planning applies nothing");
      case TaskOutcome.Planned planned -> planned(run, status, spec, planned);
    };
  }

  private RunStep planned(
      RetentionRunResource run,
      RetentionRunStatus status,
      RetentionRun.Spec spec,
      TaskOutcome.Planned planned) {
    RetentionPolicy.Spec policy = Objects.requireNonNull(status.policy(), "written at the start");
    RetentionRunStatus with =
        status.planned(planned.plan(), planned.mostDeleted(), planned.reports());
    Mode mode = RunApproval.mode(spec, policy);
    if (mode == Mode.Preview || planned.plan().delete() == 0) {
      return RunStep.of(endOfPlan(run, with, mode, planned));
    }
    Failure changed = PolicyChange.of(run, status, world);
    if (changed != null) {
      return RunStep.of(ends.cancelled(run, with, changed));
    }
    return mode == Mode.Approve || planned.overLimits() != null
        ? approval.ask(run, with, spec, mode, planned)
        : applying.begin(with);
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
}
