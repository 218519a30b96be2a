package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the pods of namespaces to hear of each container's end: once its pod is gone, only the
 * last event of that says so.
 */
final class PodEnds implements AutoCloseable {
  /** Those that ended longest ago are forgotten; what is remembered of them is, by then, too. */
  private static final int MOST = 10_000;

  /** The API server tells at once what it knows; a busy one takes a moment. */
  private static final Duration REPLAY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(PodEnds.class);

  private final KubernetesClient client;
  private final Set<String> replayed = ConcurrentHashMap.newKeySet();
  private final Consumer<String> changed;
  private final Map<String, SharedIndexInformer<Pod>> informers = new HashMap<>();
  private final Set<String> ended =
      Collections.synchronizedSet(Collections.newSetFromMap(new Oldest()));

  private static final class Oldest extends LinkedHashMap<String, Boolean> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > MOST;
    }
  }

  /**
   * @param changed called with a namespace in which a container has ended
   */
  PodEnds(KubernetesClient client, Consumer<String> changed) {
    this.client = client;
    this.changed = changed;
  }

  /** Follows a namespace from now on. */
  synchronized void follow(String namespace) {
    informers.computeIfAbsent(
        namespace,
        in -> {
          SharedIndexInformer<Pod> informer =
              client.pods().inNamespace(in).runnableInformer(0).addEventHandler(new Listener());
          // A right that is missing now may be given later.
          informer.exceptionHandler((started, problem) -> true);
          informer.start();
          return informer;
        });
  }

  /**
   * Hears what was said of the pods of a namespace since a version, as far as the API server still
   * knows; once in the life of this.
   */
  void replay(String namespace, String version) {
    if (!replayed.add(namespace + " " + version)) {
      return;
    }
    CountDownLatch ended = new CountDownLatch(1);
    ListOptions since = new ListOptionsBuilder().withResourceVersion(version).build();
    try (Watch _ =
        client
            .pods()
            .inNamespace(namespace)
            .watch(
                since,
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, Pod pod) {
                    look(pod);
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    ended.countDown(); // it knows no more of that time
                  }
                })) {
      if (ended.await(REPLAY.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.atInfo()
            .addKeyValue("namespace", namespace)
            .log("the API server does not know what became of pods meanwhile");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("namespace", namespace)
          .setCause(e)
          .log("what became of pods meanwhile is not known");
    }
  }

  /** The version up to which a namespace was followed; empty where it is not. */
  synchronized Optional<String> version(String namespace) {
    return Optional.ofNullable(informers.get(namespace))
        .map(SharedIndexInformer::lastSyncResourceVersion)
        .filter(version -> !version.isEmpty());
  }

  /** Whether a container was seen to have ended. */
  boolean hasEnded(String id) {
    return ended.contains(id);
  }

  @Override
  public synchronized void close() {
    informers.values().forEach(SharedIndexInformer::close);
    informers.clear();
  }

  private void look(Pod pod) {
    if (pod.getSpec().getVolumes().stream()
        .allMatch(volume -> volume.getPersistentVolumeClaim() == null)) {
      return;
    }
    Set<String> found =
        VolumeUser.ended(pod).filter(id -> !ended.contains(id)).collect(Collectors.toSet());
    if (ended.addAll(found)) {
      changed.accept(pod.getMetadata().getNamespace());
    }
  }

  private final class Listener implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      look(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod now) {
      look(now);
    }

    @Override
    public void onDelete(Pod pod, boolean unknown) {
      look(pod);
    }
  }
}
