package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Restarts the pods of a registry, once a collection, so that what they remember ends. */
public final class RollingRestart {
  /** What kubectl rollout restart sets. */
  static final String AT = "kubectl.kubernetes.io/restartedAt";

  /** On the workload and in its template: the collection that it was restarted for. */
  static final String FOR = "winnow.dev/restarted-for";

  private static final String MANAGER = "winnow-restart";

  private final Workloads workloads;
  private final InstantSource clock;
  private final String namespace;
  private final WorkloadRef ref;

  /** How far it is. */
  public sealed interface State {
    /**
     * Not all of the pods are new.
     *
     * @param message what it waits for
     */
    record Rolling(String message) implements State {}

    /**
     * Every container that can write was started since.
     *
     * @param since the earliest start of those
     */
    record Done(Instant since) implements State {}

    /**
     * It cannot be done.
     *
     * @param reason in a word
     * @param message what to do
     */
    record Trouble(String reason, String message) implements State {}
  }

  public RollingRestart(
      KubernetesClient client, InstantSource clock, String namespace, WorkloadRef ref) {
    this.workloads = new Workloads(client);
    this.clock = clock;
    this.namespace = namespace;
    this.ref = ref;
  }

  /**
   * Begins it, if that was not done yet, and says how far it is.
   *
   * @param collection UID of the collection that it is for
   * @param writers who can write to the volume now
   */
  public State advance(String collection, Supplier<RegistryWorkload> writers) {
    Optional<Workload> found = workloads.get(namespace, ref);
    if (found.isEmpty()) {
      return new State.Trouble("WorkloadMissing", ref.kind() + " " + ref.name() + " is gone");
    }
    Workload workload = found.get();
    Map<String, String> template =
        Objects.requireNonNullElse(
            Optional.ofNullable(workload.template().getMetadata())
                .map(each -> each.getAnnotations())
                .orElse(null),
            Map.of());
    Map<String, String> own =
        Objects.requireNonNullElse(workload.object().getMetadata().getAnnotations(), Map.of());
    boolean isBegun = collection.equals(template.get(FOR));
    if (!isBegun && collection.equals(own.get(FOR))) {
      return new State.Trouble(
          "RestartReverted",
          "somebody took the annotation " + FOR + " from the pods of " + workload.title());
    }
    if (workload.obstacle().isPresent()) {
      return new State.Trouble(
          "RolloutBlocked",
          workload.title() + " does not replace its pods: " + workload.obstacle().get());
    }
    if (!isBegun) {
      return begin(workload, collection);
    }
    Instant at;
    try {
      at = Instant.parse(template.getOrDefault(AT, ""));
    } catch (DateTimeParseException e) {
      return new State.Trouble(
          "RestartReverted",
          "somebody changed the annotation " + AT + " of the pods of " + workload.title());
    }
    return underWay(workload, at, writers);
  }

  private State begin(Workload workload, String collection) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    // Taken from kubectl, where that was the last to restart: it is a time, not a wish.
    workloads.apply(
        workload,
        MANAGER,
        true,
        Map.of("annotations", Map.of(FOR, collection)),
        Map.of("metadata", Map.of("annotations", Map.of(AT, now, FOR, collection))));
    return new State.Rolling(workload.title() + " is restarted");
  }

  private static State underWay(Workload workload, Instant at, Supplier<RegistryWorkload> writers) {
    if (!workload.rollout().isDone()) {
      return new State.Rolling(workload.title() + " is restarted: " + workload.rollout());
    }
    return writers
        .get()
        .writersSince()
        .filter(since -> !since.isBefore(at))
        .<State>map(State.Done::new)
        .orElseGet(
            () -> new State.Rolling("waits until all containers from before the restart ended"));
  }
}
