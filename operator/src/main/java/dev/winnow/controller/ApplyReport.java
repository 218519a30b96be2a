package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.run.Applied;
import dev.winnow.run.Planned;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what became of a plan that was applied, and stores it for each deletion. */
final class ApplyReport {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyReport.class);
  private static final int MOST_REMARKS = 5;

  private final PlanStore store;
  private final Patience patience;
  private final Meters meters;

  ApplyReport(PlanStore store, Patience patience, Meters meters) {
    this.store = store;
    this.patience = patience;
    this.meters = meters;
  }

  /**
   * Reports.
   *
   * @param resumed whether what is gone counts as deleted
   * @param stopped why it was stopped; null when it came to its end
   */
  TaskOutcome of(
      RetentionRunResource run,
      Map<Planned, Decision> deletions,
      Map<Planned, Applied> outcomes,
      boolean resumed,
      @Nullable Failure stopped,
      RunTask task) {
    if (stopped != null && !goesOn(stopped)) {
      deletions
          .keySet()
          .forEach(planned ->
              outcomes.putIfAbsent(planned, Applied.notTried("not tried: " + stopped.message())));
    }
    long gone =
        resumed
            ? outcomes.values().stream().filter(a -> a.reason() == Reason.AlreadyGone).count()
            : 0;
    // What was stopped before it came to those tags again knows of them by their number only.
    long deleted = Math.max(count(outcomes, Applied.Result.Deleted) + gone, before(run));
    long failed = count(outcomes, Applied.Result.Failed);
    long deferred =
        outcomes.values().stream().filter(a -> a.reason() == Reason.LeftToCollection).count();
    List<String> remarks = remarks(outcomes, gone);
    // Until the end the stored plan is all that the run refers to.
    List<String> reports =
        goesOn(stopped) ? List.of() : store(run, deletions, outcomes, remarks, task);
    Failure end = reports.isEmpty() && task.left() != null ? task.left() : stopped;
    if (!goesOn(end)) {
      meters.applied(Applied.Result.Deleted, gone);
      outcomes.values().stream()
          .filter(applied -> !(resumed && applied.reason() == Reason.AlreadyGone))
          .forEach(applied -> meters.applied(applied.outcome(), 1));
    }
    return new TaskOutcome.Applied(
        new RetentionRunStatus.Result(
            deleted, Math.max(0, deletions.size() - deleted - deferred - failed), deferred, failed),
        reports,
        end,
        remarks);
  }

  /** How many tags operators before this one have told to be deleted by the run. */
  private static long before(RetentionRunResource run) {
    RetentionRunStatus.Result result = run.getStatus() == null ? null : run.getStatus().result();
    return result == null ? 0 : result.deleted();
  }

  /** Reports what an operator before this one has done, where no more can be done. */
  static TaskOutcome of(RunRecords.Earlier earlier, Failure stopped) {
    if (earlier.reports().isEmpty()) {
      return new TaskOutcome.Failed(stopped);
    }
    long deleted = count(earlier.outcomes(), Applied.Result.Deleted);
    long failed = count(earlier.outcomes(), Applied.Result.Failed);
    return new TaskOutcome.Applied(
        new RetentionRunStatus.Result(
            deleted, earlier.outcomes().size() - deleted - failed, 0, failed),
        earlier.reports(),
        stopped,
        List.of());
  }

  /** Whether the next operator goes on with the run. */
  private static boolean goesOn(@Nullable Failure stopped) {
    return stopped != null && stopped.reason().equals(RunPhases.OPERATOR_STOPS);
  }

  private static List<String> remarks(Map<Planned, Applied> outcomes, long gone) {
    List<String> remarks = new ArrayList<>();
    if (gone > 0) {
      remarks.add(
          gone
              + " tags were gone when the run went on after an interruption, and count as deleted");
    }
    outcomes.forEach((planned, applied) -> {
      if (applied.outcome() == Applied.Result.Failed && remarks.size() < MOST_REMARKS) {
        remarks.add(planned.repository() + ":" + planned.tag() + ": " + applied.message());
      }
    });
    return remarks;
  }

  /** Tries until it is stored. That it cannot be is told; the counts are in the status then. */
  private List<String> store(
      RetentionRunResource run,
      Map<Planned, Decision> deletions,
      Map<Planned, Applied> outcomes,
      List<String> remarks,
      RunTask task) {
    Patience.Waiting waiting = patience.begin();
    while (true) {
      try {
        return StoredPlan.writeResult(
            store.write(run, PlanStore.RESULT, task.claim()::isHeld, PlanStore.Writing.ONCE),
            deletions,
            outcomes);
      } catch (IOException | KubernetesClientException e) {
        LOG.atWarn().setCause(e).addKeyValue("run", World.key(run)).log("a result is not stored");
        String why = "what became of each tag could not be stored: " + e.getMessage();
        if (!waiting.againToRecord(task, why)) {
          remarks.add(why);
          return List.of();
        }
      }
    }
  }

  private static long count(Map<Planned, Applied> outcomes, Applied.Result result) {
    return outcomes.values().stream().filter(a -> a.outcome() == result).count();
  }
}
