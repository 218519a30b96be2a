package dev.winnow.controller;

import dev.winnow.api.GarbageCollection;
import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.RegistryStatus;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.CollectorJob;
import dev.winnow.collect.JobState;
import dev.winnow.collect.Reading;
import dev.winnow.collect.RegistryWorkload;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What comes next for a collection: Pending, WaitingForRegistry until the registry's lock is ours,
 * Marking, Quarantining and Purging as the Job says, and the end. Each step follows from what the
 * cluster says, so that an operator that starts in the middle goes on from there: the Job goes on
 * meanwhile, and is known by its name.
 */
final class CollectionPhases {
  private static final Duration SETTLING = Duration.ofMinutes(1);

  private final CollectionCreator collections;
  private final CollectionCheck check;
  private final CollectionLocks locks;
  private final ClusterWorkloads workloads;
  private final CollectionJobs jobs;
  private final CollectionWindows windows;
  private final CollectionRestart restarts;
  private final CacheProbing probing;
  private final Patience patience;
  private final InstantSource clock;

  CollectionPhases(
      CollectionCreator collections,
      CollectionCheck check,
      CollectionLocks locks,
      ClusterWorkloads workloads,
      CollectionJobs jobs,
      CollectionWindows windows,
      CollectionRestart restarts,
      CacheProbing probing,
      Patience patience,
      InstantSource clock) {
    this.collections = collections;
    this.check = check;
    this.locks = locks;
    this.workloads = workloads;
    this.jobs = jobs;
    this.windows = windows;
    this.restarts = restarts;
    this.probing = probing;
    this.patience = patience;
    this.clock = clock;
  }

  /**
   * The next step of a collection that has not ended.
   *
   * @param claim under which the collections of the namespace are ours
   */
  CollectionStep next(GarbageCollectionResource collection, Claim claim) {
    GarbageCollectionStatus status =
        Objects.requireNonNullElse(collection.getStatus(), GarbageCollectionStatus.NONE);
    GarbageCollection.Spec spec = Specs.of(collection).orElse(null);
    if (status.window() != null && !CollectionWindows.isOver(collection, status)) {
      return windows.next(collection, status, claim);
    }
    if (CollectionCreator.phase(collection).isWorking()) {
      return working(collection, status, claim);
    }
    return spec == null
        ? fail(collection, status, "Invalid", Specs.problem(collection))
        : pending(collection, status, spec, claim);
  }

  /** What the API server refuses for good must not keep the registry's lock for good. */
  private CollectionStep pending(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      GarbageCollection.Spec spec,
      Claim claim) {
    try {
      return waiting(collection, status, spec, claim);
    } catch (KubernetesClientException e) {
      Failure refused = Failure.forGood(e);
      return fail(collection, status, refused.reason(), refused.message());
    }
  }

  private CollectionStep waiting(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      GarbageCollection.Spec spec,
      Claim claim) {
    RegistryResource registry = collections.registry(collection).orElse(null);
    if (registry == null || registry.getMetadata().getDeletionTimestamp() != null) {
      String missing = "spec.registryRef.name: there is no Registry " + spec.registryRef().name();
      Instant created = Instant.parse(collection.getMetadata().getCreationTimestamp());
      return clock.instant().isBefore(created.plus(SETTLING))
          ? CollectionStep.of(status.in(Phase.Pending, missing), CollectionStep.SOON)
          : fail(collection, status, "RegistryMissing", missing);
    }
    collections.adopt(collection, registry);
    Optional<GarbageCollectionResource> before = collections.before(collection, registry);
    // One that has the lock is the first, whatever is made in its second later.
    if (before.isPresent() && !locks.isHeld(collection)) {
      String name = before.get().getMetadata().getName();
      return CollectionStep.of(status.in(Phase.Pending, "waits for collection " + name));
    }
    return switch (check.check(registry)) {
      case CollectionCheck.Verdict.No(String reason, String message) ->
          fail(collection, status, reason, message);
      case CollectionCheck.Verdict.Ready ready -> begin(collection, status, spec, ready, claim);
    };
  }

