package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicyStatus;
import dev.winnow.api.RetentionPolicyStatus.LastRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.schedule.Triggers;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says of each RetentionPolicy whether it can run, makes its runs, and keeps their history. */
@ControllerConfiguration(
    name = "retentionpolicy",
    generationAwareEventProcessing = false,
    triggerReconcilerOnAllEvents = true)
final class PolicyReconciler implements Reconciler<RetentionPolicyResource> {
  static final String REQUESTED_AT = "winnow.dev/requested-at";

  /** A net below the triggers: schedules are looked at this often in any case. */
  private static final Duration AT_LATEST = Duration.ofHours(1);

  private final World world;
  private final PolicyCheck check;
  private final RunCreator runs;
  private final Triggers triggers;
  private final Events events;
  private final Meters meters;
  private final InstantSource clock;

  /** Whether each policy's own spec was valid when it was seen last, by UID. */
  private final Map<String, Boolean> valid = new ConcurrentHashMap<>();

  PolicyReconciler(
      World world,
      PolicyCheck check,
      RunCreator runs,
      Triggers triggers,
      Events events,
      Meters meters,
      InstantSource clock) {
    this.world = world;
    this.check = check;
    this.runs = runs;
    this.triggers = triggers;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, RetentionPolicyResource>> prepareEventSources(
      EventSourceContext<RetentionPolicyResource> context) {
    return world.policies.sources(context);
  }

  @Override
  public UpdateControl<RetentionPolicyResource> reconcile(
      RetentionPolicyResource policy, Context<RetentionPolicyResource> context) {
    world.policies.eachGone(policy, context.isPrimaryResourceDeleted(), this::forget);
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    if (policy.getMetadata().getDeletionTimestamp() != null) {
      forget(policy);
      return UpdateControl.noUpdate();
    }
    if (!world.isFilled()) {
      return UpdateControl.<RetentionPolicyResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    tellNeighbours(policy);
    tellRuns(policy);
    Instant now = clock.instant();
    RetentionPolicyStatus before = policy.getStatus();
    Instant handled = handledTime(policy, before, now);
    PolicyVerdict verdict = check.check(policy);
    List<Condition> conditions = conditions(policy, verdict, now);
    RetentionPolicy.Spec spec = Specs.of(policy).orElse(null);
    if (spec == null || verdict instanceof PolicyVerdict.Stalled) {
      triggers.disarm(World.key(policy));
      StatusWriter.write(
          policy,
          status(policy, before, conditions, null, null, handled, handled(before)),
          RetentionPolicyResource::new,
          context);
      tellReadiness(policy, before, conditions);
      return UpdateControl.noUpdate();
    }
    DueTime due = DueTime.of(spec, DueTime.unhandled(policy, handled, now), now);
    Instant handledTime = runDue(policy, spec, verdict, due, now).orElse(handled);
    String request = runRequested(policy, before);
    boolean runs = !spec.suspend();
    Instant next = runs ? due.next().orElse(null) : null;
    StatusWriter.write(
        policy,
        status(
            policy,
            before,
            conditions,
            next,
            next == null ? null : People.time(next, due.zone()),
            handledTime,
            request),
        RetentionPolicyResource::new,
        context);
    tellReadiness(policy, before, conditions);
    this.runs.deleteBeyond(policy, spec.history(), now);
    due.next()
        .ifPresentOrElse(
            at -> triggers.arm(World.key(policy), at), () -> triggers.disarm(World.key(policy)));
    return UpdateControl.<RetentionPolicyResource>noUpdate().rescheduleAfter(AT_LATEST);
  }

  private void forget(RetentionPolicyResource policy) {
    triggers.disarm(World.key(policy));
    check.forget(policy);
    valid.remove(policy.getMetadata().getUid());
    wakeNeighbours(policy);
    world.runs.byKey(World.key(policy)).forEach(world.runs::wake);
  }

  /**
   * A policy that is not valid stops the others of its registry; they see to it when it changes.
   */
  private void tellNeighbours(RetentionPolicyResource policy) {
    boolean isValid = check.problem(policy).isEmpty() && !world.isStray(policy);
    Boolean was = valid.put(policy.getMetadata().getUid(), isValid);
    if (was == null ? !isValid : was != isValid) {
      wakeNeighbours(policy);
    }
  }

  /** A change voids the plans that wait for approval. */
  private void tellRuns(RetentionPolicyResource policy) {
    RetentionPolicyStatus status = policy.getStatus();
    if (status == null
        || !Objects.equals(status.observedGeneration(), policy.getMetadata().getGeneration())) {
      world.runs.byKey(World.key(policy)).stream()
          .filter(run -> !RunCreator.phase(run).isEnd())
          .forEach(world.runs::wake);
    }
  }

  private void wakeNeighbours(RetentionPolicyResource policy) {
    String namespace = policy.getMetadata().getNamespace();
    Stream<RegistryResource> registries =
        world.isStray(policy)
            ? world.registries.all()
            : Specs.registryOf(policy)
                .flatMap(name -> world.registries.get(namespace, name))
                .stream();
    registries
        .flatMap(registry -> Specs.hostPort(registry).stream())
        .distinct()
        .flatMap(hostPort -> world.policiesOf(hostPort).stream())
        .filter(other -> !World.key(other).equals(World.key(policy)))
        .forEach(world.policies::wake);
  }

  /** Handles a time of the schedule that has come: a run, or a word on why there is none. */
  private Optional<Instant> runDue(
      RetentionPolicyResource policy,
      RetentionPolicy.Spec spec,
      PolicyVerdict verdict,
      DueTime due,
      Instant now) {
    if (due.due().isEmpty()) {
      return Optional.empty();
    }
    Instant at = due.due().get();
    String name =
        RunNames.scheduled(policy.getMetadata().getName(), policy.getMetadata().getUid(), at);
    String missed = spec.suspend() ? "" : whyMissed(policy, verdict, due, name);
    if (missed != null) {
      if (!missed.isEmpty()) {
        meters.scheduleMissed();
        events.tell(
            policy,
            Events.Kind.Warning,
            "Schedule",
            "ScheduleMissed",
            "no run for " + People.time(at, due.zone()) + ": " + missed);
      }
      return due.due();
    }
    meters.scheduleLag(Duration.between(at, now));
    runs.create(policy, name);
    return due.due();
  }

  private @Nullable String whyMissed(
      RetentionPolicyResource policy, PolicyVerdict verdict, DueTime due, String name) {
    if (due.tooLate()) {
      return "the operator came to it later than spec.startingDeadline allows";
    }
    if (verdict instanceof PolicyVerdict.Waiting(String reason, String message)) {
      return reason + ": " + message;
    }
    if (verdict instanceof PolicyVerdict.Obstructed(PolicyVerdict.Ready look, String message)
        && look.spec().mode() != RetentionPolicy.Mode.Preview) {
      return PolicyVerdict.Obstructed.REASON + ": " + message;
    }
    return world.runs.byKey(World.key(policy)).stream()
        .filter(RunCreator::isUnderWay)
        .filter(run -> !run.getMetadata().getName().equals(name))
        .findFirst()
        .map(run -> "run " + run.getMetadata().getName() + " is still under way")
        .orElse(null);
  }

  private @Nullable String runRequested(
      RetentionPolicyResource policy, @Nullable RetentionPolicyStatus before) {
    Map<String, String> annotations = policy.getMetadata().getAnnotations();
    String request = annotations == null ? null : annotations.get(REQUESTED_AT);
    String last = handled(before);
    if (request == null || request.equals(last)) {
      return last;
    }
    runs.create(
        policy,
        RunNames.requested(policy.getMetadata().getName(), policy.getMetadata().getUid(), request));
    return request;
  }

  private static @Nullable String handled(@Nullable RetentionPolicyStatus before) {
    return before == null ? null : before.lastHandledRequest();
  }

  private static @Nullable Instant handledTime(
      RetentionPolicyResource policy, @Nullable RetentionPolicyStatus before, Instant now) {
    return before == null
        ? null
        : DueTime.handled(
            policy,
            before.lastScheduleTime(),
            before.nextRunTime(),
            before.observedGeneration(),
            now);
  }

  private List<Condition> conditions(
      RetentionPolicyResource policy, PolicyVerdict verdict, Instant now) {
    List<Condition> before =
        policy.getStatus() == null ? List.of() : policy.getStatus().conditions();
    Conditions conditions = new Conditions(before, policy.getMetadata().getGeneration(), now);
    return switch (verdict) {
      case PolicyVerdict.Stalled(String reason, String message) ->
          conditions.stalled(reason, message).list();
      case PolicyVerdict.Waiting(String reason, String message) ->
          conditions.notReady(reason, message).list();
      case PolicyVerdict.Obstructed(var look, String message) ->
          conditions.notReady(PolicyVerdict.Obstructed.REASON, message).list();
      case PolicyVerdict.Ready ready -> {
        String registry = ready.registry().getMetadata().getName();
        Condition not = PolicyCheck.notReady(ready.registry());
        yield not == null
            ? conditions.ready("Valid", "ready to run on Registry " + registry).list()
            : conditions
                .notReady(
                    "RegistryNotReady",
                    "Registry " + registry + ": " + not.reason() + ": " + not.message())
                .list();
      }
    };
  }

  /** Once for each reason that keeps it from running, and not that it runs. */
  private void tellReadiness(
      RetentionPolicyResource policy,
      @Nullable RetentionPolicyStatus before,
      List<Condition> conditions) {
    Condition now = Condition.find(conditions, Conditions.READY).orElseThrow();
    String was =
        before == null
            ? ""
            : Condition.find(before.conditions(), Conditions.READY)
                .map(Condition::reason)
                .orElse("");
    if (now.status() != Condition.Status.True && !now.reason().equals(was)) {
      boolean stalled = Condition.find(conditions, Conditions.STALLED).isPresent();
      events.tell(
          policy,
          Events.Kind.Warning,
          "Check",
          stalled ? "PolicyStalled" : "PolicyNotReady",
          now.reason() + ": " + now.message());
    }
  }

  private RetentionPolicyStatus status(
      RetentionPolicyResource policy,
      @Nullable RetentionPolicyStatus before,
      List<Condition> conditions,
      @Nullable Instant next,
      @Nullable String nextText,
      @Nullable Instant handledTime,
      @Nullable String request) {
    List<RetentionRunResource> all = world.runs.byKey(World.key(policy));
    return new RetentionPolicyStatus(
        policy.getMetadata().getGeneration(),
        conditions,
        lastRun(all, before),
        all.stream()
            .filter(run -> RunCreator.phase(run) == Phase.AwaitingApproval)
            .max(History.AGE)
            .map(run -> run.getMetadata().getName())
            .orElse(null),
        nextText,
        next,
        handledTime,
        request);
  }

  private static @Nullable LastRun lastRun(
      List<RetentionRunResource> all, @Nullable RetentionPolicyStatus before) {
    LastRun known = before == null ? null : before.lastRun();
    RetentionRunResource newest = all.stream().max(History.AGE).orElse(null);
    if (newest == null) {
      return known;
    }
    Instant created =
        Instant.parse(newest.getMetadata().getCreationTimestamp()).truncatedTo(ChronoUnit.SECONDS);
    if (known != null && known.time() != null && created.isBefore(known.time())) {
      return known; // it is gone from the history
    }
    RetentionRunStatus status = newest.getStatus();
    RetentionRunStatus.Plan plan = status == null ? null : status.plan();
    RetentionRunStatus.Result result = status == null ? null : status.result();
    return new LastRun(
        newest.getMetadata().getName(),
        RunCreator.phase(newest),
        created,
        plan == null ? null : (int) plan.delete(),
        result == null ? null : (int) result.deleted());
  }
}
