package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Takes each RetentionRun from phase to phase; the work itself is done by {@link RunTasks}. */
@ControllerConfiguration(
    name = "retentionrun",
    generationAwareEventProcessing = false,
    triggerReconcilerOnAllEvents = true)
final class RunReconciler implements Reconciler<RetentionRunResource> {
  private static final Failure DELETED = new Failure("RunDeleted", "the run was deleted", false);

  /** As far as this one is concerned it is as if it stopped: another one goes on. */
  private static final Failure TAKEN =
      new Failure(RunPhases.OPERATOR_STOPS, "another operator does the run now", false);

  private static final Duration CLAIM_AGAIN = Duration.ofSeconds(2);

  /** What an orphan deleted can be undone for days, in which it stays. */
  private static final Duration ORPHAN_AGAIN = Duration.ofHours(1);

  /** A net below the wakes. */
  private static final Duration AT_LATEST = Duration.ofMinutes(10);

  private final World world;
  private final RunPhases phases;
  private final RunTasks tasks;
  private final RunClaims claims;
  private final RunCreator creator;
  private final Events events;
  private final Meters meters;
  private final InstantSource clock;

  RunReconciler(
      World world,
      RunPhases phases,
      RunTasks tasks,
      RunClaims claims,
      RunCreator creator,
      Events events,
      Meters meters,
      InstantSource clock) {
    this.creator = creator;
    this.clock = clock;
    this.claims = claims;
    this.world = world;
    this.phases = phases;
    this.tasks = tasks;
    this.events = events;
    this.meters = meters;
  }

  @Override
  public List<EventSource<?, RetentionRunResource>> prepareEventSources(
      EventSourceContext<RetentionRunResource> context) {
    return world.runs.sources(context);
  }

