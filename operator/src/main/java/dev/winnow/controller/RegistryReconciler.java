package dev.winnow.controller;

import static dev.winnow.controller.Conditions.READY;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RegistryStatusBuilder;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Result;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.NamedObjects;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionRunResource;
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
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Says of each Registry whether it is there, and what is known of it. */
@ControllerConfiguration(
    name = "registry",
    generationAwareEventProcessing = false,
    triggerReconcilerOnAllEvents = true)
final class RegistryReconciler implements Reconciler<RegistryResource> {
  static final String DELETABLE = "Deletable";
  static final String COLLECTABLE = "Collectable";

  private static final Duration PERIOD = Duration.ofMinutes(5);
  private static final Duration SOONEST = Duration.ofSeconds(5);
  private static final Duration DUPLICATE_AGAIN = Duration.ofSeconds(30);

  private final World world;
  private final RegistryProbe probe;
  private final NamedObjects named;
  private final RegistryStorage storage;
  private final RegistryCollections collections;
  private final Events events;
  private final InstantSource clock;

  /** The last answers, so that a glance at a Registry for another reason asks nothing. */
  private final Map<String, Asked> asked = new ConcurrentHashMap<>();

  private record Asked(
      String uid, @Nullable Long generation, Instant at, RegistryProbe.Result result) {}

  /** A finding: a reason for Ready, whether a person has to do something, when to look again. */
  private record Finding(
      Condition.Status ready,
      String reason,
      String message,
      boolean stalled,
      Duration again,
      Optional<Instant> since) {
    Finding(
        Condition.Status ready, String reason, String message, boolean stalled, Duration again) {
      this(ready, reason, message, stalled, again, Optional.empty());
    }
  }

  RegistryReconciler(
      World world,
      RegistryProbe probe,
      NamedObjects named,
      RegistryStorage storage,
      RegistryCollections collections,
      Events events,
      InstantSource clock) {
    this.storage = storage;
    this.collections = collections;
    this.world = world;
    this.probe = probe;
    this.named = named;
    this.events = events;
    this.clock = clock;
  }

  /** Has a Registry asked again soon: something that it names has changed, or a run doubts it. */
  void changed(String key) {
    asked.remove(key);
    int slash = key.indexOf('/');
    world.registries.wake(key.substring(0, slash), key.substring(slash + 1));
  }

  @Override
  public List<EventSource<?, RegistryResource>> prepareEventSources(
      EventSourceContext<RegistryResource> context) {
    return world.registries.sources(context);
  }

