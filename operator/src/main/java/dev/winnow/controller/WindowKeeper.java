package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.Registry;
import dev.winnow.api.Storage;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.collect.CollectorJob;
import dev.winnow.collect.JobReader;
import dev.winnow.collect.WindowRecord;
import dev.winnow.collect.WindowState;
import dev.winnow.collect.WindowSweep;
import dev.winnow.collect.WindowSweep.Place;
import dev.winnow.collect.WindowSweep.Swept;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the windows closed that no collection closes: when the operator starts, when a collection is
 * gone, and each half minute as long as there is one.
 */
final class WindowKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WindowKeeper.class);
  private static final Duration PERIOD = Duration.ofSeconds(30);

  /** A window is closed in several steps, between which pods are replaced. */
  private static final Duration STEP = Duration.ofSeconds(2);

  private final World world;
  private final KubernetesClient client;
  private final WindowSweep sweep;
  private final JobReader jobs;
  private final Events events;
  private final Meters meters;
  private final InstantSource clock;
  private final Semaphore wakes = new Semaphore(0);
  private final Map<String, Swept> closing = new HashMap<>();
  private boolean isStanding;
  private boolean isEnding;
  private volatile boolean closed;

  /**
   * @param namespaces where to look; empty: everywhere
   */
  WindowKeeper(
      World world,
      KubernetesClient client,
      Set<String> namespaces,
      Events events,
      Meters meters,
      InstantSource clock) {
    this.world = world;
    this.client = client;
    this.sweep = new WindowSweep(client, clock, namespaces);
    this.jobs = new JobReader(client);
    this.events = events;
    this.meters = meters;
    this.clock = clock;
  }

  /** Begins; the caches of the world are filled. */
  void start() {
    Thread.ofVirtual().name("windows").start(this::run);
  }

  /** Has it look at once. */
  void soon() {
    wakes.release();
  }

  @Override
  public void close() {
    closed = true;
    wakes.release();
  }

  private void run() {
    try {
      boolean isNeeded = true;
      while (!closed) {
        if (isNeeded || isOpen()) {
          isNeeded = !look();
        }
        Duration pause = closing.isEmpty() && !isEnding ? PERIOD : STEP;
        isNeeded |= wakes.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        wakes.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a collection has a window, or had one of which it did not see the end. */
  private boolean isOpen() {
    return world
        .collections
        .all()
        .map(GarbageCollectionResource::getStatus)
        .anyMatch(status ->
            status != null && status.window() != null && status.window().closed() == null);
  }

  /** Looks once; whether no window is left. */
  private boolean look() {
    isStanding = false;
    isEnding = false;
    try {
      WindowSweep.Look look = sweep.advance(places(), this::isWanted);
      Map<String, Swept> now = new HashMap<>();
      for (Swept each : look.swept()) {
        String key = each.namespace() + " " + each.ref();
        Swept before = closing.get(key);
        now.put(key, before == null ? each : each.since(before.began()));
      }
      look.swept().forEach(WindowKeeper::warn);
      look.unread().forEach(this::warn);
      closing.forEach((key, each) -> {
        if (!now.containsKey(key)) {
          tell(each);
        }
      });
      closing.clear();
      closing.putAll(now);
      return now.isEmpty() && !isStanding && look.unread().isEmpty();
    } catch (RuntimeException e) { // whatever it is: without this thread no window would be closed
      warn(e);
      return false;
    }
  }

  private void warn(RuntimeException e) {
    if (!closed) {
      LOG.atWarn().setCause(e).log("read-only windows cannot be looked at; tried again soon");
    }
  }

  private static void warn(Swept swept) {
    if (swept.state() instanceof WindowState.Trouble(String reason, String message)) {
      LOG.atWarn()
          .addKeyValue("namespace", swept.namespace())
          .addKeyValue("workload", swept.ref().name())
          .log("a read-only window cannot be closed, tried again soon: {}: {}", reason, message);
    }
  }

  private List<Place> places() {
    return world
        .registries
        .all()
        .flatMap(registry ->
            Specs.of(registry)
                .map(Registry.Spec::storage)
                .map(Storage::workloadRef)
                .map(ref -> new Place(registry.getMetadata().getNamespace(), ref))
                .stream())
        .distinct()
        .toList();
  }

  /** Asks the API server: a window may be younger than what the caches have. */
  private boolean isWanted(String namespace, WindowRecord record) {
    GarbageCollectionResource collection =
        record.collection().isEmpty()
            ? null
            : client
                .resources(GarbageCollectionResource.class)
                .inNamespace(namespace)
                .withName(record.collection())
                .get();
    boolean isUnderWay =
        collection != null
            && collection.getMetadata().getUid().equals(record.uid())
            && collection.getMetadata().getDeletionTimestamp() == null
            && hasWindow(collection.getStatus());
    if (isUnderWay) {
      isStanding = true;
      return true;
    }
    // A collector that is being ended is not to meet a registry that writes.
    isEnding =
        !record.collection().isEmpty()
            && jobs.hasPods(namespace, CollectorJob.name(record.collection(), record.uid()));
    isStanding |= isEnding;
    return isEnding;
  }

  private static boolean hasWindow(GarbageCollectionStatus status) {
    return status != null
        && status.underWay()
        && status.window() != null
        && status.window().closed() == null;
  }

  private void tell(Swept swept) {
    if (!isWanted(swept.namespace(), swept.record())) { // else its collection counts it
      Instant began = swept.began().orElseGet(clock::instant);
      meters.wasReadOnly(Math.max(0, Duration.between(began, clock.instant()).toSeconds()));
    }
    LOG.atInfo()
        .addKeyValue("namespace", swept.namespace())
        .addKeyValue("workload", swept.ref().name())
        .addKeyValue("collection", swept.record().collection())
        .log("a read-only window that nobody wanted is closed");
    world
        .registries
        .get(swept.namespace(), swept.record().registry())
        .ifPresent(registry ->
            events.tell(
                registry,
                Events.Kind.Normal,
                "Window",
                "ReadOnlyEnded",
                swept.ref().kind()
                    + " "
                    + swept.ref().name()
                    + " takes writes again; the window of collection "
                    + swept.record().collection()
                    + " was left open"));
  }
}
