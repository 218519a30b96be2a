package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.RetentionRunResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Takes each RetentionRun from phase to phase; the work itself is done by {@link RunTasks}. */
@ControllerConfiguration(
    name = "retentionrun",
    generationAwareEventProcessing = false,
    triggerReconcilerOnAllEvents = true)
final class RunReconciler implements Reconciler<RetentionRunResource> {
  private static final Failure DELETED = new Failure("RunDeleted", "the run was deleted", false);

  /** A net below the wakes. */
  private static final Duration AT_LATEST = Duration.ofMinutes(10);

  private final World world;
  private final RunPhases phases;
  private final RunTasks tasks;
  private final Events events;
  private final Meters meters;

  RunReconciler(World world, RunPhases phases, RunTasks tasks, Events events, Meters meters) {
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
    if (context.isPrimaryResourceDeleted() || run.getMetadata().getDeletionTimestamp() != null) {
      tasks.forget(run, DELETED);
      wakeOthers(run, true);
      return UpdateControl.noUpdate();
    }
    if (!world.isFilled()) {
      return UpdateControl.<RetentionRunResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    Phase before = RunCreator.phase(run);
    if (before.isEnd()) {
      tasks.forget(run, DELETED);
      wakeOthers(run, true);
      return UpdateControl.noUpdate();
    }
    RunPhases.Step step = phases.next(run);
    RetentionRunStatus status = step.status().observed(run.getMetadata().getGeneration());
    RetentionRunResource written =
        StatusWriter.write(run, status, RetentionRunResource::new, context);
    tasks.of(run).ifPresent(RunTask::recorded);
    Phase after = RunCreator.phase(written);
    // Work begins once it is written that it does: whoever comes after us must know.
    step.afterwards().ifPresent(work -> work.accept(written));
    if (before != after || run.getStatus() == null) {
      tell(written, after, status);
      wakeOthers(run, after.isEnd());
    }
    Duration again = step.again().orElse(AT_LATEST);
    return UpdateControl.<RetentionRunResource>noUpdate().rescheduleAfter(again);
  }

  private void tell(RetentionRunResource run, Phase phase, RetentionRunStatus status) {
    switch (phase) {
      case Pending, Applying -> {}
      case Planning ->
          events.tell(run, Events.Kind.Normal, "Plan", "RunStarted", "planning has begun");
      case AwaitingApproval -> {
        Optional<Condition> why = Condition.find(status.conditions(), RunPhases.AWAITING);
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

  /**
   * What depends on a run: its policy, the runs behind it and those that it supersedes, and when it
   * ends its registry.
   */
  private void wakeOthers(RetentionRunResource run, boolean ended) {
    String namespace = run.getMetadata().getNamespace();
    String name = Specs.of(run).map(spec -> spec.policyRef().name()).orElse("");
    world.policies.get(namespace, name).ifPresent(world.policies::wake);
    if (ended) {
      world
          .policies
          .get(namespace, name)
          .flatMap(Specs::of)
          .ifPresent(spec -> world.registries.wake(namespace, spec.registryRef().name()));
    }
    world.runs.byKey(World.key(namespace, name)).stream()
        .filter(other -> !RunCreator.phase(other).isEnd())
        .filter(other -> !World.key(other).equals(World.key(run)))
        .forEach(world.runs::wake);
  }
}