  private CollectionStep begin(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      GarbageCollection.Spec spec,
      CollectionCheck.Verdict.Ready ready,
      Claim claim) {
    RegistryStatus.Collections memory = CollectionMemory.of(ready.registry());
    if (!CollectionMemory.isCurrent(memory, collections.of(ready.registry()), clock.instant())) {
      return CollectionStep.of(
          status.in(Phase.Pending, "waits for what the last collection found"),
          CollectionStep.SOON);
    }
    if (memory.halt() != null && !Boolean.TRUE.equals(spec.dryRun())) {
      return fail(
          collection, status, memory.halt().reason(), "not begun: " + memory.halt().message());
    }
    return switch (locks.take(
        collection, ready.registry().getMetadata().getNamespace(), ready.hostPort(), claim)) {
      case LeaseLock.Attempt.Busy(String holder) ->
          CollectionStep.of(
              status.in(
                  Phase.WaitingForRegistry,
                  "waits for the registry's lock, which " + holder + " holds"),
              CollectionStep.SOON);
      case LeaseLock.Attempt.Held held -> start(collection, status, spec, ready, memory);
    };
  }

  /** With the lock: nothing else changes the registry from here to the end. */
  private CollectionStep start(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      GarbageCollection.Spec spec,
      CollectionCheck.Verdict.Ready ready,
      RegistryStatus.Collections memory) {
    Reading reading = workloads.look(ready.registry(), ready.spec());
    Optional<RegistryWorkload.Refusal> refusal = RegistryStorage.refusal(ready.storage(), reading);
    if (refusal.isPresent()) {
      return fail(collection, status, refusal.get().reason(), refusal.get().message());
    }
    String resumed =
        CollectionJobs.resumed(memory, collection).map(RegistryStatus.Resumed::value).orElse(null);
    boolean isReadOnly =
        (spec.mode() == null ? ready.settings().mode() : spec.mode())
            == GarbageCollectionSettings.Mode.ReadOnly;
    if (Boolean.TRUE.equals(spec.dryRun())) {
      return make(collection, status, ready, reading, resumed);
    }
    if (isReadOnly && reading.workload().writersSince().isEmpty()) {
      // A window that cannot open would keep pushes away for all of its time, for nothing.
      return fail(collection, status, "WritersUnknown", String.join("; ", reading.remarks()));
    }
    Optional<CollectionStep> restart =
        isReadOnly ? Optional.empty() : restarts.next(collection, status, ready, reading);
    if (restart.isPresent()) {
      return restart.get();
    }
    return switch (probing.before(collection, status, ready, reading)) {
      case CacheProbing.Outcome.Asking asking ->
          CollectionStep.of(
              status.in(Phase.WaitingForRegistry, "asks the registry's pods what they remember"),
              CollectionStep.SOON);
      case CacheProbing.Outcome.Refuted(GarbageCollectionStatus with, String message) ->
          fail(
              collection,
              with.begun(
                  ready.hostPort(), clock.instant().truncatedTo(ChronoUnit.SECONDS), resumed),
              Halts.CACHE_REFUTED,
              message);
      case CacheProbing.Outcome.Said(GarbageCollectionStatus with) ->
          isReadOnly
              ? windows.begin(collection, with, ready, reading, resumed)
              : make(collection, with, ready, reading, resumed);
    };
  }

  private CollectionStep make(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      CollectionCheck.Verdict.Ready ready,
      Reading reading,
      @Nullable String resumed) {
    return switch (jobs.make(
        collection, CollectorJob.name(collection), ready, reading, null, false)) {
      case CollectionJobs.Made.Refused(String reason, String message) ->
          fail(collection, status, reason, message);
      case CollectionJobs.Made.Ready(Job made) ->
          new CollectionStep(
              status.started(
                  ready.hostPort(),
                  ready.settings(),
                  made.getMetadata().getName(),
                  clock.instant().truncatedTo(ChronoUnit.SECONDS),
                  resumed),
              made,
              CollectionStep.WORKING);
    };
  }

