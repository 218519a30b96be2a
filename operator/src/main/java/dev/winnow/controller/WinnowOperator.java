package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.cluster.NamedObjects;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.Drain;
import dev.winnow.schedule.Triggers;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The operator as a whole: its parts, put together, started and stopped. */
public final class WinnowOperator implements AutoCloseable {
  private static final Failure STOPS =
      new Failure(RunPhases.OPERATOR_STOPS, "the operator stops", true);

  /** What a stop may take, well within the grace period that Kubernetes gives a pod. */
  private static final Duration STOP = Duration.ofSeconds(20);

  /** Another one leads by now, or soon. */
  private static final Duration STOP_WHEN_LOST = Duration.ofSeconds(2);

  private final OperatorSettings settings;
  private final KubernetesClient client;
  private final World world = new World();
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final RunTasks tasks = new RunTasks(world);
  private final RunClaims claims;
  private final NamedObjects named;
  private final Triggers triggers;
  private final Triggers collectionTriggers;
  private final CollectionLocks collectionLocks;
  private final ClusterWorkloads workloads;
  private final WindowKeeper windows;
  private final Operator operator;
  private final ManagementServer management;
  private final @Nullable Leadership leadership;
  private volatile boolean stopping;

  /**
   * Puts an operator together; {@link #start} starts it.
   *
   * @param client closed with the operator
   * @throws IOException when the port of health and metrics is taken
   */
  @SuppressWarnings("resource") // binders of metrics live as long as the process
  public WinnowOperator(KubernetesClient client, OperatorSettings settings, InstantSource clock)
      throws IOException {
    this.settings = settings;
    this.client = client;
    this.leadership =
        settings.leaseNamespace() == null
            ? null
            : new Leadership(client, settings.leaseNamespace(), settings.identity());
    Meters meters = new Meters(metrics, clock);
    new JvmMemoryMetrics().bindTo(metrics);
    new JvmGcMetrics().bindTo(metrics);
    new ProcessorMetrics().bindTo(metrics);
    Events events = new Events(client, settings.identity(), clock);
    RegistryClients clients = new RegistryClients(client, settings.version(), clock, meters);
    PolicyCheck check = new PolicyCheck(world);
    RunCreator creator = new RunCreator(client, world, clock);
    PlanStore store = new PlanStore(client);
    LeaseLocks locks = new LeaseLocks(client, settings.identity(), clock, System::nanoTime);
    AtomicReference<RegistryReconciler> registries = new AtomicReference<>();
    this.named =
        new NamedObjects(client, key -> Objects.requireNonNull(registries.get()).changed(key));
    this.triggers = new Triggers("winnow-" + settings.identity(), key -> wake(world.policies, key));
    this.collectionTriggers =
        new Triggers("winnow-gc-" + settings.identity(), key -> wake(world.registries, key));
    this.collectionLocks = new CollectionLocks(locks);
    this.workloads = new ClusterWorkloads(client, clock, this::wakeStorage);
    CollectionCreator collections = new CollectionCreator(client, world, clock);
    CollectionCheck collectable = new CollectionCheck(world);
    registries.set(
        new RegistryReconciler(
            world,
            new RegistryProbe(clients),
            named,
            new RegistryStorage(client, workloads),
            new RegistryCollections(
                collections, collectable, collectionTriggers, events, meters, clock),
            events,
            clock));
    Consumer<RegistryResource> doubt =
        registry -> Objects.requireNonNull(registries.get()).changed(World.key(registry));
    FreshView view = new FreshView(world, client, settings.namespaces());
    VolumePlanner volume =
        new VolumePlanner(client, workloads, settings.collector(), settings.patience());
    PlanTask plan = new PlanTask(clients, volume, store, settings.patience(), meters, doubt);
    ApplyTask apply =
        new ApplyTask(
            world, check, clients, volume, locks, view, store, settings.patience(), meters, doubt);
    RunPhases phases =
        new RunPhases(
            world,
            check,
            tasks,
            plan,
            apply,
            client,
            settings.patience(),
            settings.identity(),
            clock);
    this.claims = new RunClaims(locks, this::wakeRuns);
    this.operator = new Operator(this::configure);
    register(registries.get(), WinnowOperator::hasChanged);
    register(
        new PolicyReconciler(world, check, creator, triggers, events, meters, clock),
        WinnowOperator::hasChanged);
    register(
        new RunReconciler(world, phases, tasks, claims, creator, events, meters, clock),
        (now, before) ->
            hasChanged(now, before) || RunCreator.phase(now) != RunCreator.phase(before));
    this.windows = new WindowKeeper(world, client, settings.namespaces(), events, meters, clock);
    CollectionJobs jobs =
        new CollectionJobs(
            client,
            settings.collector(),
            new DeferredDeletions(world, check, view, events, client),
            new Drain(clock));
    CollectionPhases collectionPhases =
        new CollectionPhases(
            collections,
            collectable,
            collectionLocks,
            workloads,
            jobs,
            new CollectionWindows(
                collections,
                collectable,
                collectionLocks,
                workloads,
                jobs,
                client,
                settings.patience(),
                clock,
                windows::soon),
            new CollectionRestart(collections, workloads, client, clock),
            new CacheProbing(
                world,
                collections,
                collectable,
                workloads,
                new PodProbe(clients, clock),
                settings.collector(),
                clock),
            settings.patience(),
            clock);
    register(
        new CollectionReconciler(
            world, collectionPhases, collectionLocks, claims, collections, events, meters),
        (now, before) ->
            hasChanged(now, before)
                || CollectionCreator.phase(now) != CollectionCreator.phase(before));
    this.management = new ManagementServer(settings.port(), this::isReady, metrics);
  }

