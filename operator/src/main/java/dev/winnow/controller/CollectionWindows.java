package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.GarbageCollectionStatus.Window;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.CollectorJob;
import dev.winnow.collect.JobState;
import dev.winnow.collect.ReadOnlyWindow;
import dev.winnow.collect.ReadOnlyWindow.Hindrance;
import dev.winnow.collect.ReadOnlyWindow.Wish;
import dev.winnow.collect.Reading;
import dev.winnow.collect.RegistryWorkload;
import dev.winnow.collect.WindowRecord;
import dev.winnow.collect.WindowState;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What comes next for a collection while its registry is read-only: the window opens, a first Job
 * takes what nothing needs, the window closes, and a second Job, beside a registry that writes,
 * brings back what is needed and purges. Each step follows from the status, the workload and the
 * Jobs, so that any operator goes on from there; what a step is about to do to the workload is in
 * the status before.
 */
final class CollectionWindows {
  /** The collector ends as long before the window, so that what it does last is inside. */
  private static final Duration MARGIN = Duration.ofMinutes(2);

  /** Of a short window no more than one part of so many is the margin. */
  private static final int PARTS = 5;

  /** How long the registry's lock is kept for a window that may be begun soon. */
  private static final Duration LONGEST_HINDERED = Duration.ofMinutes(5);

  /** How long the registry's lock is kept for pods that are to write again. */
  private static final Duration LONGEST_CLOSING = Duration.ofMinutes(15);

  /** Ends of the first Job by which it has taken nothing that could be needed again. */
  private static final Set<String> NEVER_RAN = Set.of("NotStarted", "JobNameTaken", "JobRefused");

  private final CollectionCreator collections;
  private final CollectionCheck check;
  private final CollectionLocks locks;
  private final ClusterWorkloads workloads;
  private final CollectionJobs jobs;
  private final KubernetesClient client;
  private final Patience patience;
  private final InstantSource clock;
  private final Runnable sweep;

  /** A collection in its window. */
  private record Inside(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      Window window,
      CollectionCheck.Verdict.Ready ready,
      WorkloadRef ref) {
    /** Of the first Job. */
    String name() {
      return CollectorJob.name(collection);
    }
  }

  /**
   * @param sweep has the windows looked at that nobody closes
   */
  CollectionWindows(
      CollectionCreator collections,
      CollectionCheck check,
      CollectionLocks locks,
      ClusterWorkloads workloads,
      CollectionJobs jobs,
      KubernetesClient client,
      Patience patience,
      InstantSource clock,
      Runnable sweep) {
    this.collections = collections;
    this.check = check;
    this.locks = locks;
    this.workloads = workloads;
    this.jobs = jobs;
    this.client = client;
    this.patience = patience;
    this.clock = clock;
    this.sweep = sweep;
  }

  void sweepSoon() {
    sweep.run();
  }

  /** Whether the registry writes again, and its second Job is known. */
  static boolean isOver(GarbageCollectionResource collection, GarbageCollectionStatus status) {
    return status.job() != null && status.job().name().equals(CollectorJob.secondName(collection));
  }

  /** With the registry's lock: says that there is to be a window, and nothing else. */
  CollectionStep begin(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      CollectionCheck.Verdict.Ready ready,
      Reading reading,
      @Nullable String resumed) {
    WorkloadRef ref = ready.storage().workloadRef();
    if (ref == null) {
      return CollectionStep.fail(
          collection,
          status,
          clock.instant(),
          "WorkloadUnknown",
          "mode: ReadOnly needs spec.storage.workloadRef, which says what is to be read-only");
    }
    Optional<Hindrance> hindrance = window(collection, ref).hindrance(reading.workload());
    if (hindrance.isPresent()) {
      return hindered(collection, status, ready, hindrance.get());
    }
    return CollectionStep.of(
        status.opening(
            ready.hostPort(),
            ready.settings(),
            Window.from(now(), jobs.maxReadOnly(ready.settings())),
            resumed,
            "the registry is about to be read-only"),
        World.FILLING);
  }

  /** A window that does not open would keep pushes away for all of its time, for nothing. */
  private CollectionStep hindered(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      CollectionCheck.Verdict.Ready ready,
      Hindrance hindrance) {
    Instant since = status.startTime() == null ? now() : status.startTime();
    return hindrance.mayPass() && now().isBefore(since.plus(LONGEST_HINDERED))
        ? CollectionStep.of(
            status
                .begun(ready.hostPort(), since, status.resumed())
                .in(Phase.WaitingForRegistry, hindrance.message()),
            CollectionStep.SOON)
        : CollectionStep.fail(
            collection, status, clock.instant(), hindrance.reason(), hindrance.message());
  }

