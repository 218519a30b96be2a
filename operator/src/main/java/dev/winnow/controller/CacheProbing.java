package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Answer;
import dev.winnow.api.GarbageCollectionStatus.Probe;
import dev.winnow.api.GarbageCollectionStatus.Probed;
import dev.winnow.api.GarbageCollectionStatus.Said;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.CollectorSettings;
import dev.winnow.collect.Reading;
import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Has the registry's pods say whether they remember what was taken: each is asked for the
 * collector's probe while it is in place, once the collector has ended, and before the next one
 * begins. One that has it when it must not refutes what is believed of the cache, the Redis or the
 * root directory. Where nobody can be asked, what is known otherwise counts as before.
 */
final class CacheProbing {
  private static final Set<Cache> IN_MEMORY = Set.of(Cache.MEMORY, Cache.UNKNOWN);

  /** Clocks, and pods that are slow to start. */
  private static final Duration MARGIN = Duration.ofMinutes(10);

  private static final Duration MARGIN_OF_A_TEST = Duration.ofSeconds(5);
  private static final Duration OFTEN = Duration.ofSeconds(1);
  private static final int MOST_EARLIER = 3;

  private final World world;
  private final CollectionCreator collections;
  private final CollectionCheck check;
  private final ClusterWorkloads workloads;
  private final PodProbe pods;
  private final CollectorSettings settings;
  private final InstantSource clock;

  /** What came of it. */
  sealed interface Outcome {
    /** Nothing yet. */
    record Asking() implements Outcome {}

    /** Nothing is refuted; the status says what they said. */
    record Said(GarbageCollectionStatus status) implements Outcome {}

    /** One remembers what it must not. */
    record Refuted(GarbageCollectionStatus status, String message) implements Outcome {}
  }

  CacheProbing(
      World world,
      CollectionCreator collections,
      CollectionCheck check,
      ClusterWorkloads workloads,
      PodProbe pods,
      CollectorSettings settings,
      InstantSource clock) {
    this.world = world;
    this.collections = collections;
    this.check = check;
    this.workloads = workloads;
    this.pods = pods;
    this.settings = settings;
    this.clock = clock;
  }

  /** Before a Job: what earlier collections took, no pod may remember that is not one of then. */
  Outcome before(
      GarbageCollectionResource collection,
      GarbageCollectionStatus status,
      CollectionCheck.Verdict.Ready ready,
      Reading reading) {
    List<Digest> taken =
        collections.of(ready.registry()).stream()
            .map(GarbageCollectionResource::getStatus)
            .filter(each -> each != null && each.probe() != null)
            .map(each -> Objects.requireNonNull(each.probe()))
            .filter(probe -> wasSeen(probe) && mustBeForgotten(probe, reading))
            .sorted(Comparator.comparing((Probe probe) -> taken(probe)).reversed())
            .limit(MOST_EARLIER)
            .flatMap(probe -> Digest.parse(Objects.requireNonNull(probe.digest())).stream())
            .toList();
    if (taken.isEmpty()) {
      return new Outcome.Said(status);
    }
    Optional<Answer> answer = ask(collection, "before", ready, reading, taken);
    if (answer.isEmpty()) {
      return new Outcome.Asking();
    }
    GarbageCollectionStatus with = status.with(of(status).withBefore(answer.get()));
    return answer.get().anyFound()
        ? new Outcome.Refuted(with, refuted(answer.get(), reading))
        : new Outcome.Said(with);
  }

  private boolean mustBeForgotten(Probe probe, Reading reading) {
    Instant since = taken(probe).plus(settings.fastTime().isPresent() ? MARGIN_OF_A_TEST : MARGIN);
    return !IN_MEMORY.contains(reading.workload().cache())
        || reading.workload().writersSince().filter(since::isBefore).isPresent();
  }

  private static Instant taken(Probe probe) {
    return Objects.requireNonNull(probe.taken());
  }

  /** Whether pods had it before it was taken: what none has seen, none can remember. */
  private static boolean wasSeen(Probe probe) {
    return probe.digest() != null
        && probe.taken() != null
        && probe.placed() != null
        && probe.placed().anyFound()
        && probe.placed().time().isBefore(probe.taken());
  }

