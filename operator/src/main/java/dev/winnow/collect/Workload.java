package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadRef;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Deployment, a StatefulSet and a DaemonSet have in common.
 *
 * @param object as the API server has it
 * @param ref what it is called
 * @param template of its pods
 * @param claimTemplates names of the claims that each of its pods gets one of
 * @param rollout how far its pods are what the template says
 * @param obstacle why a change of the template does not reach its pods; empty when it does
 */
record Workload(
    HasMetadata object,
    WorkloadRef ref,
    LabelSelector selector,
    PodTemplateSpec template,
    List<String> claimTemplates,
    Rollout rollout,
    Optional<String> obstacle) {

  /**
   * @param isSeen whether its controller has seen the last change
   * @param wanted pods
   * @param updated pods that are of the present template
   * @param ready pods that are ready
   * @param all pods that there are, old ones too
   */
  record Rollout(boolean isSeen, int wanted, int updated, int ready, int all) {
    boolean isDone() {
      return isSeen && updated >= wanted && ready >= wanted && all <= updated;
    }

    @Override
    public String toString() {
      return isSeen
          ? updated + " of " + wanted + " pods are new, " + ready + " ready, " + all + " in all"
          : "its controller has not seen the change yet";
    }
  }

  static Workload of(Deployment object, WorkloadRef ref) {
    var spec = object.getSpec();
    var status = Objects.requireNonNull(object.getStatus());
    return new Workload(
        object,
        ref,
        spec.getSelector(),
        spec.getTemplate(),
        List.of(),
        new Rollout(
            isSeen(object, status.getObservedGeneration()),
            number(spec.getReplicas(), 1),
            number(status.getUpdatedReplicas(), 0),
            number(status.getReadyReplicas(), 0),
            number(status.getReplicas(), 0)),
        Boolean.TRUE.equals(spec.getPaused())
            ? Optional.of("it is paused: kubectl rollout resume")
            : Optional.empty());
  }

  static Workload of(StatefulSet object, WorkloadRef ref) {
    var spec = object.getSpec();
    var status = Objects.requireNonNull(object.getStatus());
    int wanted = number(spec.getReplicas(), 1);
    boolean isLast = Objects.equals(status.getCurrentRevision(), status.getUpdateRevision());
    boolean isPartitioned =
        spec.getUpdateStrategy() != null
            && spec.getUpdateStrategy().getRollingUpdate() != null
            && number(spec.getUpdateStrategy().getRollingUpdate().getPartition(), 0) > 0;
    return new Workload(
        object,
        ref,
        spec.getSelector(),
        spec.getTemplate(),
        spec.getVolumeClaimTemplates().stream()
            .map(claim -> claim.getMetadata().getName())
            .toList(),
        new Rollout(
            isSeen(object, status.getObservedGeneration()),
            wanted,
            isLast ? number(status.getReplicas(), 0) : number(status.getUpdatedReplicas(), 0),
            number(status.getReadyReplicas(), 0),
            number(status.getReplicas(), 0)),
        isPartitioned
            ? Optional.of("its spec.updateStrategy.rollingUpdate.partition keeps pods as they are")
            : onDelete(
                spec.getUpdateStrategy() == null ? null : spec.getUpdateStrategy().getType()));
  }

  static Workload of(DaemonSet object, WorkloadRef ref) {
    var spec = object.getSpec();
    var status = Objects.requireNonNull(object.getStatus());
    return new Workload(
        object,
        ref,
        spec.getSelector(),
        spec.getTemplate(),
        List.of(),
        new Rollout(
            isSeen(object, status.getObservedGeneration()),
            number(status.getDesiredNumberScheduled(), 0),
            number(status.getUpdatedNumberScheduled(), 0),
            number(status.getNumberReady(), 0),
            number(status.getCurrentNumberScheduled(), 0)),
        onDelete(spec.getUpdateStrategy() == null ? null : spec.getUpdateStrategy().getType()));
  }

  private static Optional<String> onDelete(@Nullable String strategy) {
    return "OnDelete".equals(strategy)
        ? Optional.of("its spec.updateStrategy is OnDelete; make it RollingUpdate")
        : Optional.empty();
  }

  private static boolean isSeen(HasMetadata object, @Nullable Long observed) {
    return observed != null && observed >= object.getMetadata().getGeneration();
  }

  private static int number(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }

  /** The registry's container: the one that is named, else the only one. */
  Optional<Container> container() {
    List<Container> all = template.getSpec().getContainers();
    return ref.container() == null
        ? all.size() == 1 ? Optional.of(all.getFirst()) : Optional.empty()
        : all.stream().filter(each -> each.getName().equals(ref.container())).findFirst();
  }

  /** For people. */
  String title() {
    return ref.kind() + " " + ref.name();
  }
}
