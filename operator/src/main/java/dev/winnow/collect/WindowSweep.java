package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
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
   * @param began since when the registry takes no writes; empty: not known
   */
  public record Swept(
      String namespace,
      WorkloadRef ref,
      WindowRecord record,
      Optional<Instant> began,
      WindowState state) {
    /** The same, of a window that was seen before: closing it is written down, too. */
    public Swept since(Optional<Instant> then) {
      return new Swept(namespace, ref, record, then, state);
    }
  }

  /**
   * What one look found.
   *
   * @param swept the windows that were not wanted
   * @param unread why some of the places could not be looked at; windows may be there
   */
  public record Look(List<Swept> swept, List<KubernetesClientException> unread) {}

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
   * Does the next thing for each window that has run out or is not wanted. A place that cannot be
   * looked at keeps no other window open.
   *
   * @param known workloads of the Registries that there are, looked at whatever stands on them;
   *     others are found by their label
   * @param isWanted whether the collection, in a namespace, that a window is for is there and under
   *     way
   */
  public Look advance(Collection<Place> known, BiPredicate<String, WindowRecord> isWanted) {
    List<KubernetesClientException> unread = new ArrayList<>();
    List<Swept> swept = new ArrayList<>();
    for (Workload workload : find(known, unread)) {
      tryTo(
          unread,
          () -> {
            if (hasWindow(workload) && isLeft(workload, isWanted)) {
              swept.add(tryToClose(workload));
            }
          });
    }
    return new Look(List.copyOf(swept), List.copyOf(unread));
  }

  private Collection<Workload> find(
      Collection<Place> known, List<KubernetesClientException> unread) {
    Workloads workloads = new Workloads(client);
    Map<String, Workload> all = new LinkedHashMap<>();
    Consumer<Workload> add = each -> all.putIfAbsent(each.object().getMetadata().getUid(), each);
    for (Place place : known) {
      tryTo(unread, () -> workloads.get(place.namespace(), place.ref()).ifPresent(add));
    }
    Stream<Optional<String>> where =
        namespaces.isEmpty() ? Stream.of(Optional.empty()) : namespaces.stream().map(Optional::of);
    where.forEach(namespace ->
        tryTo(unread, () -> workloads.labelled(namespace, WindowRecord.LABEL).forEach(add)));
    return all.values();
  }

  private static void tryTo(List<KubernetesClientException> unread, Runnable look) {
    try {
      look.run();
    } catch (KubernetesClientException e) {
      unread.add(e);
    }
  }

  /** One that has run out is closed even where nobody can say whether it is wanted. */
  private boolean isLeft(Workload workload, BiPredicate<String, WindowRecord> isWanted) {
    WindowRecord record = record(workload);
    return isOver(record) || !isWanted.test(namespace(workload), record);
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
          WindowRecord.began(workload),
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
    return new Swept(namespace, workload.ref(), record, WindowRecord.began(workload), state);
  }
}
