package dev.winnow.controller;

import dev.winnow.api.Durations;
import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.RegistryStatus;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.collect.CollectorImage;
import dev.winnow.collect.CollectorJob;
import dev.winnow.collect.CollectorSettings;
import dev.winnow.collect.Drain;
import dev.winnow.collect.JobReader;
import dev.winnow.collect.JobState;
import dev.winnow.collect.Reading;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The Jobs of collections: made, started, looked at and deleted. */
final class CollectionJobs {
  private final KubernetesClient client;
  private final CollectorSettings settings;
  private final JobReader reader;
  private final CollectorJob jobs;
  private final Drain drain;
  private final DeferredDeletions deferred;

  /** What came of making one. */
  sealed interface Made {
    /** One to be started. */
    record Ready(Job job) implements Made {}

    /** There can be none. */
    record Refused(String reason, String message) implements Made {}
  }

  CollectionJobs(
      KubernetesClient client,
      CollectorSettings settings,
      DeferredDeletions deferred,
      Drain drain) {
    this.deferred = deferred;
    this.drain = drain;
    this.client = client;
    this.settings = settings;
    this.reader = new JobReader(client);
    this.jobs = new CollectorJob(client.getKubernetesSerialization());
  }

  /** Makes the Job of a collection, which is not started by that. */
  Made make(
      GarbageCollectionResource collection,
      String name,
      CollectionCheck.Verdict.Ready ready,
      Reading reading,
      CollectorJob.@Nullable Window window,
      boolean takeOnly) {
    Optional<CollectorImage> image = CollectorImage.of(client, settings);
    if (image.isEmpty()) {
      return new Made.Refused(
          "ImageUnknown",
          "the operator does not run in a pod, and does not know the collector's image; set"
              + " WINNOW_IMAGE in its environment");
    }
    RegistryStatus.Collections memory = CollectionMemory.of(ready.registry());
    Optional<RegistryStatus.Resumed> resumed = resumed(memory, collection);
    try {
      return new Made.Ready(
          jobs.of(
              new CollectorJob.Order(
                  collection,
                  name,
                  ready.storage(),
                  ready.settings(),
                  CollectionCreator.isDryRun(collection),
                  reading,
                  image.get(),
                  window == null ? drain.look(reading) : Optional.empty(),
                  expected(memory, resumed),
                  resumed.filter(each -> Halts.isLiftedByYes(each.reason())).isPresent(),
                  window,
                  takeOnly,
                  // What a window's second Job brings back it must not be told to delete.
                  name.equals(CollectorJob.name(collection))
                      ? deferred.of(collection, name, ready)
                      : List.of(),
                  settings.fastTime())));
    } catch (IllegalArgumentException e) {
      return new Made.Refused("Invalid", String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      Failure refused = Failure.forGood(e);
      return new Made.Refused(refused.reason(), refused.message());
    }
  }

  /** A collection has succeeded, and with it what runs had left to it. */
  void done(GarbageCollectionResource collection) {
    String name = CollectorJob.name(collection);
    deferred.done(
        collection, name, reader.incomplete(collection.getMetadata().getNamespace(), name));
  }

  /**
   * Why what a Job was given to delete is not meant any more; null while it is. Only one that has
   * not begun may be ended for that: what it has taken it is to look at again.
   */
  @Nullable Failure outdated(GarbageCollectionResource collection, String name) {
    return CollectionCreator.isDryRun(collection) ? null : deferred.outdated(collection, name);
  }

  /** How long a registry may be kept from writing. */
  Duration maxReadOnly(GarbageCollectionSettings of) {
    String text =
        settings.fastTime().map(CollectorSettings.FastTime::maxReadOnly).orElse(of.maxReadOnly());
    return Durations.parse(text)
        .orThrow(message -> new IllegalStateException("checked before: " + message));
  }

  /** The volume that it must be; null where a person says that it may be another by now. */
  private static @Nullable String expected(
      RegistryStatus.Collections memory, Optional<RegistryStatus.Resumed> resumed) {
    return resumed.filter(each -> each.reason().equals(Halts.OTHER_VOLUME)).isPresent()
        ? null
        : memory.instance();
  }

  /** The volume that whoever changes nothing has to find. */
  static @Nullable String expected(RegistryStatus.Collections memory) {
    return expected(
        memory,
        Optional.ofNullable(memory.resumed()).filter(each -> !Boolean.TRUE.equals(each.used())));
  }

  /** What a person let it go on from, and no other collection has begun by yet. */
  static Optional<RegistryStatus.Resumed> resumed(
      RegistryStatus.Collections memory, GarbageCollectionResource collection) {
    GarbageCollectionStatus status = collection.getStatus();
    return Optional.ofNullable(memory.resumed())
        .filter(each ->
            !Boolean.TRUE.equals(each.used())
                || (status != null && each.value().equals(status.resumed())));
  }

  JobState read(GarbageCollectionResource collection, String name) {
    return reader.read(collection, name);
  }

  /** Whether a pod of the Job may still have the volume. */
  boolean hasPods(String namespace, String name) {
    return reader.hasPods(namespace, name);
  }

  void delete(String namespace, String name) {
    client.batch().v1().jobs().inNamespace(namespace).withName(name).delete();
  }

  /**
   * Starts one; one of that name that is there already was started by an operator before us.
   *
   * @return why there will be none; empty where there is one
   */
  Optional<Failure> start(Job made) {
    try {
      client.resource(made).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        if (Failure.mayPass(e)) {
          throw e;
        }
        return Optional.of(
            new Failure("JobRefused", "the API server refuses the Job: " + e.getMessage(), false));
      }
    }
    return Optional.empty();
  }
}
