package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

/**
 * Closes the windows that nobody closes: of operators that were killed, of collections and
 * Registries that are gone. To be done when the operator starts, and again and again.
 */
public final class WindowSweep {
  private final KubernetesClient client;
  private final InstantSource clock;
  private final Set<String> namespaces;

  /**
   * What became of a window.
   *
   * @param record what stands on the workload
   */
  public record Swept(String namespace, WorkloadRef ref, WindowRecord record, WindowState state) {}

  /** Where a workload is. */
  public record Place(String namespace, WorkloadRef ref) {}

  /**
   * @param namespaces where to look; empty: everywhere
   */
  public WindowSweep(KubernetesClient client, InstantSource clock, Set<String> namespaces) {
    this.client = client;
    this.clock = clock;
    this.namespaces = namespaces;
  }

  /**
   * Does the next thing for each window that has run out or is not wanted.
   *
   * @param known workloads of the Registries that there are, looked at whatever stands on them;
   *     others are found by their label
   * @param isWanted whether the collection, in a namespace, that a window is for is there and under
   *     way
   */
  public List<Swept> advance(Collection<Place> known, BiPredicate<String, WindowRecord> isWanted) {
    Workloads workloads = new Workloads(client);
    Stream<Workload> labelled =
        namespaces.isEmpty()
            ? workloads.labelled(Optional.empty(), WindowRecord.LABEL)
            : namespaces.stream()
                .flatMap(each -> workloads.labelled(Optional.of(each), WindowRecord.LABEL));
    Map<String, Workload> all = new LinkedHashMap<>();
    known.forEach(place ->
        workloads
            .get(place.namespace(), place.ref())
            .ifPresent(each -> all.put(each.object().getMetadata().getUid(), each)));
    labelled.forEach(each -> all.putIfAbsent(each.object().getMetadata().getUid(), each));
    return all.values().stream()
        .filter(this::hasWindow)
        .filter(each -> !isWanted.test(namespace(each), record(each)) || isOver(record(each)))
        .map(this::tryToClose)
        .toList();
  }

  /** What stands in the way at one workload must not keep others from being closed. */
  private Swept tryToClose(Workload workload) {
    try {
      return close(workload);
    } catch (KubernetesClientException e) {
      return new Swept(
          namespace(workload),
          workload.ref(),
          record(workload),
          new WindowState.Trouble("WindowNotClosed", String.valueOf(e.getMessage())));
    }
  }

  private static String namespace(Workload workload) {
    return workload.object().getMetadata().getNamespace();
  }

  private boolean hasWindow(Workload workload) {
    return !WindowRecord.ownFields(workload).isEmpty()
        || WindowRecord.of(workload, client.getKubernetesSerialization()).isPresent();
  }

  private WindowRecord record(Workload workload) {
    return ReadOnlyWindow.found(workload, client);
  }

  private boolean isOver(WindowRecord record) {
    return !clock.instant().isBefore(record.until());
  }

  private Swept close(Workload workload) {
    String namespace = namespace(workload);
    WindowRecord record = record(workload);
    WindowState state =
        new ReadOnlyWindow(client, clock, namespace, workload.ref())
            .advance(
                ReadOnlyWindow.Wish.CLOSE,
                record,
                () -> {
                  throw new IllegalStateException("closing asks for no writers");
                });
    return new Swept(namespace, workload.ref(), record, state);
  }
}
