package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus.Phase;
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
import java.util.Objects;

/** Makes the runs of a policy, and deletes those that are no longer kept. */
final class RunCreator {
  private final KubernetesClient client;
  private final World world;

  RunCreator(KubernetesClient client, World world) {
    this.client = client;
    this.world = world;
  }

  /** Makes a run; one of that name that is there already is the same run. */
  void create(RetentionPolicyResource policy, String name) {
    RetentionRunResource run = new RetentionRunResource();
    run.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(policy.getMetadata().getNamespace())
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
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
    for (RetentionRunResource run :
        History.beyond(limits, world.runs.byKey(World.key(policy)), now)) {
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
