package dev.winnow.collect;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Storage;
import dev.winnow.cluster.GarbageCollectionResource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the Job that does one collection: the collector beside the registry, on its volume. */
public final class CollectorJob {
  private static final int MOST_MESSAGE = 4 << 10;

  /**
   * What a cluster keeps of how the containers of a pod ended, those included that run before the
   * others; each has an equal part. Source: kubernetes, pkg/kubelet/status, normalizeStatus.
   */
  private static final int MOST_MESSAGES = 12 << 10;

  /** Label with which Jobs and pods of the collector are found. */
  public static final String COMPONENT = "app.kubernetes.io/component";

  /** Its value. */
  public static final String COLLECTOR = "collector";

  private static final String SECOND = "-2";
  private final VolumeJob jobs;

  /**
   * What one collection is to be done by.
   *
   * @param drained since when no request is under way that began before; empty: not known
   * @param expect the volume's instance as last reported; null: any
   * @param yes whether a person has looked at what is odd about the volume
   * @param window the time in which nothing writes; null: the registry may
   * @param takeOnly whether nothing is to be removed for good
   * @param deferred what runs have left to it
   * @param fastTime times of a test
   */
  public record Order(
      GarbageCollectionResource collection,
      String name,
      Storage storage,
      GarbageCollectionSettings settings,
      boolean dryRun,
      Reading reading,
      CollectorImage image,
      Optional<Instant> drained,
      @Nullable String expect,
      boolean yes,
      @Nullable Window window,
      boolean takeOnly,
      List<Deferred> deferred,
      Optional<CollectorSettings.FastTime> fastTime) {
    RegistryWorkload workload() {
      return reading.workload();
    }
  }

  /**
   * Deletions that a run has left to the collection.
   *
   * @param number of the run among those of the collection
   * @param policy the name of its policy
   * @param at the instant that its ages are measured from
   * @param plan the ConfigMaps of its plan
   * @param documents the keys of its documents, each with the number and a hyphen before its name
   */
  public record Deferred(
      int number, String policy, Instant at, List<String> plan, List<String> documents) {
    /** Copies the lists. */
    public Deferred {
      plan = List.copyOf(plan);
      documents = List.copyOf(documents);
    }
  }

  /** The name of the ConfigMap with the documents of what was left to a Job. */
  public static String documents(String job) {
    return job + "-untag";
  }

  /**
   * When nothing writes.
   *
   * @param since from when on nothing could
   * @param until when the collector has to be done
   */
  public record Window(Instant since, Instant until) {}

  public CollectorJob(KubernetesSerialization serialization) {
    this.jobs = new VolumeJob(serialization);
  }

  /** The name of a collection's Job: the same each time that it is asked for. */
  public static String name(GarbageCollectionResource collection) {
    return name(collection.getMetadata().getName(), collection.getMetadata().getUid());
  }

  /** The same of a collection that may be gone. */
  public static String name(String name, String collectionUid) {
    return VolumeJob.name(name, collectionUid);
  }

  /** The name of the Job of its second pass, once the registry writes again. */
  public static String secondName(GarbageCollectionResource collection) {
    return name(collection.getMetadata().getName() + SECOND, collection.getMetadata().getUid());
  }

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException when what the Registry says of the Job is not of its shape
   */
  public Job of(Order order) {
    return jobs.of(
        new VolumeJob.Order(
            order.collection(),
            order.name(),
            COLLECTOR,
            order.storage(),
            order.settings().job(),
            order.workload(),
            order.image(),
            arguments(order),
            environment(order),
            false,
            null,
            order.deferred().isEmpty()
                ? VolumeJob.Untagging.NONE
                : new VolumeJob.Untagging(documents(order.name()), order.deferred())));
  }

  private static List<String> arguments(Order order) {
    GarbageCollectionSettings settings = order.settings();
    Optional<CollectorSettings.FastTime> fast = order.fastTime();
    String untagged = settings.untagged().olderThan();
    List<String> arguments =
        new ArrayList<>(List.of("collect", "--root", VolumeJob.root(order.workload())));
    arguments.addAll(List.of("-o", "json", "--result", VolumeJob.MESSAGE));
    int bytes = MOST_MESSAGES / (1 + order.deferred().size());
    if (bytes < MOST_MESSAGE) {
      arguments.addAll(List.of("--result-bytes", String.valueOf(bytes)));
    }
    arguments.addAll(
        List.of(
            "--grace",
            fast.map(CollectorSettings.FastTime::grace).orElse(settings.gracePeriod()),
            "--hold",
            fast.map(CollectorSettings.FastTime::hold).orElse(settings.holdPeriod()),
            "--untagged",
            fast.map(CollectorSettings.FastTime::untagged)
                .orElse(untagged.equals("Never") ? "never" : untagged)));
    switch (order.workload().cache()) {
      case NONE -> arguments.addAll(List.of("--cache", "none"));
      case MEMORY -> arguments.addAll(List.of("--cache", "memory"));
      case REDIS ->
          arguments.addAll(
              List.of("--cache", "redis", "--redis", redis(order).orElseThrow().url()));
      case UNKNOWN -> {
        if (order.window() != null) { // else that is as memory
          arguments.addAll(List.of("--cache", "memory"));
        }
      }
    }
    Window window = order.window();
    if (window != null) {
      arguments.addAll(List.of("--offline", "--until", window.until().toString()));
    }
    if (order.takeOnly()) {
      arguments.add("--take-only");
    }
    Optional.ofNullable(window)
        .map(Window::since)
        .or(() -> order.workload().writersSince())
        .ifPresent(since -> arguments.addAll(List.of("--writers-since", since.toString())));
    order.drained().ifPresent(since -> arguments.addAll(List.of("--drained", since.toString())));
    if (order.expect() != null) {
      arguments.addAll(List.of("--expect", order.expect()));
    }
    if (!order.deferred().isEmpty()) {
      arguments.addAll(List.of("--untag", UntaggingPod.LISTS));
    }
    if (order.dryRun()) {
      arguments.add("--dry-run");
    } else if (window == null) {
      arguments.add("--probe");
    }
    if (order.yes()) {
      arguments.add("--yes");
    }
    return arguments;
  }

  /** The registry's Redis: what the user says, else what the registry has. */
  public static RedisFinding redis(Storage storage, Reading reading) {
    Storage.Redis told = storage.redis();
    return told == null
        ? reading.redis()
        : new RedisFinding.Known(told.url(), told.passwordSecretRef());
  }

  private static Optional<RedisFinding.Known> redis(Order order) {
    return order.workload().cache() == RegistryWorkload.Cache.REDIS
            && redis(order.storage(), order.reading()) instanceof RedisFinding.Known known
        ? Optional.of(known)
        : Optional.empty();
  }

  private static List<EnvVar> environment(Order order) {
    List<EnvVar> environment = new ArrayList<>();
    redis(order)
        .map(RedisFinding.Known::password)
        .ifPresent(password ->
            environment.add(
                new EnvVarBuilder()
                    .withName("WINNOW_REDIS_PASSWORD")
                    .withNewValueFrom()
                    .withNewSecretKeyRef(password.key(), password.name(), false)
                    .endValueFrom()
                    .build()));
    if (order.fastTime().isPresent()) {
      environment.add(new EnvVar("WINNOW_TEST_FAST_TIME", "1", null));
    }
    return environment;
  }
}