  /** Starts, and returns once the caches are filled. */
  public void start() {
    operator.start();
    world.fill();
    windows.start();
  }

  /** Port of health and metrics. */
  public int managementPort() {
    return management.port();
  }

  /** Whether the caches follow the API server. */
  public boolean isReady() {
    return !stopping
        && operator.getRuntimeInfo().isStarted()
        && operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Whether it was told to stop. */
  boolean isStopping() {
    return stopping;
  }

  /**
   * Stops: plans are dropped, deletions under way are waited for and recorded, locks are let go;
   * the runs stay as they are, for the next operator.
   */
  public void stopWork() throws InterruptedException {
    tasks.stopAll(STOPS);
    stopping = true;
    triggers.close();
    collectionTriggers.close();
    boolean lost = leadership != null && leadership.isLost();
    tasks.awaitRecords(lost ? STOP_WHEN_LOST : STOP);
    windows.close();
    collectionLocks.close();
    claims.close();
    workloads.close();
    if (leadership != null) {
      leadership.release();
    }
  }

  @Override
  public void close() {
    try {
      stopWork();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    operator.stop();
    named.close();
    management.close();
    client.close();
  }

  private void configure(ConfigurationServiceOverrider options) {
    options
        .withKubernetesClient(client)
        .withCloseClientOnStop(false)
        .checkingCRDAndValidateLocalModel(false)
        .withExecutorService(Executors.newVirtualThreadPerTaskExecutor())
        .withReconciliationTerminationTimeout(Duration.ofSeconds(5));
    if (leadership != null) {
      options.withLeaderElectionConfiguration(leadership.configuration());
    }
  }

  private <R extends HasMetadata> void register(
      Reconciler<R> reconciler, OnUpdateFilter<R> filter) {
    operator.register(
        reconciler,
        (ControllerConfigurationOverrider<R> options) -> {
          if (settings.namespaces().isEmpty()) {
            options.watchingAllNamespaces();
          } else {
            options.settingNamespaces(settings.namespaces());
          }
          options
              .withOnUpdateFilter(filter)
              .withInformerListLimit(500L)
              .withRetry(
                  new GenericRetry()
                      .setInitialInterval(1_000)
                      .setIntervalMultiplier(2)
                      .setMaxInterval(60_000)
                      .setMaxAttempts(Integer.MAX_VALUE));
        });
  }

  /** A status is what we wrote ourselves; what a person changes moves one of these. */
  private static boolean hasChanged(HasMetadata now, HasMetadata before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
        || !Objects.equals(
            now.getMetadata().getDeletionTimestamp(), before.getMetadata().getDeletionTimestamp());
  }

  private void wakeRuns(String namespace) {
    world
        .runs
        .all()
        .filter(run -> run.getMetadata().getNamespace().equals(namespace))
        .filter(run -> !RunCreator.phase(run).isEnd())
        .forEach(world.runs::wake);
    world
        .collections
        .all()
        .filter(collection -> collection.getMetadata().getNamespace().equals(namespace))
        .filter(collection -> !CollectionCreator.phase(collection).isEnd())
        .forEach(world.collections::wake);
  }

  /** A container has ended that may have written to a registry's volume. */
  private void wakeStorage(String namespace) {
    world
        .registries
        .all()
        .filter(registry -> registry.getMetadata().getNamespace().equals(namespace))
        .filter(registry -> Specs.of(registry).map(Registry.Spec::storage).isPresent())
        .forEach(world.registries::wake);
  }

  private static void wake(World.Kind<?> kind, String key) {
    int slash = key.indexOf('/');
    kind.wake(key.substring(0, slash), key.substring(slash + 1));
  }
}
