package dev.winnow.controller;

import dev.winnow.api.Condition.Status;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.Storage;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.CollectorJob;
import dev.winnow.collect.Reading;
import dev.winnow.collect.RedisFinding;
import dev.winnow.collect.RegistryWorkload;
import dev.winnow.collect.RegistryWorkload.Refusal;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Looks at who writes to the volume of a Registry each time that it is looked at, so that what is
 * remembered of them is true when a collection needs it.
 */
final class RegistryStorage {
  private final KubernetesClient client;
  private final ClusterWorkloads workloads;

  /** What is said of it. */
  record Finding(Status collectable, String reason, String message) {}

  /**
   * @param registry as it is after the look, which has written to it
   * @param finding empty where there is no storage
   */
  record Look(RegistryResource registry, Optional<Finding> finding) {}

  RegistryStorage(KubernetesClient client, ClusterWorkloads workloads) {
    this.client = client;
    this.workloads = workloads;
  }

  /** Looks; empty when the Registry is not what we have seen, and is to be looked at anew. */
  Optional<Look> look(RegistryResource registry) {
    Registry.Spec spec = Specs.of(registry).orElse(null);
    if (spec == null || spec.storage() == null) {
      return Optional.of(new Look(registry, Optional.empty()));
    }
    Finding finding;
    try {
      finding = finding(spec.storage(), workloads.look(registry, spec));
    } catch (KubernetesClientException e) {
      if (Failure.mayPass(e)) {
        throw e;
      }
      finding =
          new Finding(
              Status.False,
              "WorkloadUnreadable",
              "what writes to the volume cannot be found out: " + e.getMessage());
    }
    RegistryResource now = client.resource(registry).get();
    return now == null || !isSame(registry, now)
        ? Optional.empty()
        : Optional.of(new Look(now, Optional.of(finding)));
  }

  /** Whether only its writers have changed since it was seen. */
  private static boolean isSame(RegistryResource seen, RegistryResource now) {
    RegistryStatus before = Objects.requireNonNullElse(seen.getStatus(), RegistryStatus.NONE);
    RegistryStatus after = Objects.requireNonNullElse(now.getStatus(), RegistryStatus.NONE);
    return Objects.equals(seen.getMetadata().getUid(), now.getMetadata().getUid())
        && Objects.equals(seen.getMetadata().getGeneration(), now.getMetadata().getGeneration())
        && Objects.equals(seen.getMetadata().getAnnotations(), now.getMetadata().getAnnotations())
        && before.by(after.writers()).equals(after);
  }

  private static Finding finding(Storage storage, Reading reading) {
    if (refusal(storage, reading).isPresent()) {
      String messages =
          refusals(storage, reading).stream()
              .map(Refusal::message)
              .collect(Collectors.joining("; "));
      return new Finding(Status.False, refusal(storage, reading).orElseThrow().reason(), messages);
    }
    return new Finding(
        Status.True,
        "Collectable",
        reading.remarks().isEmpty()
            ? "nothing stands against it"
            : String.join("; ", reading.remarks()));
  }

  /** Why it is not to be collected. */
  static Optional<Refusal> refusal(Storage storage, Reading reading) {
    return refusals(storage, reading).stream().findFirst();
  }

  private static List<Refusal> refusals(Storage storage, Reading reading) {
    return reading.workload().refusals().isEmpty()
            && reading.workload().cache() == RegistryWorkload.Cache.REDIS
            && CollectorJob.redis(storage, reading) instanceof RedisFinding.Unknown(String why)
        ? List.of(
            new Refusal(
                "RedisUnknown",
                "spec.storage.redis: the registry keeps in a Redis which blobs exist, and "
                    + why
                    + "; name it here by url, and its password, if it has one, by"
                    + " passwordSecretRef"))
        : reading.workload().refusals();
  }
}
