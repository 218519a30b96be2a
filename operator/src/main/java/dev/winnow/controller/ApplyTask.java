package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.LeaseLock;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.run.Agreement;
import dev.winnow.run.Applied;
import dev.winnow.run.Applied.Later;
import dev.winnow.run.Applier;
import dev.winnow.run.DecidedElsewhere;
import dev.winnow.run.Planned;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the stored plan of a run: under the registry's lock it decides each repository afresh and
 * deletes what the plan and the state of now both want.
 */
final class ApplyTask {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyTask.class);

  /** Some deletions failed of what may pass; when it does not, that is no end but their outcome. */
  private static final String LATER = "Later";

  private final World world;
  private final PolicyCheck check;
  private final RegistryClients clients;
  private final VolumePlanner volume;
  private final RegistryTurn turn;
  private final FreshView view;
  private final RunRecords records;
  private final Patience patience;
  private final ApplyReport report;
  private final Consumer<RegistryResource> doubt;

  /**
   * @param doubt told of a registry that does not answer, or does not delete
   */
  ApplyTask(
      World world,
      PolicyCheck check,
      RegistryClients clients,
      VolumePlanner volume,
      LeaseLocks locks,
      FreshView view,
      PlanStore store,
      Patience patience,
      Meters meters,
      Consumer<RegistryResource> doubt) {
    this.world = world;
    this.check = check;
    this.clients = clients;
    this.volume = volume;
    this.turn = new RegistryTurn(world, locks, meters);
    this.view = view;
    this.records = new RunRecords(store, patience);
    this.patience = patience;
    this.doubt = doubt;
    this.report = new ApplyReport(store, patience, meters);
  }

  /**
   * Applies.
   *
   * @param resumed whether an operator that is gone has begun: what is gone by now counts as
   *     deleted
   */
  TaskOutcome apply(RetentionRunResource run, boolean resumed, RunTask task) {
    RetentionRunStatus.Plan plan = run.getStatus() == null ? null : run.getStatus().plan();
    if (plan == null) {
      return failed("PlanMissing", "the run has no plan in its status");
    }
    RunRecords.Earlier earlier = RunRecords.Earlier.NOTHING;
    Map<Planned, Decision> deletions;
    try {
      if (resumed) {
        earlier = records.earlier(run, task);
      }
      deletions = records.plan(run, plan.digest(), task);
    } catch (IOException e) {
      Failure missing = new Failure("PlanMissing", String.valueOf(e.getMessage()), false);
      return ApplyReport.of(earlier, missing);
    } catch (KubernetesClientException e) {
      return task.left() == null
          ? failed("ApiServerRefused", String.valueOf(e.getMessage()))
          : new TaskOutcome.Dropped();
    }
    Map<Planned, Applied> outcomes = new LinkedHashMap<>(earlier.deleted(deletions.keySet()));
    @Nullable Failure stopped;
    try {
      stopped = new Applying(run, plan, deletions, outcomes, task).applyAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped = task.stopped();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("run", World.key(run)).log("applying failed");
      stopped = bug(e);
    }
    return report.of(run, deletions, outcomes, resumed, stopped, task);
  }

  private static Failure bug(Exception e) {
    return new Failure("InternalError", "an error inside Winnow, please report it: " + e, false);
  }

  private static TaskOutcome failed(String reason, String message) {
    return new TaskOutcome.Failed(new Failure(reason, message, false));
  }

  /** One application of one plan. */
  private final class Applying {
    private final RetentionRunResource run;
    private final RetentionRunStatus.Plan plan;
    private final Map<Planned, Applied> outcomes;
    private final RunTask task;
    private List<Planned> open;

    Applying(
        RetentionRunResource run,
        RetentionRunStatus.Plan plan,
        Map<Planned, Decision> deletions,
        Map<Planned, Applied> outcomes,
        RunTask task) {
      this.run = run;
      this.plan = plan;
      this.outcomes = outcomes;
      this.task = task;
      this.open =
          deletions.keySet().stream().filter(planned -> !outcomes.containsKey(planned)).toList();
    }

    /** Applies until nothing is open; gives why it was stopped before, null when it was not. */
    @Nullable Failure applyAll() throws InterruptedException {
      Patience.Waiting waiting = patience.begin();
      while (!open.isEmpty()) {
        int before = open.size();
        Failure failure = task.stopped() != null ? task.stopped() : applyOnce();
        if (failure == null || open.size() < before) {
          waiting = patience.begin(); // as long as something moves it goes on
        }
        if (failure != null && (!failure.mayPass() || !waiting.again(task, failure.message()))) {
          Failure end = task.stopped() == null ? failure : task.stopped();
          return end.reason().equals(LATER) ? null : end;
        }
      }
      return null;
    }

    /** Applies what is open; gives what speaks against it, null when it was applied. */
    private @Nullable Failure applyOnce() throws InterruptedException {
      FreshView.Looks looks = view.looks();
      Failure outdated = looks.problem();
      if (outdated != null) {
        return outdated;
      }
      String name = Specs.of(run).map(spec -> spec.policyRef().name()).orElse("");
      // Looked up once: what is checked is the very policy that is applied.
      Optional<RetentionPolicyResource> policy =
          world.policies.get(run.getMetadata().getNamespace(), name);
      Failure changed = PolicyChange.of(policy, name, run.getStatus());
      if (changed != null) {
        return changed;
      }
      return switch (check.check(policy.orElseThrow())) {
        case PolicyVerdict.Stalled(String reason, String message) ->
            new Failure(reason, message, false);
        case PolicyVerdict.Waiting(String reason, String message) ->
            new Failure(reason, message, false);
        case PolicyVerdict.Obstructed(var look, String message) ->
            new Failure(PolicyVerdict.Obstructed.REASON, message, false);
        case PolicyVerdict.Ready ready -> {
          if (!ready.hostPort().equals(run.getStatus().registry())) {
            yield new Failure(
                "RegistryChanged",
                "the plan is of "
                    + run.getStatus().registry()
                    + ", the policy now of "
                    + ready.hostPort(),
                false);
          }
          if (DeletionByVolume.isAskedFor(ready.registrySpec())) {
            open.forEach(
                planned -> outcomes.put(planned, Applied.skipped(Reason.LeftToCollection)));
            open = List.of();
            yield null;
          }
          Failure failure = locked(ready, looks);
          if (failure != null || anyFailed()) {
            doubt.accept(ready.registry());
          }
          yield failure;
        }
      };
    }

    private boolean anyFailed() {
      return outcomes.values().stream().anyMatch(a -> a.outcome() == Applied.Result.Failed);
    }

    private @Nullable Failure locked(PolicyVerdict.Ready ready, FreshView.Looks looks)
        throws InterruptedException {
      if (!task.claim().isHeld()) {
        return new Failure("LockLost", "another operator may do this run by now", true);
      }
      LeaseLock lock;
      try {
        lock = turn.await(run, ready, task);
      } catch (KubernetesClientException e) {
        return RegistryTurn.refused(ready, e);
      }
      if (lock == null) {
        return task.stopped();
      }
      try (lock;
          RegistryClient client =
              clients.open(
                  run.getMetadata().getNamespace(), ready.registrySpec(), RetryPolicy.DEFAULT)) {
        RunGuard guard = new RunGuard(open, task, lock, ready, world, check, looks);
        RegistrySource source = new RegistrySource(client, guard);
        var work = RunWork.open(ready, client, source, plan.time());
        Failure refused = refusal(source);
        return refused == null
            ? apply(new Applier(work, agreement(ready, work), source, task), guard)
            : refused;
      } catch (RegistryClients.MissingException e) {
        return e.failure();
      } catch (PlanJobException e) {
        return e.failure();
      } catch (KubernetesClientException e) {
        return new Failure("ApiServerRefused", String.valueOf(e.getMessage()), true);
      } catch (IOException e) {
        return Failure.of(e);
      }
    }

    /** What the registry's API does not tell is decided afresh by a Job. */
    private Agreement agreement(PolicyVerdict.Ready ready, Run work)
        throws PlanJobException, IOException {
      if (!VolumePlanner.isNeeded(ready.spec())) {
        return Agreement.with(work);
      }
      DecidedElsewhere decided = new DecidedElsewhere(work, open);
      volume.plan(run, ready, work, VolumePlanner.Step.AGAIN, decided, task);
      return decided;
    }

    private @Nullable Failure apply(Applier applier, RunGuard guard) {
      task.onStop(() -> applier.stop("the run was stopped"));
      Map<Planned, Applied> now = applier.apply(open);
      boolean shifted =
          guard.basisChanged() || guard.interruption() != null || task.stopped() != null;
      now.forEach((planned, applied) -> note(planned, applied, shifted));
      open =
          open.stream()
              .filter(planned -> {
                Applied applied = Objects.requireNonNull(now.get(planned), "each has an outcome");
                return applied.later() != Later.No || (shifted && isNotTried(applied));
              })
              .toList();
      Exception fault = applier.fault().orElse(null);
      if (fault != null) {
        return fault instanceof IOException e ? Failure.of(e) : bug(fault);
      }
      if (guard.interruption() != null) {
        return guard.interruption();
      }
      return now.values().stream()
          .filter(applied -> applied.later() != Later.No)
          .findFirst()
          .map(applied -> new Failure(LATER, String.valueOf(applied.message()), true))
          .orElse(null);
    }

    /** Notes what became of a deletion so far; what was not tried adds nothing to that. */
    private void note(Planned planned, Applied applied, boolean shifted) {
      Applied before = outcomes.get(planned);
      boolean wasSent = before != null && before.later() == Later.MayBeGone;
      if (isNotTried(applied)) {
        if (!shifted) {
          outcomes.putIfAbsent(planned, applied);
        }
      } else if (wasSent && applied.reason() == Reason.AlreadyGone) {
        outcomes.put(planned, Applied.DELETED);
      } else if (!wasSent || applied.later() != Later.MayGo) { // that it may be gone stays true
        outcomes.put(planned, applied);
      }
    }

    private static boolean isNotTried(Applied applied) {
      return applied.outcome() == Applied.Result.Skipped && applied.reason() == null;
    }

    private @Nullable Failure refusal(RegistrySource source) throws IOException {
      RegistrySource.Refusal refusal = source.refusal(open.getFirst().repository()).orElse(null);
      if (refusal == null) {
        return null;
      }
      return refusal.readOnly()
          ? new Failure("ReadOnly", refusal.why(), true)
          : new Failure("DeletionDisabled", refusal.why(), false);
    }
  }
}
