package dev.winnow.controller;

import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** How a run ends, in the words of its status. */
final class RunEnds {
  private final InstantSource clock;

  RunEnds(InstantSource clock) {
    this.clock = clock;
  }

  Conditions conditions(RetentionRunResource run, RetentionRunStatus status) {
    return new Conditions(status.conditions(), run.getMetadata().getGeneration(), clock.instant());
  }

  RetentionRunStatus succeed(
      RetentionRunResource run, RetentionRunStatus status, String reason, String message) {
    return end(
        status,
        Phase.Succeeded,
        deletable(run, status, reason).set(Conditions.COMPLETE, Status.True, reason, message));
  }

  RetentionRunStatus fail(
      RetentionRunResource run, RetentionRunStatus status, String reason, String message) {
    return end(
        status,
        Phase.Failed,
        deletable(run, status, reason).set(Conditions.FAILED, Status.True, reason, message));
  }

  RetentionRunStatus cancelled(RetentionRunResource run, RetentionRunStatus status, Failure why) {
    return end(
        status,
        Phase.Cancelled,
        conditions(run, status).set(Conditions.FAILED, Status.True, why.reason(), why.message()));
  }

  /** What the run found out about its registry: whether it deletes. */
  private Conditions deletable(RetentionRunResource run, RetentionRunStatus status, String reason) {
    Conditions conditions = conditions(run, status);
    return switch (reason) {
      case "DeletionDisabled" ->
          conditions.set(
              RegistryReconciler.DELETABLE,
              Status.False,
              reason,
              "the registry does not delete; set storage.delete.enabled: true in its configuration,"
                  + " or REGISTRY_STORAGE_DELETE_ENABLED=true");
      case "Applied" ->
          conditions.set(
              RegistryReconciler.DELETABLE, Status.True, "Deletes", "the registry deletes");
      default -> conditions;
    };
  }

  private RetentionRunStatus end(RetentionRunStatus status, Phase phase, Conditions conditions) {
    return status
        .in(phase, conditions.list())
        .finished(clock.instant().truncatedTo(ChronoUnit.SECONDS));
  }
}