  @Override
  public UpdateControl<RegistryResource> reconcile(
      RegistryResource cached, Context<RegistryResource> context) {
    world.registries.eachGone(cached, context.isPrimaryResourceDeleted(), this::forget);
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    if (!world.isFilled()) {
      return UpdateControl.<RegistryResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    Optional<RegistryStorage.Look> stored = storage.look(cached);
    if (stored.isEmpty()) {
      return UpdateControl.<RegistryResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    RegistryResource registry = stored.get().registry();
    RegistryStatus before = registry.getStatus();
    RegistryCollections.Look collected = collections.look(registry);
    Finding finding = halted(look(registry), collected.memory().halt(), before);
    RegistryStatus after = status(registry, before, finding, collected, stored.get());
    StatusWriter.write(registry, after, RegistryResource::new, context);
    if (before == null
        || !sameReady(before.conditions(), after.conditions())
        || !Objects.equals(before.observedGeneration(), after.observedGeneration())) {
      tell(registry, before, finding);
      wakeDependents(registry);
    }
    return UpdateControl.<RegistryResource>noUpdate().rescheduleAfter(finding.again());
  }

  private void forget(RegistryResource gone) {
    String key = World.key(gone);
    asked.remove(key);
    named.watch(key, Set.of());
    collections.forget(gone);
    wakeDependents(gone);
  }

  /** What a person has to look at comes before all that may pass. */
  private Finding halted(
      Finding found, RegistryStatus.@Nullable Halt halt, @Nullable RegistryStatus before) {
    if (halt == null || found.stalled()) {
      return found;
    }
    // What was answered before for another reason must not answer this, too.
    Instant since =
        Condition.find(before == null ? List.of() : before.conditions(), READY)
            .filter(ready -> ready.status() == Condition.Status.False)
            .filter(ready -> ready.reason().equals(halt.reason()))
            .map(Condition::lastTransitionTime)
            .orElse(clock.instant().truncatedTo(ChronoUnit.SECONDS));
    String resume =
        "; nothing is collected until you have looked and set the annotation "
            + RegistryCollections.RESUME
            + "="
            + since;
    return new Finding(
        Condition.Status.False,
        halt.reason(),
        halt.message() + resume,
        false,
        found.again(),
        Optional.of(since));
  }

  private Finding look(RegistryResource registry) {
    Registry.Spec spec = Specs.of(registry).orElse(null);
    if (spec == null) {
      return stalled("Invalid", Specs.problem(registry));
    }
    List<Problem> problems = CollectionCheck.problems(spec);
    if (!problems.isEmpty()) {
      return stalled("Invalid", PolicyCheck.text(problems));
    }
    named.watch(World.key(registry), references(registry, spec));
    Optional<PolicyVerdict.Waiting> lack = DeletionByVolume.lack(spec);
    if (lack.isPresent()) {
      return stalled(lack.get().reason(), lack.get().message());
    }
    Optional<RegistryResource> first = Duplicates.earlier(registry, world);
    return first
        .map(earlier ->
            new Finding(
                Condition.Status.False,
                "DuplicateRegistry",
                Duplicates.message(World.key(earlier)),
                true,
                DUPLICATE_AGAIN))
        .orElseGet(() -> ask(registry, spec));
  }

  private static Finding stalled(String reason, String message) {
    return new Finding(Condition.Status.False, reason, message, true, PERIOD);
  }

  private Finding ask(RegistryResource registry, Registry.Spec spec) {
    Asked last =
        asked.compute(
            World.key(registry),
            (key, known) -> isFresh(known, registry) ? known : askNow(registry, spec));
    Failure failure = last.result().failure();
    Duration again = Duration.between(clock.instant(), due(registry, last));
    Duration wait = again.compareTo(SOONEST) < 0 ? SOONEST : again;
    if (failure == null) {
      return new Finding(Condition.Status.True, "Reachable", "the registry answers", false, wait);
    }
    boolean stalled = last.result().missing();
    return new Finding(Condition.Status.False, failure.reason(), failure.message(), stalled, wait);
  }

  private Asked askNow(RegistryResource registry, Registry.Spec spec) {
    RegistryProbe.Result result = probe.ask(registry.getMetadata().getNamespace(), spec);
    return new Asked(
        registry.getMetadata().getUid(),
        registry.getMetadata().getGeneration(),
        clock.instant(),
        result);
  }

  private boolean isFresh(@Nullable Asked last, RegistryResource registry) {
    return last != null
        && last.uid().equals(registry.getMetadata().getUid())
        && Objects.equals(last.generation(), registry.getMetadata().getGeneration())
        && !last.at().isAfter(clock.instant()) // it went back: that time may be far off
        && clock.instant().isBefore(due(registry, last));
  }

  /**
   * When to ask again: after a period; while it does not answer after as long as that has lasted
   * already, which doubles the wait each time.
   */
  private Instant due(RegistryResource registry, Asked last) {
    if (last.result().failure() == null) {
      return last.at().plus(PERIOD);
    }
    Duration lasting =
        Optional.ofNullable(PolicyCheck.notReady(registry))
            .map(ready -> Duration.between(ready.lastTransitionTime(), last.at()))
            .orElse(SOONEST);
    Duration atLeast = lasting.compareTo(SOONEST) < 0 ? SOONEST : lasting;
    return last.at().plus(atLeast.compareTo(PERIOD) > 0 ? PERIOD : atLeast);
  }

  private static Set<NamedObjects.Reference> references(
      RegistryResource registry, Registry.Spec spec) {
    Set<NamedObjects.Reference> references = new HashSet<>();
    String namespace = registry.getMetadata().getNamespace();
    if (spec.credentialsSecretRef() != null) {
      references.add(
          new NamedObjects.Reference(
              NamedObjects.Reference.Kind.Secret, namespace, spec.credentialsSecretRef().name()));
    }
    if (spec.caBundleRef() != null) {
      references.add(
          new NamedObjects.Reference(
              NamedObjects.Reference.Kind.ConfigMap, namespace, spec.caBundleRef().name()));
    }
    return references;
  }

  private RegistryStatus status(
      RegistryResource registry,
      @Nullable RegistryStatus before,
      Finding finding,
      RegistryCollections.Look collected,
      RegistryStorage.Look stored) {
    List<Condition> conditionsBefore = before == null ? List.of() : before.conditions();
    Long generation = registry.getMetadata().getGeneration();
    Conditions conditions = new Conditions(conditionsBefore, generation, clock.instant());
    if (finding.stalled()) {
      conditions.stalled(finding.reason(), finding.message());
    } else if (finding.since().isPresent()) {
      conditions.stalled(finding.reason(), finding.message(), finding.since().get());
    } else {
      conditions.set(READY, finding.ready(), finding.reason(), finding.message());
    }
    List<RetentionRunResource> runs = runs(registry);
    deletable(runs)
        .ifPresentOrElse(
            found -> conditions.set(DELETABLE, found.status(), found.reason(), found.message()),
            () -> conditions.keep(DELETABLE));
    Optional<HeldBack> heldBack = heldBack(registry, collected);
    heldBack.ifPresentOrElse(
        why -> conditions.set(HeldBack.CONDITION, Status.True, why.reason(), why.message()),
        () -> conditions.keepUnless(HeldBack.CONDITION, collected.last() != null));
    Damaged.of(collected.last())
        .ifPresentOrElse(
            it -> conditions.set(Damaged.REASON, Status.True, it.reason(collected), it.message()),
            () -> conditions.keepUnless(Damaged.REASON, collected.last() != null));
    if (collected.verdict() instanceof CollectionCheck.Verdict.No(String reason, String message)) {
      conditions.set(COLLECTABLE, Status.False, reason, message);
    } else {
      stored
          .finding()
          .ifPresent(
              it -> conditions.set(COLLECTABLE, it.collectable(), it.reason(), it.message()));
    }
    Optional<RetentionRunResource> run =
        runs.stream()
            .filter(each -> each.getStatus().plan() != null)
            .max(
                Comparator.<RetentionRunResource, Instant>comparing(
                        each -> Objects.requireNonNull(each.getStatus().plan()).time())
                    // Times are in seconds: what deleted came after what was planned just then.
                    .thenComparing(each -> each.getStatus().result() != null));
    Optional<RetentionRunStatus.Plan> plan = run.map(each -> each.getStatus().plan());
    Asked last = asked.get(World.key(registry));
    RegistryStatus.DeletesBy deletesBy = last == null ? null : last.result().deletesBy();
    RegistryStatusBuilder status =
        RegistryStatusBuilder.builder(before == null ? RegistryStatus.NONE : before)
            .observedGeneration(generation)
            .conditions(conditions.list())
            .size(size(before, collected))
            .held(held(before, collected, heldBack))
            .lastCollection(lastCollection(collected))
            .collections(
                collected.memory().equals(RegistryStatus.NO_COLLECTIONS)
                    ? null
                    : collected.memory());
    if (deletesBy != null) {
      status.deletesBy(deletesBy);
    }
    run.ifPresent(each -> status.tags((int) tagsAfter(each)));
    collected
        .repositoriesSince(plan.map(RetentionRunStatus.Plan::time).orElse(Instant.MIN))
        .or(() -> plan.map(RetentionRunStatus.Plan::repositories))
        .ifPresent(found -> status.repositories(found.intValue()));
    return status.build();
  }

  /** The tags that a run found, without those that it deleted, or that a collection did for it. */
  private static long tagsAfter(RetentionRunResource run) {
    long found = Objects.requireNonNull(run.getStatus().plan()).tags();
    Result result = run.getStatus().result();
    if (result == null) {
      return found;
    }
    return found - result.deleted() - (DeferredDeletions.isMarked(run) ? result.deferred() : 0);
  }

  private static Optional<HeldBack> heldBack(
      RegistryResource registry, RegistryCollections.Look collected) {
    return Specs.of(registry)
        .filter(spec -> collected.last() != null)
        .flatMap(spec ->
            HeldBack.of(
                Objects.requireNonNull(collected.last()),
                spec,
                RegistryCollections.zone(collected.settings())));
  }

  private static @Nullable String size(
      @Nullable RegistryStatus before, RegistryCollections.Look collected) {
    return collected.last() == null || collected.last().blobs() == null
        ? before == null ? null : before.size()
        : People.size(collected.last().blobs().bytes());
  }

  /** How much, and why: the column that tells without a manual what to look at. */
  private static @Nullable String held(
      @Nullable RegistryStatus before,
      RegistryCollections.Look collected,
      Optional<HeldBack> heldBack) {
    if (collected.last() == null) {
      return before == null ? null : before.held();
    }
    return People.size(CollectionText.heldBytes(collected.last()))
        + heldBack.map(why -> " " + why.reason()).orElse("");
  }

  private static @Nullable String lastCollection(RegistryCollections.Look collected) {
    Instant last = collected.memory().lastTime();
    return last == null ? null : People.time(last, RegistryCollections.zone(collected.settings()));
  }

  private List<RetentionRunResource> runs(RegistryResource registry) {
    return world.policies.byKey(World.key(registry)).stream()
        .flatMap(policy -> world.runs.byKey(World.key(policy)).stream())
        .filter(run -> run.getStatus() != null)
        .toList();
  }

  /** What the last run that tried to delete found out. */
  private static Optional<Condition> deletable(List<RetentionRunResource> runs) {
    return runs.stream()
        .flatMap(run -> Condition.find(run.getStatus().conditions(), DELETABLE).stream())
        .max(Comparator.comparing(Condition::lastTransitionTime));
  }

  private void tell(RegistryResource registry, @Nullable RegistryStatus before, Finding finding) {
    boolean wasReady =
        before != null
            && Condition.find(before.conditions(), READY)
                .filter(ready -> ready.status() == Condition.Status.True)
                .isPresent();
    if (wasReady && finding.ready() != Condition.Status.True) {
      events.tell(
          registry, Events.Kind.Warning, "Probe", "Registry" + finding.reason(), finding.message());
    }
  }

  private void wakeDependents(RegistryResource registry) {
    world.policies.byKey(World.key(registry)).forEach(world.policies::wake);
    Specs.hostPort(registry)
        .ifPresent(hostPort -> {
          world.registriesOf(hostPort).stream()
              .filter(other -> !World.key(other).equals(World.key(registry)))
              .forEach(world.registries::wake);
          world.policiesOf(hostPort).forEach(world.policies::wake);
        });
  }

  private static boolean sameReady(List<Condition> before, List<Condition> after) {
    Optional<Condition> was = Condition.find(before, READY);
    Optional<Condition> is = Condition.find(after, READY);
    return was.map(Condition::status).equals(is.map(Condition::status))
        && was.map(Condition::reason).equals(is.map(Condition::reason));
  }
}
