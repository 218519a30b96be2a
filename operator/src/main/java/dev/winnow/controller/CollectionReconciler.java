package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.cluster.Events;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.collect.CollectorJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes each GarbageCollection from phase to phase; the work itself is done by its Job. */
@ControllerConfiguration(
    name = "garbagecollection",
    generationAwareEventProcessing = false,
    triggerReconcilerOnAllEvents = true)
final class CollectionReconciler implements Reconciler<GarbageCollectionResource> {
  private static final Duration CLAIM_AGAIN = Duration.ofSeconds(2);

  /** A net below the wakes. */
  private static final Duration AT_LATEST = Duration.ofMinutes(10);

  private final World world;
  private final CollectionPhases phases;
  private final CollectionLocks locks;
  private final RunClaims claims;
  private final CollectionCreator collections;
  private final Events events;
  private final Meters meters;

  CollectionReconciler(
      World world,
      CollectionPhases phases,
      CollectionLocks locks,
      RunClaims claims,
      CollectionCreator collections,
      Events events,
      Meters meters) {
    this.world = world;
    this.phases = phases;
    this.locks = locks;
    this.claims = claims;
    this.collections = collections;
    this.events = events;
    this.meters = meters;
  }

  @Override
  public List<EventSource<?, GarbageCollectionResource>> prepareEventSources(
      EventSourceContext<GarbageCollectionResource> context) {
    List<EventSource<?, GarbageCollectionResource>> sources =
        new ArrayList<>(world.collections.sources(context));
    sources.add(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Job.class, GarbageCollectionResource.class)
                .withLabelSelector(CollectorJob.COMPONENT + "=" + CollectorJob.COLLECTOR)
                .build(),
            context));
    return sources;
  }

  @Override
  public UpdateControl<GarbageCollectionResource> reconcile(
      GarbageCollectionResource collection, Context<GarbageCollectionResource> context) {
    world.collections.eachGone(collection, context.isPrimaryResourceDeleted(), this::end);
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    if (collection.getMetadata().getDeletionTimestamp() != null) {
      end(collection);
      return UpdateControl.noUpdate();
    }
    if (!world.isFilled()) {
      return UpdateControl.<GarbageCollectionResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    if (CollectionCreator.phase(collection).isEnd()) {
      leave(collection);
      return isSeenByOthers(collection)
          ? UpdateControl.noUpdate()
          : UpdateControl.<GarbageCollectionResource>noUpdate().rescheduleAfter(World.FILLING);
    }
    return UpdateControl.<GarbageCollectionResource>noUpdate()
        .rescheduleAfter(step(collection, context));
  }

  /** Somebody has deleted it. */
  private void end(GarbageCollectionResource collection) {
    phases.cancel(collection);
    claims.release(collection);
    wakeOthers(collection);
  }

  private Duration step(
      GarbageCollectionResource collection, Context<GarbageCollectionResource> context) {
    LeaseLock.Attempt attempt;
    try {
      attempt = claims.take(collection);
    } catch (KubernetesClientException e) {
      if (Failure.mayPass(e)) {
        throw e;
      }
      CollectionStep refused = phases.unclaimed(collection, e);
      write(collection, refused.status(), context);
      return Objects.requireNonNullElse(refused.again(), World.FILLING);
    }
    return switch (attempt) {
      case LeaseLock.Attempt.Busy busy -> {
        meters.runOfAnother();
        yield CLAIM_AGAIN;
      }
      case LeaseLock.Attempt.Held(LeaseLock claim) -> {
        CollectionStep step = phases.next(collection, claim);
        GarbageCollectionResource written = write(collection, step.status(), context);
        if (step.start() != null) {
          Optional<Failure> refused = phases.start(step.start());
          if (refused.isPresent()) {
            written = write(written, phases.refused(written, refused.get()).status(), context);
          }
        }
        Phase phase = CollectionCreator.phase(written);
        if (phase.isEnd()) {
          locks.release(collection);
        }
        if (!CollectionCreator.isUnderWay(written)) {
          claims.release(collection);
        }
        yield phase.isEnd() ? World.FILLING : Objects.requireNonNullElse(step.again(), AT_LATEST);
      }
    };
  }

  private GarbageCollectionResource write(
      GarbageCollectionResource collection,
      GarbageCollectionStatus next,
      Context<GarbageCollectionResource> context) {
    GarbageCollectionStatus status = next.observed(collection.getMetadata().getGeneration());
    GarbageCollectionResource written =
        StatusWriter.write(collection, status, GarbageCollectionResource::new, context);
    tellWindow(written, collection.getStatus(), status.window());
    tellRestart(written, collection.getStatus(), status.restart());
    if (status.resumed() != null && hasJob(status) && !hasJob(collection.getStatus())) {
      wakeOthers(collection); // what a person allowed is used up from now on
    }
    Phase after = CollectionCreator.phase(written);
    if (CollectionCreator.phase(collection) != after) {
      tell(written, CollectionCreator.phase(collection), status);
      if (after.isEnd()) {
        wakeOthers(collection);
      }
    }
    return written;
  }

  private void tellWindow(
      GarbageCollectionResource collection,
      @Nullable GarbageCollectionStatus before,
      GarbageCollectionStatus.@Nullable Window now) {
    GarbageCollectionStatus.Window was = before == null ? null : before.window();
    if (now != null && was == null) {
      events.tell(
          collection,
          Events.Kind.Normal,
          "Window",
          "ReadOnlyBegan",
          "the registry takes no writes soon, until " + now.until() + " at the latest");
    }
    if (now != null && now.seconds() != null && (was == null || was.seconds() == null)) {
      meters.wasReadOnly(now.seconds());
      events.tell(
          collection,
          Events.Kind.Normal,
          "Window",
          "ReadOnlyEnded",
          "the registry takes writes again, after " + now.seconds() + " seconds");
    }
  }

  private void tellRestart(
      GarbageCollectionResource collection,
      @Nullable GarbageCollectionStatus before,
      GarbageCollectionStatus.@Nullable Restart now) {
    GarbageCollectionStatus.Restart was = before == null ? null : before.restart();
    if (now == null || !now.over() || (was != null && was.over())) {
      return;
    }
    events.tell(
        collection,
        now.message() == null ? Events.Kind.Normal : Events.Kind.Warning,
        "Restart",
        now.message() == null ? "RegistryRestarted" : "RegistryNotRestarted",
        now.message() == null
            ? "all pods that write are new, so that none remembers what was taken before"
            : "the collection goes on, and what waits for a restart stays: " + now.message());
  }

  private void tell(
      GarbageCollectionResource collection, Phase before, GarbageCollectionStatus status) {
    Phase phase = CollectionCreator.phase(collection);
    if (phase.isWorking() && !before.isWorking() && status.job() != null) {
      String job = status.job().name();
      events.tell(
          collection, Events.Kind.Normal, "Collect", "CollectionStarted", "by the Job " + job);
    }
    if (!phase.isEnd()) {
      return;
    }
    String reason = status.why().map(Condition::reason).orElse("");
    String message = status.why().map(Condition::message).orElse("");
    meters.collectionEnded(phase.name(), reason, status.result());
    events.tell(
        collection,
        phase == Phase.Failed ? Events.Kind.Warning : Events.Kind.Normal,
        "Finish",
        "Collection" + phase,
        phase == Phase.Failed ? reason + ": " + message : message);
    GarbageCollectionStatus.Result result = status.result();
    if (result != null && result.restored() != null && result.restored().blobs() > 0) {
      events.tell(
          collection,
          Events.Kind.Normal,
          "Restore",
          "DataRestored",
          result.restored().blobs() + " blobs that were needed again are back in their place");
    }
  }

  /**
   * Whether who looks for the collections of the registry finds that this one has ended: what we
   * wrote ourselves is in the index a little later, and no event comes for it.
   */
  private boolean isSeenByOthers(GarbageCollectionResource collection) {
    return collections
        .registry(collection)
        .map(registry ->
            collections.of(registry).stream()
                .filter(each -> World.key(each).equals(World.key(collection)))
                .allMatch(each -> CollectionCreator.phase(each).isEnd()))
        .orElse(true);
  }

  private void leave(GarbageCollectionResource collection) {
    locks.release(collection);
    claims.release(collection);
    wakeOthers(collection);
  }

  private static boolean hasJob(@Nullable GarbageCollectionStatus status) {
    return status != null && status.job() != null && status.job().uid() != null;
  }

  /** Its registry, which tells what came of it, and the collections behind it. */
  private void wakeOthers(GarbageCollectionResource collection) {
    collections
        .registry(collection)
        .ifPresent(registry -> {
          world.registries.wake(registry);
          collections.of(registry).stream()
              .filter(other -> !CollectionCreator.phase(other).isEnd())
              .filter(other -> !World.key(other).equals(World.key(collection)))
              .forEach(world.collections::wake);
        });
  }
}
