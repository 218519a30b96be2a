package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.CreatedAt;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/** Makes the runs of a policy, and deletes those that are no longer kept. */
final class RunCreator {
  private static final RetentionPolicy.History DEFAULT = new RetentionPolicy.History(null, null);

  private final KubernetesClient client;
  private final World world;
  private final InstantSource clock;

  RunCreator(KubernetesClient client, World world, InstantSource clock) {
    this.client = client;
    this.world = world;
    this.clock = clock;
  }

  /** Makes a run; one of that name that is there already is the same run. */
  void create(RetentionPolicyResource policy, String name) {
    RetentionRunResource run = new RetentionRunResource();
    run.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(policy.getMetadata().getNamespace())
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
            .withAnnotations(CreatedAt.now(clock))
            .withOwnerReferences(owner(policy))
            .build());
    run.setSpec(
        new StoredSpec.Known<>(
            new RetentionRun.Spec(
                new Registry.NameRef(policy.getMetadata().getName()), null, null, null)));
    try {
      client.resource(run).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** Deletes the runs beyond a policy's history. */
  void deleteBeyond(RetentionPolicyResource policy, RetentionPolicy.History limits, Instant now) {
    delete(History.beyond(limits, world.runs.byKey(World.key(policy)), now));
  }

  /**
   * Whether nobody will ever delete a run: its policy is gone, and it was not the policy's so that
   * it would have gone with it.
   */
  boolean isOrphan(RetentionRunResource run) {
    List<OwnerReference> owners = run.getMetadata().getOwnerReferences();
    return (owners == null || owners.isEmpty())
        && world.policies.get(run.getMetadata().getNamespace(), policy(run)).isEmpty();
  }

  /** Deletes of the orphans of a policy those beyond the history that a policy has by default. */
  void deleteOrphans(RetentionRunResource run, Instant now) {
    List<RetentionRunResource> orphans =
        world.runs.byKey(World.key(run.getMetadata().getNamespace(), policy(run))).stream()
            .filter(this::isOrphan)
            .toList();
    delete(History.beyond(DEFAULT, orphans, now));
  }

  private static String policy(RetentionRunResource run) {
    return Specs.of(run).map(spec -> spec.policyRef().name()).orElse("");
  }

  private void delete(List<RetentionRunResource> runs) {
    for (RetentionRunResource run : runs) {
      client
          .resources(RetentionRunResource.class)
          .inNamespace(run.getMetadata().getNamespace())
          .withName(run.getMetadata().getName())
          .delete();
    }
  }

  static OwnerReference owner(RetentionPolicyResource policy) {
    return new OwnerReferenceBuilder()
        .withApiVersion(policy.getApiVersion())
        .withKind(policy.getKind())
        .withName(policy.getMetadata().getName())
        .withUid(policy.getMetadata().getUid())
        .withController(true)
        .build();
  }

  static Phase phase(RetentionRunResource run) {
    Phase phase = run.getStatus() == null ? null : run.getStatus().phase();
    return Objects.requireNonNullElse(phase, Phase.Pending);
  }

  /** Whether a run works, or is about to; not when it waits for a person. */
  static boolean isUnderWay(RetentionRunResource run) {
    Phase phase = phase(run);
    return !phase.isEnd() && phase != Phase.AwaitingApproval;
  }
}
