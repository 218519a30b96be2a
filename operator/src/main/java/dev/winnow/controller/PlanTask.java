package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.registry.DeleteGuard;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.retention.Action;
import dev.winnow.retention.Reason;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the plan of a run and stores it; sends the registry nothing but GET and HEAD. */
final class PlanTask {
  private static final Logger LOG = LoggerFactory.getLogger(PlanTask.class);
  private static final int MOST_REMARKS = 5;
  private static final DeleteGuard NOTHING =
      (repository, reference) -> Optional.of("a plan deletes nothing");

  private final RegistryClients clients;
  private final VolumePlanner volume;
  private final PlanStore store;
  private final Patience patience;
  private final Meters meters;
  private final Consumer<RegistryResource> doubt;

  /**
   * @param doubt told of a registry that does not answer
   */
  PlanTask(
      RegistryClients clients,
      VolumePlanner volume,
      PlanStore store,
      Patience patience,
      Meters meters,
      Consumer<RegistryResource> doubt) {
    this.clients = clients;
    this.volume = volume;
    this.store = store;
    this.patience = patience;
    this.meters = meters;
    this.doubt = doubt;
  }

  /** Plans, again and again while the registry is away. */
  TaskOutcome plan(RetentionRunResource run, PolicyVerdict.Ready ready, Instant at, RunTask task) {
    Patience.Waiting waiting = patience.begin();
    while (true) {
      TaskOutcome outcome = tryToPlan(run, ready, at, task);
      if (outcome instanceof TaskOutcome.Failed) {
        doubt.accept(ready.registry());
      }
      if (!(outcome instanceof TaskOutcome.Failed(Failure failure))
          || !failure.mayPass()
          || !waiting.again(task, failure.message())) {
        return task.stopped() == null ? outcome : new TaskOutcome.Dropped();
      }
    }
  }

  private TaskOutcome tryToPlan(
      RetentionRunResource run, PolicyVerdict.Ready ready, Instant at, RunTask task) {
    List<String> remarks = new CopyOnWriteArrayList<>();
    String namespace = run.getMetadata().getNamespace();
    try (RegistryClient client =
        clients.open(namespace, ready.registrySpec(), RetryPolicy.DEFAULT)) {
      RegistrySource source = new RegistrySource(client, NOTHING);
      StoredPlan.Sink sink =
          new StoredPlan.Sink(
              store.write(run, PlanStore.PLAN, task.claim()::isHeld, write -> stored(write, task)));
      Run work = RunWork.open(ready, client, source, at);
      PlanSummary summary =
          VolumePlanner.isNeeded(ready.spec())
              ? volume.plan(run, ready, work, VolumePlanner.Step.PLAN, sink, task)
              : new Planner(work, remarks::add, task).plan(sink);
      count(summary);
      return new TaskOutcome.Planned(
          status(summary, at),
          summary.overLimits(
              ready.spec().limits().maxDeletedTags(), ready.spec().limits().maxDeletedPercent()),
          sink.mostDeleted(),
          sink.names(),
          remarks(remarks, summary));
    } catch (RegistryClients.MissingException e) {
      return new TaskOutcome.Failed(e.failure());
    } catch (PlanJobException e) {
      return new TaskOutcome.Failed(e.failure());
    } catch (InterruptedIOException e) {
      return new TaskOutcome.Dropped();
    } catch (IOException e) {
      return new TaskOutcome.Failed(Failure.of(e));
    } catch (NotStoredException e) {
      return new TaskOutcome.Failed(
          new Failure("PlanNotStored", String.valueOf(e.getMessage()), false));
    } catch (KubernetesClientException e) {
      return new TaskOutcome.Failed(Failure.of(e));
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("run", World.key(run)).log("planning failed");
      return new TaskOutcome.Failed(
          new Failure("InternalError", "an error inside Winnow, please report it: " + e, false));
    }
  }

  private static final class NotStoredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotStoredException(KubernetesClientException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Writes again what the API server refuses: for that the registry need not be read again. */
  private String stored(Supplier<String> write, RunTask task) {
    Patience.Waiting waiting = patience.begin();
    while (true) {
      try {
        return write.get();
      } catch (KubernetesClientException e) {
        if (!waiting.again(task, "the plan cannot be stored: " + e.getMessage())) {
          throw new NotStoredException(e);
        }
      }
    }
  }

  private void count(PlanSummary summary) {
    meters.decided(Action.Keep, summary.keep());
    meters.decided(Action.Delete, summary.delete());
    meters.decided(Action.Skip, summary.skip());
  }

  private static RetentionRunStatus.Plan status(PlanSummary summary, Instant at) {
    Map<String, Long> reasons = new TreeMap<>();
    for (Map.Entry<Reason, Long> reason : summary.reasons().entrySet()) {
      reasons.put(reason.getKey().name(), reason.getValue());
    }
    return new RetentionRunStatus.Plan(
        at,
        summary.digest(),
        summary.tags(),
        summary.keep(),
        summary.delete(),
        summary.skip(),
        summary.repositories(),
        summary.reclaimableBytes(),
        People.size(summary.reclaimableBytes()),
        reasons,
        summary.selectsNothing().stream().limit(64).toList(),
        (long) summary.unreadable().size(),
        summary.waiting());
  }

  private static List<String> remarks(List<String> warnings, PlanSummary summary) {
    List<String> remarks = new ArrayList<>();
    summary.unreadable().forEach((repository, why) -> remarks.add(repository + ": " + why));
    remarks.addAll(warnings);
    return remarks.size() <= MOST_REMARKS ? remarks : remarks.subList(0, MOST_REMARKS);
  }
}
