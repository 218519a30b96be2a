package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionRunResource;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Has a run delete what its plan says, and tells what came of it. */
final class RunApplying {
  private final RunEnds ends;
  private final RunTasks tasks;
  private final ApplyTask applyTask;
  private final String identity;
  private final InstantSource clock;

  RunApplying(
      RunEnds ends, RunTasks tasks, ApplyTask applyTask, String identity, InstantSource clock) {
    this.ends = ends;
    this.tasks = tasks;
    this.applyTask = applyTask;
    this.identity = identity;
    this.clock = clock;
  }

  /** Deletes what the plan says. */
  RunStep begin(RetentionRunStatus status) {
    return RunStep.of(status.in(Phase.Applying, List.of()))
        .then((written, claim) -> apply(written, claim, false, Optional.empty()));
  }

  /**
   * Applies.
   *
   * @param resumed whether an operator that is gone may have begun
   * @param why why it is not to go on, if it is not: then it only finds out what was done
   */
  private void apply(
      RetentionRunResource run, Claim claim, boolean resumed, Optional<Failure> why) {
    tasks.start(
        run,
        claim,
        false,
        task -> {
          why.ifPresent(task::stop);
          return applyTask.apply(run, resumed, task);
        });
  }

  /** Ends what may have deleted something by now, and waits for its result. */
  RunStep stop(RetentionRunResource run, RetentionRunStatus status, Failure why) {
    tasks.of(run).ifPresent(task -> task.stop(why));
    return next(run, status, Optional.of(why));
  }

  /** What comes next while it is applied. */
  RunStep next(RetentionRunResource run, RetentionRunStatus status) {
    return next(run, status, Optional.empty());
  }

  private RunStep next(
      RetentionRunResource run, RetentionRunStatus status, Optional<Failure> stop) {
    RunTask task = tasks.of(run).orElse(null);
    if (task == null) {
      return RunStep.of(status)
          .then((written, claim) -> apply(written, claim, true, stop))
          .at(RunPhases.takeOver(identity, clock));
    }
    return switch (task.outcome()) {
      case null -> RunStep.of(status.at(task.progress()));
      case TaskOutcome.Failed(Failure failure) ->
          RunStep.of(ends.fail(run, status, failure.reason(), failure.message()));
      // That it is to be applied was written, but we did not hear so.
      case TaskOutcome.Planned planned ->
          RunStep.of(status).then((written, claim) -> apply(written, claim, false, stop));
      case TaskOutcome.Dropped dropped -> RunStep.of(status);
      case TaskOutcome.Applied applied -> applied(run, status, applied);
    };
  }

  private RunStep applied(
      RetentionRunResource run, RetentionRunStatus status, TaskOutcome.Applied applied) {
    RetentionRunStatus with = status.did(applied.result(), applied.reports());
    Failure stopped = applied.stopped();
    String counts =
        applied.result().deleted()
            + " tags deleted, "
            + applied.result().skipped()
            + " skipped, "
            + applied.result().failed()
            + " failed"
            + (applied.result().deferred() == 0
                ? ""
                : ", " + applied.result().deferred() + " left to the next collection");
    String remarks = applied.remarks().isEmpty() ? "" : "; " + String.join("; ", applied.remarks());
    if (stopped != null && stopped.reason().equals(RunPhases.OPERATOR_STOPS)) {
      return RunStep.of(with.at(counts + " when the operator stopped"));
    }
    if (stopped != null) {
      Failure told =
          new Failure(stopped.reason(), stopped.message() + "; " + counts + remarks, false);
      return RunStep.of(
          Set.of("Cancelled", "PolicyChanged", "PolicyDeleted").contains(stopped.reason())
              ? ends.cancelled(run, with, told)
              : ends.fail(run, with, told.reason(), told.message()));
    }
    RetentionRunStatus.Plan plan = status.plan();
    boolean unreadable = plan != null && Objects.requireNonNullElse(plan.unreadable(), 0L) > 0;
    return RunStep.of(
        applied.result().failed() > 0 || unreadable
            ? ends.fail(run, with, "Partial", counts + remarks)
            : ends.succeed(run, with, "Applied", counts + remarks));
  }
}