  @Override
  public UpdateControl<RetentionRunResource> reconcile(
      RetentionRunResource run, Context<RetentionRunResource> context) {
    tasks.of(run).filter(task -> task.claim().isLost()).ifPresent(task -> tasks.forget(run, TAKEN));
    world.runs.eachGone(run, context.isPrimaryResourceDeleted(), this::end);
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    if (run.getMetadata().getDeletionTimestamp() != null) {
      end(run);
      return UpdateControl.noUpdate();
    }
    if (!world.isFilled()) {
      return UpdateControl.<RetentionRunResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    if (RunCreator.phase(run).isEnd()) {
      tasks.of(run).filter(RunTask::isUnrecorded).ifPresent(task -> tellUnheard(run));
      leave(run, ended(run));
      wakeOthers(run, true);
      return orphaned(run);
    }
    return UpdateControl.<RetentionRunResource>noUpdate().rescheduleAfter(step(run, context));
  }

  /** Somebody has deleted it. */
  private void end(RetentionRunResource run) {
    leave(run, DELETED);
    wakeOthers(run, true);
  }

  private static Failure ended(RetentionRunResource run) {
    String why =
        Optional.ofNullable(run.getStatus())
            .flatMap(RetentionRunStatus::why)
            .map(condition -> ": " + condition.reason() + ": " + condition.message())
            .orElse("");
    return new Failure("RunEnded", "the run has ended" + why, false);
  }

  private UpdateControl<RetentionRunResource> orphaned(RetentionRunResource run) {
    if (!creator.isOrphan(run)) {
      return UpdateControl.noUpdate();
    }
    creator.deleteOrphans(run, clock.instant());
    return UpdateControl.<RetentionRunResource>noUpdate().rescheduleAfter(ORPHAN_AGAIN);
  }

  /** Takes a run that has not ended a step further; gives when to look again. */
  private Duration step(RetentionRunResource run, Context<RetentionRunResource> context) {
    Optional<RunTask> over = tasks.of(run).filter(task -> task.outcome() != null);
    RunStep step = phases.next(run);
    RetentionRunStatus status = step.status().observed(run.getMetadata().getGeneration());
    if (step.afterwards().isEmpty() && status.equals(run.getStatus())) {
      over.ifPresent(RunTask::recorded);
      rest(run, RunCreator.phase(run));
      // When we wrote it the index may not have had it yet that the policy tells it by.
      policy(run).ifPresent(world.policies::wake);
      return step.again().orElse(AT_LATEST);
    }
    LeaseLock.Attempt attempt;
    try {
      attempt = claims.take(run);
    } catch (KubernetesClientException e) {
      if (Failure.mayPass(e)) {
        throw e;
      }
      RunStep refused = phases.refused(run, e);
      write(run, refused, context);
      return refused.again().orElse(AT_LATEST);
    }
    return switch (attempt) {
      case LeaseLock.Attempt.Held(LeaseLock claim) -> {
        RetentionRunResource written = write(run, step, context);
        over.ifPresent(RunTask::recorded);
        step.afterwards().ifPresent(work -> work.begin(written, claim));
        rest(run, RunCreator.phase(written));
        yield step.again().orElse(AT_LATEST);
      }
      case LeaseLock.Attempt.Busy busy -> {
        meters.runOfAnother();
        yield CLAIM_AGAIN;
      }
    };
  }

  private RetentionRunResource write(
      RetentionRunResource run, RunStep step, Context<RetentionRunResource> context) {
    RetentionRunStatus status = step.status().observed(run.getMetadata().getGeneration());
    RetentionRunResource written =
        StatusWriter.write(run, status, RetentionRunResource::new, context);
    Phase after = RunCreator.phase(written);
    if (RunCreator.phase(run) != after || run.getStatus() == null) {
      tell(written, after, status);
      wakeOthers(run, after.isEnd());
    }
    tellApproval(run, written);
    return written;
  }

  private void tellApproval(RetentionRunResource before, RetentionRunResource now) {
    boolean awaited = RunCreator.phase(before) == Phase.AwaitingApproval;
    if (awaited && RunCreator.phase(now) == Phase.Applying) {
      String digest = Specs.of(now).map(RetentionRun.Spec::approvedPlan).orElse("");
      events.tell(now, Events.Kind.Normal, "Approve", "Approved", "plan " + digest + " is applied");
    }
    Optional<Condition> awaiting = awaiting(now);
    if (awaited
        && awaiting.filter(it -> it.reason().equals(RunApproval.OTHER_PLAN)).isPresent()
        && !awaiting.map(Condition::message).equals(awaiting(before).map(Condition::message))) {
      String why = awaiting.map(Condition::message).orElse("");
      events.tell(now, Events.Kind.Warning, "Approve", RunApproval.OTHER_PLAN, why);
    }
  }

  private static Optional<Condition> awaiting(RetentionRunResource run) {
    return run.getStatus() == null
        ? Optional.empty()
        : Condition.find(run.getStatus().conditions(), RunApproval.AWAITING);
  }

  /** A run that waits, or has ended, is nobody's. */
  private void rest(RetentionRunResource run, Phase phase) {
    if (phase != Phase.Planning && phase != Phase.Applying) {
      claims.release(run);
    }
  }

  private void leave(RetentionRunResource run, Failure why) {
    tasks.forget(run, why);
    claims.release(run);
  }

  /** That its end is written was not heard, or it would have been told. */
  private void tellUnheard(RetentionRunResource run) {
    RetentionRunStatus status = run.getStatus();
    if (status != null && status.phase() != null) {
      tell(run, status.phase(), status);
    }
  }

  private void tell(RetentionRunResource run, Phase phase, RetentionRunStatus status) {
    switch (phase) {
      case Pending, Applying -> {}
      case Planning ->
          events.tell(run, Events.Kind.Normal, "Plan", "RunStarted", "planning has begun");
      case AwaitingApproval -> {
        Optional<Condition> why = Condition.find(status.conditions(), RunApproval.AWAITING);
        boolean over = why.filter(c -> c.reason().equals("LimitExceeded")).isPresent();
        events.tell(
            run,
            over ? Events.Kind.Warning : Events.Kind.Normal,
            "Approve",
            over ? "LimitExceeded" : "AwaitingApproval",
            why.map(Condition::message).orElse(""));
      }
      case Succeeded, Failed, Cancelled -> {
        Optional<Condition> end =
            Condition.find(
                status.conditions(),
                phase == Phase.Succeeded ? Conditions.COMPLETE : Conditions.FAILED);
        meters.runEnded(phase.name(), end.map(Condition::reason).orElse(""));
        events.tell(
            run,
            phase == Phase.Failed ? Events.Kind.Warning : Events.Kind.Normal,
            "Finish",
            "Run" + phase,
            end.map(Condition::message).orElse(""));
      }
    }
  }

  private static String policyName(RetentionRunResource run) {
    return Specs.of(run).map(spec -> spec.policyRef().name()).orElse("");
  }

  private Optional<RetentionPolicyResource> policy(RetentionRunResource run) {
    return world.policies.get(run.getMetadata().getNamespace(), policyName(run));
  }

  /**
   * What depends on a run: its policy, the runs behind it and those that it supersedes, and when it
   * ends its registry.
   */
  private void wakeOthers(RetentionRunResource run, boolean ended) {
    String namespace = run.getMetadata().getNamespace();
    policy(run).ifPresent(world.policies::wake);
    if (ended) {
      policy(run)
          .flatMap(Specs::of)
          .ifPresent(spec -> world.registries.wake(namespace, spec.registryRef().name()));
    }
    world.runs.byKey(World.key(namespace, policyName(run))).stream()
        .filter(other -> !RunCreator.phase(other).isEnd())
        .filter(other -> !World.key(other).equals(World.key(run)))
        .forEach(world.runs::wake);
  }
}
