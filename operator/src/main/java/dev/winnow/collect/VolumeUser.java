package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container of a pod that can write to the volume of a claim.
 *
 * @param pod the pod
 * @param container as the pod has it
 * @param status what the kubelet says of it
 */
record VolumeUser(Pod pod, Container container, Optional<ContainerStatus> status) {
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");

  /** Those of a pod; its collector's own do not count. */
  static List<VolumeUser> of(Pod pod, String claim) {
    if (isCollector(pod)) {
      return List.of();
    }
    Map<String, ContainerStatus> statuses = statuses(pod);
    return containers(pod.getSpec())
        .filter(container -> mayWrite(pod.getSpec(), container, claim))
        .map(container ->
            new VolumeUser(pod, container, Optional.ofNullable(statuses.get(container.getName()))))
        .toList();
  }

  /** A pod of the collector's Jobs: it holds a lock of its own. */
  static boolean isCollector(Pod pod) {
    Map<String, String> labels =
        Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
    return "winnow".equals(labels.get("app.kubernetes.io/managed-by"))
        && "collector".equals(labels.get("app.kubernetes.io/component"));
  }

  /** Whether a pod can write to the claim. */
  static boolean mayWrite(PodSpec pod, String claim) {
    return containers(pod).anyMatch(container -> mayWrite(pod, container, claim));
  }

  private static boolean mayWrite(PodSpec pod, Container container, String claim) {
    return mounts(pod, container, claim).anyMatch(mount -> !isReadOnly(mount));
  }

  /** Whether a pod has the claim at all. */
  static boolean has(PodSpec pod, String claim) {
    return volumes(pod, claim).findAny().isPresent();
  }

  /** Where a container has the claim. */
  static Stream<VolumeMount> mounts(PodSpec pod, Container container, String claim) {
    Set<String> volumes = volumes(pod, claim).map(Volume::getName).collect(Collectors.toSet());
    return container.getVolumeMounts().stream().filter(mount -> volumes.contains(mount.getName()));
  }

  private static Stream<Volume> volumes(PodSpec pod, String claim) {
    return pod.getVolumes().stream()
        .filter(volume ->
            volume.getPersistentVolumeClaim() != null
                && claim.equals(volume.getPersistentVolumeClaim().getClaimName())
                && !Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly()));
  }

  private static boolean isReadOnly(VolumeMount mount) {
    return Boolean.TRUE.equals(mount.getReadOnly());
  }

  /** All containers of a pod, also those that come and go. */
  static Stream<Container> containers(PodSpec pod) {
    return Stream.of(
            pod.getContainers().stream(),
            pod.getInitContainers().stream(),
            pod.getEphemeralContainers().stream().map(VolumeUser::container))
        .flatMap(each -> each);
  }

  private static Container container(EphemeralContainer ephemeral) {
    return new ContainerBuilder()
        .withName(ephemeral.getName())
        .withImage(ephemeral.getImage())
        .withCommand(ephemeral.getCommand())
        .withArgs(ephemeral.getArgs())
        .withEnv(ephemeral.getEnv())
        .withEnvFrom(ephemeral.getEnvFrom())
        .withVolumeMounts(ephemeral.getVolumeMounts())
        .build();
  }

  private static Map<String, ContainerStatus> statuses(Pod pod) {
    return allStatuses(pod)
        .collect(Collectors.toMap(ContainerStatus::getName, each -> each, (one, other) -> one));
  }

  private static Stream<ContainerStatus> allStatuses(Pod pod) {
    PodStatus status = pod.getStatus();
    return status == null
        ? Stream.of()
        : Stream.of(
                status.getContainerStatuses(),
                status.getInitContainerStatuses(),
                status.getEphemeralContainerStatuses())
            .flatMap(List::stream);
  }

  /** The containers of a pod that the kubelet has seen end, by id. */
  static Stream<String> ended(Pod pod) {
    return allStatuses(pod)
        .flatMap(each -> Stream.of(each.getState(), each.getLastState()))
        .filter(Objects::nonNull)
        .map(ContainerState::getTerminated)
        .filter(each -> each != null && each.getContainerID() != null)
        .map(each -> each.getContainerID());
  }

  /** Its id while it runs. */
  Optional<String> running() {
    return status
        .filter(each -> each.getState() != null && each.getState().getRunning() != null)
        .map(ContainerStatus::getContainerID)
        .filter(id -> !id.isEmpty());
  }

  /** When it started; where it does not run, the earliest time at which it may do so again. */
  Instant startedAt() {
    return status
        .map(ContainerStatus::getState)
        .map(ContainerState::getRunning)
        .map(ContainerStateRunning::getStartedAt)
        .or(() -> terminated().map(ContainerStateTerminated::getFinishedAt))
        .map(Instant::parse)
        .orElse(created());
  }

  private Optional<ContainerStateTerminated> terminated() {
    return status.flatMap(each ->
        Stream.of(each.getState(), each.getLastState())
            .filter(Objects::nonNull)
            .map(ContainerState::getTerminated)
            .filter(Objects::nonNull)
            .findFirst());
  }

  Instant created() {
    return Instant.parse(pod.getMetadata().getCreationTimestamp());
  }

  /** Whether the kubelet may have started it and not said so yet, or may start it. */
  boolean mayStart() {
    PodStatus of = pod.getStatus();
    @Nullable String phase = of == null ? null : of.getPhase();
    return (phase == null || !ENDS.contains(phase)) && running().isEmpty() && !isDoneInit();
  }

  /** Whether it runs, or may. */
  boolean mayRun() {
    return running().isPresent() || mayStart();
  }

  /** Whether it is of this pod alone, and not of the next one of its template. */
  boolean isEphemeral() {
    return pod.getSpec().getEphemeralContainers().stream()
        .anyMatch(each -> each.getName().equals(container.getName()));
  }

  /** What prepares a pod and has done so is not started again. */
  private boolean isDoneInit() {
    return pod.getSpec().getInitContainers().contains(container)
        && status
            .map(ContainerStatus::getState)
            .map(ContainerState::getTerminated)
            .map(ContainerStateTerminated::getExitCode)
            .filter(code -> code == 0)
            .isPresent();
  }

  String node() {
    return Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
  }

  boolean isTerminating() {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }
}
