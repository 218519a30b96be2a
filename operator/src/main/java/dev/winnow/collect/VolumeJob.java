package dev.winnow.collect;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Opaque;
import dev.winnow.api.Storage;
import dev.winnow.collect.RegistryWorkload.SecurityIds;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes Jobs that have a registry's volume: beside the registry, with its ids, and as restricted as
 * that lets them be.
 */
final class VolumeJob {
  /** Where a Job's ConfigMap is. */
  static final String DOCUMENTS = "/documents";

  /** What its container says at its end. */
  static final String MESSAGE = "/dev/termination-log";

  private static final String VOLUME = "/volume";

  /** Longer than any of them should take; one that hangs is ended then. */
  private static final Duration DEADLINE = Duration.ofHours(24);

  /** Its log can be read for as long. */
  private static final Duration KEPT = Duration.ofDays(1);

  private static final int LONGEST_NAME = 63;
  private static final int HEX = 8;

  private static final Map<String, Object> RESOURCES =
      Map.of(
          "requests", Map.of("cpu", "100m", "memory", "256Mi"), "limits", Map.of("memory", "1Gi"));

  /** Nothing here says who to be: the images of the registry itself run as root. */
  private static final SecurityIds ROOT = new SecurityIds(0L, null, null, List.of(), null);

  private final KubernetesSerialization serialization;

  /**
   * What to do.
   *
   * @param owner with which it goes
   * @param role what it is, as its pods and their container are called by
   * @param job what the user says of it
   * @param readOnly whether it only looks; on the mount and not on the claim, which the registry
   *     has to write at the same time
   * @param configMap what it has at {@link #DOCUMENTS}; null: nothing
   */
  record Order(
      HasMetadata owner,
      String name,
      String role,
      Storage storage,
      GarbageCollectionSettings.@Nullable Job job,
      RegistryWorkload workload,
      CollectorImage image,
      List<String> arguments,
      List<EnvVar> environment,
      boolean readOnly,
      @Nullable String configMap,
      Untagging untagging) {}

  /**
   * Deletions that runs have left: each is decided again before, by a container that writes what is
   * still to go.
   *
   * @param configMap with a folder of documents for each
   */
  record Untagging(String configMap, List<CollectorJob.Deferred> deferred) {
    static final Untagging NONE = new Untagging("", List.of());
  }

  VolumeJob(KubernetesSerialization serialization) {
    this.serialization = serialization;
  }

  /** A name that is the same each time that it is asked for, and not too long for a pod's label. */
  static String name(String name, String uid) {
    if (name.length() <= LONGEST_NAME) {
      return name;
    }
    String hex = uid.replace("-", "").substring(0, HEX);
    return name.substring(0, LONGEST_NAME - HEX - 1).replaceAll("[^a-z0-9]+$", "") + "-" + hex;
  }

  /** Where the registry's store is in a Job. */
  static String root(RegistryWorkload workload) {
    String inside = workload.rootDirectory();
    return inside.isEmpty() ? VOLUME : VOLUME + "/" + inside;
  }

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException when what the Registry says of the Job is not of its shape
   */
  Job of(Order order) {
    Map<String, String> labels =
        Map.of(
            "app.kubernetes.io/name",
            "winnow",
            CollectorJob.COMPONENT,
            order.role(),
            "app.kubernetes.io/managed-by",
            "winnow");
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(order.owner().getMetadata().getNamespace())
        .withName(order.name())
        .withLabels(labels)
        .withOwnerReferences(owner(order.owner()))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withPodReplacementPolicy("Failed")
        .withActiveDeadlineSeconds(DEADLINE.toSeconds())
        .withTtlSecondsAfterFinished((int) KEPT.toSeconds())
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withSpec(pod(order).build())
        .endTemplate()
        .endSpec()
        .build();
  }

  private PodSpecBuilder pod(Order order) {
    GarbageCollectionSettings.Job job = order.job();
    PodSpecBuilder pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .withSecurityContext(security(order.workload().ids().orElse(ROOT), job))
            .withAffinity(order.workload().node().map(VolumeJob::on).orElse(null))
            .withNodeSelector(nodeSelector(job))
            .withTolerations(tolerations(job))
            .addNewContainer()
            .withName(order.role())
            .withImage(order.image().name())
            .withImagePullPolicy(order.image().pullPolicy())
            .withArgs(order.arguments())
            .withEnv(order.environment())
            .withResources(resources(job))
            .withSecurityContext(restricted())
            .withTerminationMessagePath(MESSAGE)
            .withTerminationMessagePolicy("FallbackToLogsOnError")
            .addNewVolumeMount()
            .withName("registry")
            .withMountPath(VOLUME)
            .withReadOnly(order.readOnly() ? true : null)
            .endVolumeMount()
            .addNewVolumeMount()
            .withName("tmp")
            .withMountPath("/tmp")
            .endVolumeMount()
            .endContainer()
            .addNewVolume()
            .withName("registry")
            .withNewPersistentVolumeClaim(order.storage().claimName(), false)
            .endVolume()
            .addNewVolume()
            .withName("tmp")
            .withNewEmptyDir()
            .endEmptyDir()
            .endVolume();
    if (!order.untagging().deferred().isEmpty()) {
      return new UntaggingPod(order, pod).build();
    }
    return order.configMap() == null ? pod : withDocuments(pod, order.configMap());
  }

