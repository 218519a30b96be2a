package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.collect.CollectorJob;
import dev.winnow.oci.Digest;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What runs have left to the next collection of their registry, where those delete: of each policy
 * its newest run that left anything, as that has all that is still to go. It is given to each
 * collection until one succeeds that had it, which the run then says: whoever pushes a tag again
 * after that does not lose it by an old approval.
 */
final class DeferredDeletions {
  /** Each has a container, and all share what a cluster keeps of how they ended (12 KiB). */
  private static final int MOST_RUNS = 7;

  /** On a run: the collection that has done what it left. On documents: the runs in it. */
  static final String COLLECTED_BY = "winnow.dev/collected-by";

  static final String RUNS = "winnow.dev/runs";

  /** On documents: the policies by which they were written. */
  private static final String BASIS = "winnow.dev/basis";

  private static final int LOOKS = 5;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final World world;
  private final PolicyCheck check;
  private final FreshView view;
  private final Events events;
  private final KubernetesClient client;

  DeferredDeletions(
      World world, PolicyCheck check, FreshView view, Events events, KubernetesClient client) {
    this.world = world;
    this.check = check;
    this.view = view;
    this.events = events;
    this.client = client;
  }

  /**
   * Finds them for the Job of a collection, and writes what it decides them by. There are none as
   * long as it is not sure that all policies are known as they are now.
   *
   * @throws IllegalArgumentException when that cannot be written
   */
  List<CollectorJob.Deferred> of(
      GarbageCollectionResource collection, String job, CollectionCheck.Verdict.Ready ready) {
    if (!DeletionByVolume.isAskedFor(ready.spec())) {
      return List.of();
    }
    // Before anything is looked up that the collection deletes by.
    Failure outdated = problem(ready);
    String basis = basis(ready.hostPort()); // what changes from here on makes it outdated
    List<Left> left = left(ready);
    if (outdated != null) {
      if (!left.isEmpty()) {
        leave(collection, outdated.message());
      }
      return List.of();
    }
    return write(collection, job, left, basis);
  }

  /**
   * What speaks against going by the caches. They are behind for a moment whenever somebody changes
   * something, and what waits, waits until the next collection.
   */
  private @Nullable Failure problem(CollectionCheck.Verdict.Ready ready) {
    FreshView.Looks looks = view.looks();
    Failure problem = looks.problem();
    for (int i = 1; i < LOOKS && problem != null && !left(ready).isEmpty(); i++) {
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      problem = looks.problem();
    }
    return problem;
  }

  private List<CollectorJob.Deferred> write(
      GarbageCollectionResource collection, String job, List<Left> lefts, String basis) {
    List<CollectorJob.Deferred> all = new ArrayList<>();
    Map<String, String> documents = new LinkedHashMap<>();
    int bytes = 0;
    List<String> runs = new ArrayList<>();
    for (Left left : lefts) {
      if (all.size() < MOST_RUNS && check.check(left.policy()) instanceof PolicyVerdict.Ready now) {
        Map<String, String> files = new LinkedHashMap<>();
        int number = all.size() + 1;
        PlanDocuments.of(now).forEach((name, text) -> files.put(number + "-" + name, text));
        bytes += files.values().stream().mapToInt(String::length).sum();
        if (bytes > PlanJobs.MOST_BYTES) {
          break; // the others are the next collection's
        }
        documents.putAll(files);
        runs.add(left.run().getMetadata().getName());
        all.add(deferred(left.run(), left.policy(), number, List.copyOf(files.keySet())));
      }
    }
    if (!all.isEmpty()) {
      store(
          collection,
          CollectorJob.documents(job),
          documents,
          Map.of(RUNS, String.join(",", runs), BASIS, basis));
    }
    return all;
  }

  /** What a run has left. */
  private record Left(RetentionPolicyResource policy, RetentionRunResource run) {}

  /** The oldest comes first, so that each has its turn. */
  private List<Left> left(CollectionCheck.Verdict.Ready ready) {
    return world.policies.byKey(World.key(ready.registry())).stream()
        .flatMap(policy ->
            newest(policy, ready.hostPort())
                .filter(run -> !isOver(run))
                .map(run -> new Left(policy, run))
                .stream())
        .sorted(Comparator.comparing(Left::run, History.AGE))
        .toList();
  }

  /** What the last collection has written may not be in the cache yet. */
  private boolean isOver(RetentionRunResource run) {
    if (isMarked(run) || isCancelled(run)) {
      return true;
    }
    RetentionRunResource now = client.resource(run).get();
    return now == null
        || !now.getMetadata().getUid().equals(run.getMetadata().getUid())
        || isMarked(now)
        || isCancelled(now);
  }

  /** Whether somebody has called off what a run has left. */
  private static boolean isCancelled(RetentionRunResource run) {
    return Specs.of(run).filter(spec -> Boolean.TRUE.equals(spec.cancel())).isPresent();
  }

  /** Whether a collection has done what a run had left. */
  static boolean isMarked(RetentionRunResource run) {
    Map<String, String> annotations = run.getMetadata().getAnnotations();
    return annotations != null && annotations.containsKey(COLLECTED_BY);
  }

