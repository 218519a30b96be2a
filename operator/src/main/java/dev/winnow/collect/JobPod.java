package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Job of ours, and its pod as far as there is one.
 *
 * @param container the name of the pod's container that counts
 */
public record JobPod(Job job, Optional<Pod> pod, String container) {
  /** What there is by a name. */
  public sealed interface Look {
    /** Nothing. */
    record Absent() implements Look {}

    /**
     * A Job that somebody else made.
     *
     * @param owner who, as far as it says
     */
    record OfAnother(String owner) implements Look {}

    /** The Job. */
    record Found(JobPod job) implements Look {}
  }

  /** Looks at the Job of a name that an owner has made. */
  public static Look look(KubernetesClient client, HasMetadata owner, String name) {
    String namespace = owner.getMetadata().getNamespace();
    Job job = client.batch().v1().jobs().inNamespace(namespace).withName(name).get();
    if (job == null) {
      return new Look.Absent();
    }
    if (!isOf(job, owner)) {
      return new Look.OfAnother(
          job.getMetadata().getOwnerReferences().stream()
              .findFirst()
              .map(other -> other.getKind() + " " + other.getName())
              .orElse("nobody"));
    }
    Optional<Pod> pod = pods(client, namespace, name).filter(each -> isOf(each, job)).findFirst();
    String role = job.getMetadata().getLabels().get(CollectorJob.COMPONENT);
    return new Look.Found(new JobPod(job, pod, Objects.requireNonNullElse(role, "")));
  }

  static Stream<Pod> pods(KubernetesClient client, String namespace, String job) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("batch.kubernetes.io/job-name", job)
        .list()
        .getItems()
        .stream();
  }

  private static boolean isOf(HasMetadata object, HasMetadata owner) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners.stream().anyMatch(each -> each.getUid().equals(owner.getMetadata().getUid()));
  }

  public String uid() {
    return job.getMetadata().getUid();
  }

  /** How the Job ended; empty while it has not. */
  public Optional<JobCondition> end() {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(each -> each.getType().equals("Complete") || each.getType().equals("Failed"))
            .filter(each -> each.getStatus().equals("True"))
            .findFirst();
  }

  /** What the kubelet says of its container. */
  private Optional<ContainerState> state() {
    return pod.filter(each -> each.getStatus() != null)
        .flatMap(each ->
            each.getStatus().getContainerStatuses().stream()
                .filter(status -> status.getName().equals(container))
                .findFirst())
        .map(ContainerStatus::getState);
  }

  /** Whether a container works that makes something ready for it. */
  public boolean isPreparing() {
    return before().anyMatch(each -> each.getRunning() != null);
  }

  /**
   * When the last of those that make something ready for it had done so; before the first has, when
   * the Job was made.
   */
  Instant progress() {
    return before()
        .map(ContainerState::getTerminated)
        .filter(ended -> ended != null && ended.getExitCode() == 0)
        .map(ContainerStateTerminated::getFinishedAt)
        .filter(Objects::nonNull)
        .map(Instant::parse)
        .max(Comparator.naturalOrder())
        .orElseGet(() -> Instant.parse(job.getMetadata().getCreationTimestamp()));
  }

  /** What the kubelet says of the containers that come before it. */
  private Stream<ContainerState> before() {
    return pod.filter(each -> each.getStatus() != null).stream()
        .flatMap(each -> each.getStatus().getInitContainerStatuses().stream())
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull);
  }

  public boolean isRunning() {
    return state().map(ContainerState::getRunning).isPresent();
  }

  /** How its container ended; null while that is not said. */
  public @Nullable ContainerStateTerminated terminated() {
    return state().map(ContainerState::getTerminated).or(this::failedBefore).orElse(null);
  }

  /** How a container ended that was to make something ready for it, and did not. */
  private Optional<ContainerStateTerminated> failedBefore() {
    return before()
        .map(ContainerState::getTerminated)
        .filter(ended -> ended != null && ended.getExitCode() != 0)
        .findFirst();
  }

  /** Why its container does not run yet. */
  public String waitsFor() {
    if (pod.isEmpty()) {
      return "the Job has no pod yet; if it gets none, kubectl describe job "
          + job.getMetadata().getName()
          + " says why (spec.garbageCollection.job has its securityContext and resources)";
    }
    var waiting = state().map(ContainerState::getWaiting).orElse(null);
    if (waiting != null) {
      String message = waiting.getMessage() == null ? "" : ": " + waiting.getMessage();
      return "the pod waits: " + waiting.getReason() + message;
    }
    return pod.get().getStatus().getConditions().stream()
        .filter(each -> each.getStatus().equals("False") && each.getMessage() != null)
        .findFirst()
        .map(each -> "the pod waits: " + each.getReason() + ": " + each.getMessage())
        .orElse("the pod starts");
  }

  /** How it ended, where it could not say so itself. */
  public String ending() {
    StringBuilder text = new StringBuilder();
    end().ifPresent(end -> text.append(end.getReason()).append(": ").append(end.getMessage()));
    ContainerStateTerminated terminated = terminated();
    if (terminated != null) {
      text.append(text.isEmpty() ? "its container: " : "; its container: ")
          .append(terminated.getReason())
          .append(", exit status ")
          .append(terminated.getExitCode());
      if (terminated.getMessage() != null && !terminated.getMessage().isBlank()) {
        text.append(", ").append(terminated.getMessage().strip());
      }
    }
    return text.toString();
  }

  public boolean wasKilledForMemory() {
    ContainerStateTerminated terminated = terminated();
    return terminated != null && "OOMKilled".equals(terminated.getReason());
  }
}