  /** While the Job works: has them see the probe that it has placed. */
  GarbageCollectionStatus placed(
      GarbageCollectionResource collection, GarbageCollectionStatus status, String probe) {
    Optional<Digest> digest = Digest.parse(probe);
    CollectionCheck.Verdict.Ready ready = ready(collection).orElse(null);
    if (probe.equals(of(status).digest()) || digest.isEmpty() || ready == null) {
      return status;
    }
    Reading reading = workloads.look(ready.registry(), ready.spec());
    return ask(collection, "placed " + probe, ready, reading, List.of(digest.get()))
        .map(answer -> status.with(of(status).withPlaced(probe, answer)))
        .orElse(status);
  }

  /** When to look again at a Job that works. */
  Duration again(GarbageCollectionStatus status) {
    boolean isShort = settings.fastTime().isPresent() && of(status).digest() == null;
    return isShort ? OFTEN : CollectionStep.WORKING;
  }

  /** Once the Job has ended: whether they have the probe still that it took. */
  Outcome after(
      GarbageCollectionResource collection, GarbageCollectionStatus status, Probed probed) {
    CollectionCheck.Verdict.Ready ready = ready(collection).orElse(null);
    Optional<Digest> digest = Digest.parse(probed.digest());
    if (ready == null || digest.isEmpty()) {
      return new Outcome.Said(status);
    }
    Optional<String> lack = lack(of(status), probed);
    if (lack.isPresent()) {
      Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
      return new Outcome.Said(taken(status, probed, new Answer(now, 0, Said.Unknown, lack.get())));
    }
    Reading reading = workloads.look(ready.registry(), ready.spec());
    Optional<Answer> answer = ask(collection, "after", ready, reading, List.of(digest.get()));
    if (answer.isEmpty()) {
      return new Outcome.Asking();
    }
    GarbageCollectionStatus with = taken(status, probed, answer.get());
    boolean mayBe = IN_MEMORY.contains(reading.workload().cache());
    return answer.get().anyFound() && !mayBe
        ? new Outcome.Refuted(with, refuted(answer.get(), reading))
        : new Outcome.Said(with);
  }

  /** Why what they say now says nothing. */
  private static Optional<String> lack(Probe probe, Probed probed) {
    Answer placed = probe.placed();
    if (placed == null
        || !probed.digest().equals(probe.digest())
        || !placed.time().isBefore(probed.at())) {
      return Optional.of("no pod was asked for it while it was in place");
    }
    return placed.anyFound()
        ? Optional.empty()
        : Optional.of("while it was in place: " + placed.message());
  }

  private static GarbageCollectionStatus taken(
      GarbageCollectionStatus status, Probed probed, Answer answer) {
    return status.with(of(status).withTaken(probed.digest(), probed.at(), answer));
  }

  private static Probe of(GarbageCollectionStatus status) {
    return status.probe() == null ? Probe.NONE : status.probe();
  }

  private Optional<CollectionCheck.Verdict.Ready> ready(GarbageCollectionResource collection) {
    Optional<RegistryResource> registry = collections.registry(collection);
    return registry.isPresent()
            && check.check(registry.get()) instanceof CollectionCheck.Verdict.Ready ready
        ? Optional.of(ready)
        : Optional.empty();
  }

  private Optional<Answer> ask(
      GarbageCollectionResource collection,
      String what,
      CollectionCheck.Verdict.Ready ready,
      Reading reading,
      List<Digest> digests) {
    return pods.ask(
        new PodProbe.Question(
            collection.getMetadata().getUid() + " " + what,
            collection.getMetadata().getNamespace(),
            ready.spec(),
            reading.serving(),
            digests),
        () -> world.collections.wake(collection));
  }

  private static String refuted(Answer answer, Reading reading) {
    return "the registry's pods serve a blob that the collector has taken ("
        + answer.message()
        + "), so that its cache is not "
        + reading.workload().cache()
        + ", its Redis another one, or its root directory not the one that is collected; what it"
        + " remembers it takes pushes by that lack data. Nothing more is purged. Mend"
        + " spec.storage (cache, redis, rootDirectory), and restart the registry";
  }
}