  /**
   * A collection has succeeded: the runs whose deletions it had say so from now on.
   *
   * @param incomplete the numbers of those of which not all could be read: they are the next
   *     collection's, too
   */
  void done(GarbageCollectionResource collection, String job, Set<Integer> incomplete) {
    List<String> runs = runs(given(collection, job));
    for (int i = 0; i < runs.size(); i++) {
      if (incomplete.contains(i + 1)) {
        leave(collection, "not all repositories could be read for run " + runs.get(i));
      } else {
        mark(collection, runs.get(i));
      }
    }
  }

  /** What is written on the documents that a Job was given; nothing where it was given none. */
  private Map<String, String> given(GarbageCollectionResource collection, String job) {
    ConfigMap documents =
        client
            .configMaps()
            .inNamespace(collection.getMetadata().getNamespace())
            .withName(CollectorJob.documents(job))
            .get();
    return documents == null
            || !PlanJobs.isOf(documents, collection)
            || documents.getMetadata().getAnnotations() == null
        ? Map.of()
        : documents.getMetadata().getAnnotations();
  }

  /** The policies of a registry, in a form that changes with each, as short as an annotation. */
  private String basis(String hostPort) {
    return Digest.sha256(check.basis(hostPort).getBytes(StandardCharsets.UTF_8)).text();
  }

  /** Why what a Job was given is not meant any more; null while it is. */
  @Nullable Failure outdated(GarbageCollectionResource collection, String job) {
    String hostPort = collection.getStatus().registry();
    Map<String, String> given = given(collection, job);
    String basis = given.get(BASIS);
    if (basis == null || hostPort == null) {
      return null;
    }
    if (!basis.equals(basis(hostPort))) {
      return new Failure(
          "PolicyChanged",
          "a policy of the registry was changed, came or went before the collector began, which"
              + " was given what to delete by the others: collect again",
          false);
    }
    return runs(given).stream()
        .filter(name ->
            world
                .runs
                .get(collection.getMetadata().getNamespace(), name)
                .filter(DeferredDeletions::isCancelled)
                .isPresent())
        .findFirst()
        .map(name ->
            new Failure(
                "RunCancelled",
                "run "
                    + name
                    + " was cancelled before the collector began, which was given what that has"
                    + " left: collect again",
                false))
        .orElse(null);
  }

  private static List<String> runs(Map<String, String> given) {
    String names = given.get(RUNS);
    return names == null ? List.of() : List.of(names.split(","));
  }

  private void mark(GarbageCollectionResource collection, String run) {
    var known =
        client
            .resources(RetentionRunResource.class)
            .inNamespace(collection.getMetadata().getNamespace())
            .withName(run);
    if (known.get() != null) {
      known.patch(
          PatchContext.of(PatchType.JSON_MERGE),
          client
              .getKubernetesSerialization()
              .asJson(
                  Map.of(
                      "metadata",
                      Map.of(
                          "annotations",
                          Map.of(COLLECTED_BY, collection.getMetadata().getName())))));
    }
  }

  private void leave(GarbageCollectionResource collection, String why) {
    events.tell(
        collection,
        Events.Kind.Warning,
        "Collect",
        "DeletionsWait",
        "what runs have left is for the next collection: " + why);
  }

  private static CollectorJob.Deferred deferred(
      RetentionRunResource run,
      RetentionPolicyResource policy,
      int number,
      List<String> documents) {
    RetentionRunStatus status = run.getStatus();
    return new CollectorJob.Deferred(
        number,
        policy.getMetadata().getName(),
        Objects.requireNonNull(status.plan()).time(),
        PlanStore.of(status.reports(), PlanStore.PLAN),
        documents);
  }

  /** A run by the policy as it is now: what was planned by another is not to go. */
  private Optional<RetentionRunResource> newest(RetentionPolicyResource policy, String hostPort) {
    return world.runs.byKey(World.key(policy)).stream()
        .filter(run -> hasLeft(run, hostPort))
        .filter(run -> PolicyChange.of(run, run.getStatus(), world) == null)
        .max(History.AGE);
  }

  private static boolean hasLeft(RetentionRunResource run, String hostPort) {
    RetentionRunStatus status = run.getStatus();
    return RunCreator.phase(run).isEnd()
        && status.plan() != null
        && status.result() != null
        && status.result().deferred() > 0
        && hostPort.equals(status.registry());
  }

  private void store(
      GarbageCollectionResource collection,
      String name,
      Map<String, String> documents,
      Map<String, String> annotations) {
    ConfigMap map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(collection.getMetadata().getNamespace())
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
            .withAnnotations(annotations)
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(collection.getApiVersion())
                    .withKind(collection.getKind())
                    .withName(collection.getMetadata().getName())
                    .withUid(collection.getMetadata().getUid())
                    .withController(true)
                    .build())
            .endMetadata()
            .withImmutable(true)
            .withData(documents)
            .build();
    ConfigMap there = client.resource(map).get();
    if (there != null && !PlanJobs.isOf(there, collection)) {
      throw new IllegalArgumentException(
          "there is a ConfigMap "
              + name
              + " of somebody else; delete it, or collect by another name");
    }
    if (there != null) { // of an operator that came no further
      client.resource(there).lockResourceVersion(there.getMetadata().getResourceVersion()).delete();
    }
    client.resource(map).create();
  }
}