  private ReadOnlyWindow window(GarbageCollectionResource collection, WorkloadRef ref) {
    return new ReadOnlyWindow(client, clock, collection.getMetadata().getNamespace(), ref);
  }

  private static Duration margin(Window window) {
    Duration part = Duration.between(window.began(), window.until()).dividedBy(PARTS);
    return part.compareTo(MARGIN) < 0 ? part : MARGIN;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /**
   * The first whole second from now on. What was written just before the last writer ended is older
   * than that, and not a sign to the collector that somebody writes still.
   */
  private Instant behind() {
    return now().plusSeconds(1);
  }

  /** The next step, until the second Job is known. */
  CollectionStep next(
      GarbageCollectionResource collection, GarbageCollectionStatus status, Claim claim) {
    RegistryResource registry = collections.registry(collection).orElse(null);
    CollectionCheck.Verdict verdict =
        registry == null
            ? new CollectionCheck.Verdict.No("RegistryMissing", "its Registry is gone")
            : check.check(registry);
    return switch (verdict) {
      case CollectionCheck.Verdict.No(String reason, String message) ->
          leave(collection, status, reason, message);
      case CollectionCheck.Verdict.Ready ready -> {
        WorkloadRef ref = ready.storage().workloadRef();
        yield ref == null
            ? leave(collection, status, "WorkloadUnknown", "spec.storage.workloadRef is gone")
            : next(
                new Inside(collection, status, Objects.requireNonNull(status.window()), ready, ref),
                claim);
      }
    };
  }

  /** Nobody says any more where the workload is: what stands on that says enough to the sweep. */
  private CollectionStep leave(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      String reason,
      String message) {
    if (status.job() != null) {
      jobs.delete(collection.getMetadata().getNamespace(), status.job().name());
    }
    sweep.run();
    return CollectionStep.fail(collection, status, clock.instant(), reason, message);
  }

  private CollectionStep next(Inside in, Claim claim) {
    LeaseLock.Attempt lock =
        locks.take(
            in.collection(),
            in.collection().getMetadata().getNamespace(),
            in.ready().hostPort(),
            claim);
    if (in.window().closed() != null) {
      return second(in);
    }
    if (in.window().ended() != null) {
      return closing(in);
    }
    if (in.status().job() != null) {
      return collecting(in);
    }
    return switch (lock) {
      case LeaseLock.Attempt.Busy(String holder) ->
          CollectionStep.of(
              in.status()
                  .in(
                      Phase.WaitingForRegistry,
                      "waits for the registry's lock, which " + holder + " holds"),
              CollectionStep.SOON);
      case LeaseLock.Attempt.Held held -> opening(in);
    };
  }

  private WindowState advance(Inside in, Wish wish) {
    ReadOnlyWindow window = window(in.collection(), in.ref());
    try {
      return window.advance(wish, order(in, window), () -> look(in).workload());
    } catch (KubernetesClientException e) {
      Failure refused = Failure.forGood(e);
      return new WindowState.Trouble(refused.reason(), refused.message());
    }
  }

  private static WindowRecord order(Inside in, ReadOnlyWindow window) {
    String container =
        in.ref().container() == null ? window.container().orElse("") : in.ref().container();
    return new WindowRecord(
        in.ready().registry().getMetadata().getName(),
        in.collection().getMetadata().getName(),
        in.collection().getMetadata().getUid(),
        container,
        in.window().until(),
        false);
  }

  private Reading look(Inside in) {
    return workloads.look(in.ready().registry(), in.ready().spec());
  }

  private CollectionStep opening(Inside in) {
    return switch (advance(in, Wish.OPEN)) {
      case WindowState.Opening(String message) ->
          CollectionStep.of(in.status().in(Phase.WaitingForRegistry, message), CollectionStep.SOON);
      case WindowState.Open open -> first(in, in.window().open(behind()));
      case WindowState.Trouble(String reason, String message) -> end(in.status(), reason, message);
      case WindowState.Closing closing -> late(in);
      case WindowState.Closed closed -> late(in);
    };
  }

  private CollectionStep late(Inside in) {
    return end(
        in.status(),
        "WindowNotOpened",
        "the registry was not read-only in time (spec.garbageCollection.maxReadOnly: "
            + in.ready().settings().maxReadOnly()
            + "): "
            + in.status().progress());
  }

  /** Nothing can write: the Job that takes. */
  private CollectionStep first(Inside in, Window window) {
    Instant since = Objects.requireNonNull(window.opened());
    Duration margin = margin(window);
    Instant until = window.until().minus(margin);
    if (!clock.instant().plus(margin).isBefore(until)) {
      return late(in);
    }
    Reading reading = look(in);
    Optional<RegistryWorkload.Refusal> refusal =
        RegistryStorage.refusal(in.ready().storage(), reading);
    if (refusal.isPresent()) {
      return end(in.status(), refusal.get().reason(), refusal.get().message());
    }
    String name = CollectorJob.name(in.collection());
    CollectorJob.Window times = new CollectorJob.Window(since, until);
    // The time without writes is for what cannot be done beside them.
    return switch (jobs.make(in.collection(), name, in.ready(), reading, times, true)) {
      case CollectionJobs.Made.Refused(String reason, String message) ->
          end(in.status(), reason, message);
      case CollectionJobs.Made.Ready(Job job) ->
          new CollectionStep(working(in.status().with(window), name), job, CollectionStep.WORKING);
    };
  }

  private static GarbageCollectionStatus working(GarbageCollectionStatus status, String job) {
    return status
        .by(new GarbageCollectionStatus.Job(job, null))
        .in(Phase.Marking, "the collector is started");
  }

  private CollectionStep collecting(Inside in) {
    GarbageCollectionStatus status = in.status();
    GarbageCollectionStatus.Job known = Objects.requireNonNull(status.job());
    return switch (jobs.read(in.collection(), known.name())) {
      case JobState.Absent absent ->
          known.uid() == null
              ? keep(in, () -> first(in, in.window()))
              : end(status, "JobDeleted", "somebody deleted the Job " + known.name());
      case JobState.OfAnother(String owner) ->
          end(
              status,
              "JobNameTaken",
              "there is a Job " + known.name() + " of " + owner + "; delete it, and collect again");
      case JobState.Starting(String uid, String why, Instant progress) -> {
        Instant opened = Objects.requireNonNull(in.window().opened());
        Failure not =
            patience.isOver(opened, progress, clock.instant())
                ? CollectionPhases.notStarted(why)
                : jobs.outdated(in.collection(), known.name());
        yield not != null
            ? stop(in, not.reason(), not.message())
            : keep(in, () -> at(in, uid, Phase.Marking, why));
      }
      case JobState.Preparing(String uid, String what) -> {
        Failure not = jobs.outdated(in.collection(), known.name());
        yield not != null
            ? stop(in, not.reason(), not.message())
            : keep(in, () -> at(in, uid, Phase.Marking, what));
      }
      case JobState.Running(String uid, Phase phase, String progress, var _) ->
          keep(in, () -> at(in, uid, phase, progress));
      case JobState.Stopped(String uid) -> end(CollectionPhases.seen(status, uid), null, null);
      case JobState.Ended(String uid, var _, var _, var _, var _) ->
          end(CollectionPhases.seen(status, uid), null, null);
    };
  }

  private static CollectionStep at(Inside in, String uid, Phase phase, String progress) {
    Phase before = CollectionCreator.phase(in.collection());
    return CollectionStep.of(
        CollectionPhases.seen(in.status(), uid)
            .in(phase.compareTo(before) > 0 ? phase : before, progress),
        CollectionStep.SOON);
  }

  /** Goes on as long as the window is open; a collector must not work outside of it. */
  private CollectionStep keep(Inside in, Supplier<CollectionStep> step) {
    return switch (advance(in, Wish.KEEP)) {
      case WindowState.Open open -> step.get();
      case WindowState.Trouble(String reason, String message) -> stop(in, reason, message);
      case WindowState.Opening(String message) -> stop(in, "WindowReverted", message);
      case WindowState.Closing closing -> over(in);
      case WindowState.Closed closed -> over(in);
    };
  }

  private CollectionStep over(Inside in) {
    return stop(
        in,
        "WindowOver",
        "the collector was not done when the registry had to write again"
            + " (spec.garbageCollection.maxReadOnly: "
            + in.ready().settings().maxReadOnly()
            + ")");
  }

  private CollectionStep stop(Inside in, String reason, String message) {
    String name = Objects.requireNonNull(in.status().job()).name();
    jobs.delete(in.collection().getMetadata().getNamespace(), name);
    return end(in.status(), reason, message);
  }

  /** From here on it is only closed. */
  CollectionStep end(
      GarbageCollectionStatus status, @Nullable String reason, @Nullable String message) {
    Window window = Objects.requireNonNull(status.window());
    return CollectionStep.of(status.with(window.end(now(), reason, message)), World.FILLING);
  }

  private CollectionStep closing(Inside in) {
    if (in.window().reason() != null && mayWork(in)) {
      return waiting(in, "waits for the end of the Job " + in.name() + ", which was ended early");
    }
    return switch (advance(in, Wish.CLOSE)) {
      case WindowState.Closed closed -> {
        sweep.run(); // spec.storage.workloadRef may name another workload than the one it is on
        yield CollectionStep.of(in.status().with(in.window().close(now())), World.FILLING);
      }
      case WindowState.Closing(String message) -> closing(in, message);
      case WindowState.Opening(String message) -> closing(in, message);
      case WindowState.Open open -> closing(in, "the registry is read-only still");
      case WindowState.Trouble(String reason, String message) ->
          closing(in, reason + ": " + message);
    };
  }

  /** Pods that never get ready must not keep all else from the registry: the sweep closes it. */
  private CollectionStep closing(Inside in, String message) {
    GarbageCollectionResource collection = in.collection();
    Instant since = Objects.requireNonNull(in.window().ended());
    if (now().isBefore(since.plus(LONGEST_CLOSING)) || mayWork(in)) {
      return waiting(in, message);
    }
    sweep.run();
    return CollectionStep.fail(
        collection,
        in.status(),
        clock.instant(),
        "WindowNotClosed",
        "its pods do not write again after 15 minutes: " + message);
  }

  /**
   * Whether the first Job's collector may be at work, which must not meet a registry that writes.
   * It ends with the window by itself, whatever becomes of its node.
   */
  private boolean mayWork(Inside in) {
    return now().isBefore(in.window().until())
        && jobs.hasPods(in.collection().getMetadata().getNamespace(), in.name());
  }

  private static CollectionStep waiting(Inside in, String message) {
    return CollectionStep.of(
        in.status().in(CollectionCreator.phase(in.collection()), message), CollectionStep.SOON);
  }

  /**
   * The registry writes again: an ordinary pass, which restores also where the first one failed.
   */
  private CollectionStep second(Inside in) {
    GarbageCollectionResource collection = in.collection();
    GarbageCollectionStatus status = in.status();
    String name = CollectorJob.name(collection);
    String reason = in.window().reason();
    boolean wasMade = status.job() != null && (reason == null || !NEVER_RAN.contains(reason));
    if (!wasMade) {
      return CollectionStep.fail(
          collection,
          status,
          clock.instant(),
          String.valueOf(reason),
          String.valueOf(in.window().message()));
    }
    JobState state = jobs.read(collection, name);
    boolean isUnderWay = !(state instanceof JobState.Ended) && mayWork(in);
    if (isUnderWay || state instanceof JobState.Stopped) {
      return waiting(in, "waits for the end of the Job " + name);
    }
    Reading reading = look(in);
    Optional<RegistryWorkload.Refusal> refusal =
        RegistryStorage.refusal(in.ready().storage(), reading);
    GarbageCollectionStatus done = taken(in, state);
    if (refusal.isPresent()) {
      return CollectionStep.fail(
          collection, done, clock.instant(), refusal.get().reason(), refusal.get().message());
    }
    String next = CollectorJob.secondName(collection);
    return switch (jobs.make(collection, next, in.ready(), reading, null, isDamaged(in, done))) {
      case CollectionJobs.Made.Refused(String why, String message) ->
          CollectionStep.fail(collection, done, clock.instant(), why, message);
      case CollectionJobs.Made.Ready(Job job) ->
          new CollectionStep(working(done, next), job, CollectionStep.WORKING);
    };
  }

  /** Whether the first Job has found what a person has to look at before anything is purged. */
  private static boolean isDamaged(Inside in, GarbageCollectionStatus done) {
    RegistryStatus.Resumed resumed = CollectionMemory.of(in.ready().registry()).resumed();
    return Damaged.of(done.result()).filter(damaged -> damaged.isAfter(resumed)).isPresent();
  }

  /** With what the first Job came to. */
  private static GarbageCollectionStatus taken(Inside in, JobState state) {
    if (!(state instanceof JobState.Ended ended)) {
      return in.status();
    }
    Window window = in.window();
    GarbageCollectionStatus status =
        ended.succeeded() || window.reason() != null
            ? in.status()
            : in.status()
                .with(
                    new Window(
                        window.began(),
                        window.until(),
                        window.opened(),
                        window.ended(),
                        window.closed(),
                        window.seconds(),
                        ended.reason(),
                        ended.message()));
    return ended.result() == null ? status : CollectionText.tell(status, ended.result());
  }
}
