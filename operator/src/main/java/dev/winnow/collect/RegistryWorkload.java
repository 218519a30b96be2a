package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.SELinuxOptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster says about the processes that write to a registry's volume.
 *
 * @param cache where they remember which blobs exist; believed only for containers that started
 *     after that configuration was first seen
 * @param rootDirectory where the registry's store is on the volume, without slashes at its ends
 * @param takingWrites the containers of pods that do not refuse writes, as far as is known
 * @param writers every container that has the volume
 * @param writersSince the earliest start of the live ones, if all older ones were seen terminated
 * @param refusals why it is not to be collected
 * @param ids the ids that the registry's pods run with
 * @param node the node that holds a volume that only one node can have
 */
public record RegistryWorkload(
    Cache cache,
    String rootDirectory,
    List<TakesWrites> takingWrites,
    List<Writer> writers,
    Optional<Instant> writersSince,
    List<Refusal> refusals,
    Optional<SecurityIds> ids,
    Optional<String> node) {

  /** Copies the lists. */
  public RegistryWorkload {
    takingWrites = List.copyOf(takingWrites);
    writers = List.copyOf(writers);
    refusals = List.copyOf(refusals);
  }

  /** Where a registry remembers which blobs exist. */
  public enum Cache {
    NONE,
    MEMORY,
    REDIS,
    UNKNOWN
  }

  /**
   * A container that has the volume.
   *
   * @param terminating whether its pod is being deleted
   */
  public record Writer(
      String pod,
      String uid,
      String node,
      String container,
      String containerId,
      @Nullable Instant startedAt,
      boolean terminating) {}

  /**
   * A container that runs, or may, and is not known to refuse writes to the volume.
   *
   * @param terminating whether its pod is being deleted
   * @param replaced whether a window of the workload has another one in its place, or none
   */
  public record TakesWrites(String pod, String container, boolean terminating, boolean replaced) {}

  /**
   * @param reason in a word
   * @param message what was found, and what to do
   */
  public record Refusal(String reason, String message) {}

  /**
   * The ids that a pod runs with; null where it does not say.
   *
   * @param seLinux the label of its processes, and of what they share: with another one a node
   *     would give the whole volume that one, and the registry could not read it any more
   */
  public record SecurityIds(
      @Nullable Long runAsUser,
      @Nullable Long runAsGroup,
      @Nullable Long fsGroup,
      List<Long> supplementalGroups,
      @Nullable SELinuxOptions seLinux) {
    /** Copies the list. */
    public SecurityIds {
      supplementalGroups = List.copyOf(supplementalGroups);
    }

    /** Each of these, else the other's. */
    SecurityIds or(SecurityIds other) {
      return new SecurityIds(
          runAsUser == null ? other.runAsUser : runAsUser,
          runAsGroup == null ? other.runAsGroup : runAsGroup,
          fsGroup == null ? other.fsGroup : fsGroup,
          supplementalGroups.isEmpty() ? other.supplementalGroups : supplementalGroups,
          seLinux == null ? other.seLinux : seLinux);
    }

    boolean saysAnything() {
      return !equals(new SecurityIds(null, null, null, List.of(), null));
    }
  }
}