  private CollectionStep working(
      GarbageCollectionResource collection, GarbageCollectionStatus status, Claim claim) {
    GarbageCollectionStatus.Job known = status.job();
    if (known == null || status.registry() == null) {
      return fail(collection, status, "JobUnknown", "the status has lost its Job");
    }
    String namespace = collection.getMetadata().getNamespace();
    return switch (jobs.read(collection, known.name())) {
      case JobState.Absent absent ->
          known.uid() == null
              ? restart(collection, status, claim)
              : fail(collection, status, "JobDeleted", "somebody deleted the Job " + known.name());
      case JobState.OfAnother(String owner) ->
          fail(
              collection,
              status,
              "JobNameTaken",
              "there is a Job " + known.name() + " of " + owner + "; delete it, and collect again");
      case JobState.Starting(String uid, String why, Instant progress) -> {
        locks.take(collection, namespace, status.registry(), claim);
        Failure not =
            isStuck(status, progress) ? notStarted(why) : jobs.outdated(collection, known.name());
        yield not != null
            ? giveUp(collection, seen(status, uid), known, not)
            : CollectionStep.of(seen(status, uid).in(Phase.Marking, why), CollectionStep.WORKING);
      }
      case JobState.Preparing(String uid, String what) -> {
        locks.take(collection, namespace, status.registry(), claim);
        Failure not = jobs.outdated(collection, known.name());
        yield not != null
            ? giveUp(collection, seen(status, uid), known, not)
            : CollectionStep.of(seen(status, uid).in(Phase.Marking, what), CollectionStep.WORKING);
      }
      case JobState.Running running -> {
        locks.take(collection, namespace, status.registry(), claim);
        yield running(collection, seen(status, running.uid()), running);
      }
      case JobState.Stopped(String uid) ->
          CollectionStep.of(
              seen(status, uid).in(CollectionCreator.phase(collection), "the collector has ended"),
              CollectionStep.WORKING);
      case JobState.Ended ended -> ended(collection, seen(status, ended.uid()), ended);
    };
  }

  private CollectionStep running(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      JobState.Running running) {
    Phase before = CollectionCreator.phase(collection);
    Phase now = running.phase().compareTo(before) > 0 ? running.phase() : before;
    GarbageCollectionStatus next = status.in(now, running.progress());
    String probe = running.probe();
    next = probe == null ? next : probing.placed(collection, next, probe);
    return CollectionStep.of(next, probing.again(next));
  }

  static GarbageCollectionStatus seen(GarbageCollectionStatus status, String uid) {
    String name = Objects.requireNonNull(status.job()).name();
    return status.by(new GarbageCollectionStatus.Job(name, uid));
  }

  /** The operator that was to make the Job is gone, or was refused. */
  private CollectionStep restart(
      GarbageCollectionResource collection, GarbageCollectionStatus status, Claim claim) {
    if (status.window() != null) {
      return windows.next(collection, status, claim);
    }
    GarbageCollection.Spec spec = Specs.of(collection).orElse(null);
    return spec == null
        ? fail(collection, status, "Invalid", Specs.problem(collection))
        : pending(collection, GarbageCollectionStatus.NONE.with(status.restart()), spec, claim);
  }

  private boolean isStuck(GarbageCollectionStatus status, Instant progress) {
    GarbageCollectionStatus.Window window = status.window();
    Instant since = window == null ? status.startTime() : window.closed();
    return since != null && patience.isOver(since, progress, clock.instant());
  }

  static Failure notStarted(String why) {
    return new Failure("NotStarted", "the collector did not start in time: " + why, false);
  }

  private CollectionStep giveUp(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      GarbageCollectionStatus.Job job,
      Failure why) {
    jobs.delete(collection.getMetadata().getNamespace(), job.name());
    return fail(collection, status, why.reason(), why.message());
  }

