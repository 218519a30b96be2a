package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.collect.CollectorJob;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What runs have left to the next collection of their registry, where those delete: of each policy
 * its newest run that left anything, as that has all that is still to go. It is given to each
 * collection until one succeeds that began after the run: whoever pushes a tag again after that
 * does not lose it by an old approval.
 */
final class DeferredDeletions {
  private static final int MOST_RUNS = 16;

  private final World world;
  private final PolicyCheck check;
  private final KubernetesClient client;

  DeferredDeletions(World world, PolicyCheck check, KubernetesClient client) {
    this.world = world;
    this.check = check;
    this.client = client;
  }

  /**
   * Finds them for the Job of a collection, and writes what it decides them by.
   *
   * @throws IllegalArgumentException when that cannot be written
   */
  List<CollectorJob.Deferred> of(
      GarbageCollectionResource collection, String job, CollectionCheck.Verdict.Ready ready) {
    if (!DeletionByVolume.isAskedFor(ready.spec())) {
      return List.of();
    }
    List<CollectorJob.Deferred> all = new ArrayList<>();
    Map<String, String> documents = new LinkedHashMap<>();
    int bytes = 0;
    for (RetentionPolicyResource policy :
        world.policies.byKey(World.key(ready.registry())).stream()
            .sorted(Comparator.comparing(World::key))
            .toList()) {
      RetentionRunResource run =
          newest(policy, ready.hostPort())
              .filter(left -> isLeftAfter(left, lastBegan(ready.registry())))
              .orElse(null);
      if (run != null
          && all.size() < MOST_RUNS
          && check.check(policy) instanceof PolicyVerdict.Ready now) {
        Map<String, String> files = new LinkedHashMap<>();
        int number = all.size() + 1;
        PlanDocuments.of(now).forEach((name, text) -> files.put(number + "-" + name, text));
        bytes += files.values().stream().mapToInt(String::length).sum();
        if (bytes > PlanJobs.MOST_BYTES) {
          break; // the others are the next collection's
        }
        documents.putAll(files);
        all.add(deferred(run, policy, number, List.copyOf(files.keySet())));
      }
    }
    if (!all.isEmpty()) {
      store(collection, CollectorJob.documents(job), documents);
    }
    return all;
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

  private static boolean isLeftAfter(RetentionRunResource run, Instant lastBegan) {
    Instant left = run.getStatus().finishTime();
    return left != null && !left.isBefore(lastBegan);
  }

  /** When the last collection began that has done what was left by then. */
  private Instant lastBegan(RegistryResource registry) {
    return world.collections.byKey(World.key(registry)).stream()
        .filter(each -> CollectionCreator.phase(each) == Phase.Succeeded)
        .filter(each -> !CollectionCreator.isDryRun(each))
        .map(each -> each.getStatus().startTime())
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .orElse(Instant.MIN);
  }

  private void store(
      GarbageCollectionResource collection, String name, Map<String, String> documents) {
    ConfigMap map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(collection.getMetadata().getNamespace())
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
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
