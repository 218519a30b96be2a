package dev.winnow.e2e;

import dev.winnow.testing.TestCluster;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who had the lock of a namespace's only registry, and when its Jobs worked, in the order in which
 * the API server has it: by its resource versions, so that no clock and no poll is asked.
 */
final class LockHistory implements AutoCloseable {
  private static final String JOB = "batch.kubernetes.io/job-name";
  private static final String NOBODY = "nobody";

  private final KubernetesClient client;
  private final ConcurrentNavigableMap<Long, Event> events = new ConcurrentSkipListMap<>();

  private final Queue<String> gaps = new ConcurrentLinkedQueue<>();

  private sealed interface Event {
    record Lock(String holder) implements Event {}

    record Began(String job) implements Event {}

    record Ended(String job) implements Event {}
  }

  private LockHistory(TestCluster cluster, String namespace) {
    client = new KubernetesClientBuilder().withConfig(cluster.config()).build();
    client
        .leases()
        .inNamespace(namespace)
        .watch(
            each((action, lease) ->
                lease.getMetadata().getAnnotations().containsKey("winnow.dev/registry")
                    ? new Event.Lock(
                        action == Watcher.Action.DELETED
                            ? NOBODY
                            : lease.getSpec().getHolderIdentity())
                    : null));
    client
        .pods()
        .inNamespace(namespace)
        .withLabel(JOB)
        .watch(
            each((action, pod) -> {
              String job = Objects.requireNonNull(pod.getMetadata().getLabels().get(JOB));
              boolean ended = action == Watcher.Action.DELETED || hasEnded(pod);
              return ended ? new Event.Ended(job) : new Event.Began(job);
            }));
  }

  /** From now on, and nothing is in the namespace yet. */
  static LockHistory of(TestCluster cluster, String namespace) {
    return new LockHistory(cluster, namespace);
  }

  private static boolean hasEnded(Pod pod) {
    List<ContainerStatus> containers = pod.getStatus().getContainerStatuses();
    return !containers.isEmpty()
        && containers.stream().allMatch(each -> each.getState().getTerminated() != null);
  }

  private <T extends HasMetadata> Watcher<T> each(
      BiFunction<Watcher.Action, T, @Nullable Event> event) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T object) {
        Event what = event.apply(action, object);
        if (what != null) {
          events.put(Long.parseLong(object.getMetadata().getResourceVersion()), what);
        }
      }

      @Override
      public void onClose(WatcherException cause) {
        gaps.add("a part of the history is missing: " + cause.getMessage());
      }
    };
  }

  /** The Jobs that worked. */
  Set<String> jobs() {
    Set<String> jobs = new TreeSet<>();
    for (Event event : events.values()) {
      if (event instanceof Event.Began(String job)) {
        jobs.add(job);
      }
    }
    return jobs;
  }

  /** Runs that had the lock, as the Lease names them. */
  Set<String> runs() {
    Set<String> runs = new TreeSet<>();
    for (Event event : events.values()) {
      if (event instanceof Event.Lock(String holder) && holder.contains(" run ")) {
        runs.add(holder);
      }
    }
    return runs;
  }

  /**
   * Each time that a Job worked without the lock, or lost it, or two worked at once; and whatever
   * was not seen, as it may have been such a time.
   */
  Collection<String> faults() {
    List<String> faults = new ArrayList<>(gaps);
    String holder = NOBODY;
    Set<String> working = new TreeSet<>();
    for (Event event : events.values()) {
      switch (event) {
        case Event.Lock(String next) -> {
          if (!next.equals(holder) && !working.isEmpty()) {
            faults.add(working + " works while the lock goes from " + holder + " to " + next);
          }
          holder = next;
        }
        case Event.Began(String job) -> {
          if (!holder.endsWith(" collection " + job)) {
            faults.add(job + " works while the lock is with " + holder);
          }
          working.add(job);
          if (working.size() > 1) {
            faults.add(working + " work at once");
          }
        }
        case Event.Ended(String job) -> working.remove(job);
      }
    }
    return faults;
  }

  @Override
  public void close() {
    client.close();
  }
}