  private CollectionStep ended(
      GarbageCollectionResource collection, GarbageCollectionStatus status, JobState.Ended ended) {
    GarbageCollectionStatus.Result result = ended.result();
    if (result == null || result.probed() == null) {
      return end(collection, status, ended);
    }
    return switch (probing.after(collection, status, result.probed())) {
      case CacheProbing.Outcome.Asking asking ->
          CollectionStep.of(
              status.in(
                  CollectionCreator.phase(collection),
                  "asks the registry's pods what they remember"),
              CollectionStep.SOON);
      case CacheProbing.Outcome.Refuted(GarbageCollectionStatus with, String message) ->
          fail(
              collection,
              CollectionText.tell(with, result.after(with.result())),
              Halts.CACHE_REFUTED,
              message);
      case CacheProbing.Outcome.Said(GarbageCollectionStatus with) -> end(collection, with, ended);
    };
  }

  private CollectionStep end(
      GarbageCollectionResource collection, GarbageCollectionStatus status, JobState.Ended ended) {
    GarbageCollectionStatus.Result result = ended.result();
    GarbageCollectionStatus with =
        result == null ? status : CollectionText.tell(status, result.after(status.result()));
    GarbageCollectionStatus.Window window = status.window();
    if (window != null && window.reason() != null && ended.succeeded()) {
      return fail(collection, with, window.reason(), String.valueOf(window.message()));
    }
    if (ended.succeeded() && !CollectionCreator.isDryRun(collection)) {
      jobs.done(collection);
    }
    return CollectionStep.end(
        collection,
        with,
        clock.instant(),
        ended.succeeded() ? Phase.Succeeded : Phase.Failed,
        ended.reason(),
        ended.message());
  }

  private CollectionStep fail(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      String reason,
      String message) {
    return CollectionStep.fail(collection, status, clock.instant(), reason, message);
  }

  /** Starts the Job of a step; why there will be none. */
  Optional<Failure> start(Job made) {
    return jobs.start(made);
  }

  /**
   * What to do with a collection that nobody may do since the API server refuses the Lease for it.
   * One that nobody can have begun ends after a while; of another it is only said.
   */
  CollectionStep unclaimed(GarbageCollectionResource collection, KubernetesClientException why) {
    GarbageCollectionStatus status =
        Objects.requireNonNullElse(collection.getStatus(), GarbageCollectionStatus.NONE);
    Failure refused = RunClaims.refused(collection, why);
    Phase phase = CollectionCreator.phase(collection);
    return phase == Phase.Pending && patience.isOver(collection, clock.instant())
        ? fail(collection, status, refused.reason(), refused.message() + "; then collect again")
        : CollectionStep.of(status.in(phase, refused.message()), CollectionStep.SOON);
  }

  /** The end of a collection that has no Job. */
  CollectionStep refused(GarbageCollectionResource collection, Failure why) {
    GarbageCollectionStatus status = collection.getStatus();
    return status.window() != null && status.window().closed() == null
        ? windows.end(status, why.reason(), why.message())
        : fail(collection, status, why.reason(), why.message());
  }

  /**
   * Ends what a collection that is deleted began; the registry's lock stays until that has ended.
   */
  void cancel(GarbageCollectionResource collection) {
    GarbageCollectionStatus status = collection.getStatus();
    GarbageCollectionStatus.Job known = status == null ? null : status.job();
    String namespace = collection.getMetadata().getNamespace();
    if (known == null
        || !CollectionCreator.phase(collection).isWorking()
        || jobs.read(collection, known.name()) instanceof JobState.OfAnother) {
      windows.sweepSoon();
      locks.release(collection);
      return;
    }
    jobs.delete(namespace, known.name());
    windows.sweepSoon();
    locks.releaseOnce(collection, () -> !jobs.hasPods(namespace, known.name()));
  }
}