  private static PodSpecBuilder withDocuments(PodSpecBuilder pod, String configMap) {
    return pod.editFirstContainer()
        .addToVolumeMounts(
            new VolumeMountBuilder()
                .withName("documents")
                .withMountPath(DOCUMENTS)
                .withReadOnly(true)
                .build())
        .endContainer()
        .addNewVolume()
        .withName("documents")
        .withNewConfigMap()
        .withName(configMap)
        .endConfigMap()
        .endVolume();
  }

  static OwnerReference owner(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .build();
  }

  /** Where a volume is that only one node can have. */
  private static Affinity on(String node) {
    return new AffinityBuilder()
        .withNewNodeAffinity()
        .withNewRequiredDuringSchedulingIgnoredDuringExecution()
        .addNewNodeSelectorTerm()
        .addNewMatchField()
        .withKey("metadata.name")
        .withOperator("In")
        .withValues(node)
        .endMatchField()
        .endNodeSelectorTerm()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endNodeAffinity()
        .build();
  }

  /** Who the registry is, as restricted as that lets it be, and what the user says on top. */
  private PodSecurityContext security(
      SecurityIds ids, GarbageCollectionSettings.@Nullable Job job) {
    Map<String, Object> context = new LinkedHashMap<>();
    long user = ids.runAsUser() == null ? 0 : ids.runAsUser();
    context.put("seccompProfile", Map.of("type", "RuntimeDefault"));
    context.put("runAsUser", user);
    context.put("runAsNonRoot", user != 0);
    if (ids.runAsGroup() != null) {
      context.put("runAsGroup", ids.runAsGroup());
    }
    if (ids.fsGroup() != null) {
      context.put("fsGroup", ids.fsGroup());
      // The owner of each of a million files is not to be set anew for each collection.
      context.put("fsGroupChangePolicy", "OnRootMismatch");
    }
    if (!ids.supplementalGroups().isEmpty()) {
      context.put("supplementalGroups", ids.supplementalGroups());
    }
    if (ids.seLinux() != null) {
      context.put("seLinuxOptions", ids.seLinux());
    }
    map(job == null ? null : job.securityContext()).forEach(context::put);
    if (!map(job == null ? null : job.securityContext()).containsKey("runAsNonRoot")) {
      context.put("runAsNonRoot", !"0".equals(String.valueOf(context.get("runAsUser"))));
    }
    return convert(context, PodSecurityContext.class, "securityContext");
  }

  private static SecurityContext restricted() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .addToDrop("ALL")
        .endCapabilities()
        .build();
  }

  private ResourceRequirements resources(GarbageCollectionSettings.@Nullable Job job) {
    Map<?, ?> set = map(job == null ? null : job.resources());
    return convert(set.isEmpty() ? RESOURCES : set, ResourceRequirements.class, "resources");
  }

  private static Map<String, String> nodeSelector(GarbageCollectionSettings.@Nullable Job job) {
    Map<String, String> labels = new LinkedHashMap<>();
    map(job == null ? null : job.nodeSelector())
        .forEach((key, value) -> labels.put(key, String.valueOf(value)));
    return labels;
  }

  private List<Toleration> tolerations(GarbageCollectionSettings.@Nullable Job job) {
    return job == null || job.tolerations() == null
        ? List.of()
        : job.tolerations().stream()
            .map(each -> convert(map(each), Toleration.class, "tolerations"))
            .toList();
  }

  private static Map<String, Object> map(@Nullable Opaque opaque) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (opaque != null && opaque.value() instanceof Map<?, ?> map) {
      map.forEach((key, value) -> fields.put(String.valueOf(key), value));
    }
    return fields;
  }

  private <T> T convert(Map<?, ?> fields, Class<T> type, String field) {
    try {
      return serialization.convertValue(fields, type);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "spec.garbageCollection.job." + field + ": " + e.getMessage(), e);
    }
  }
}
