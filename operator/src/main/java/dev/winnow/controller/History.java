package dev.winnow.controller;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.CreatedAt;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which ended runs of a policy are no longer kept. */
final class History {
  /** What a run deleted can be brought back from the registry's volume for this long. */
  static final Duration UNDO = Duration.ofDays(2);

  /** The oldest first. */
  static final Comparator<RetentionRunResource> AGE = CreatedAt.oldestFirst();

  private History() {}

  /** The runs to delete: those beyond the history, and none that deleted something lately. */
  static List<RetentionRunResource> beyond(
      RetentionPolicy.History limits, List<RetentionRunResource> runs, Instant now) {
    List<RetentionRunResource> succeeded = new ArrayList<>();
    List<RetentionRunResource> failed = new ArrayList<>();
    for (RetentionRunResource run : runs.stream().sorted(AGE.reversed()).toList()) {
      RetentionRunStatus status = run.getStatus();
      if (status == null
          || status.phase() == null
          || !status.phase().isEnd()
          || isProof(status, now)) {
        continue;
      }
      (status.phase() == Phase.Succeeded ? succeeded : failed).add(run);
    }
    List<RetentionRunResource> beyond = new ArrayList<>();
    beyond.addAll(
        succeeded.subList(Math.min(limits.succeeded(), succeeded.size()), succeeded.size()));
    beyond.addAll(failed.subList(Math.min(limits.failed(), failed.size()), failed.size()));
    return beyond;
  }

  private static boolean isProof(RetentionRunStatus status, Instant now) {
    return status.result() != null
        && status.result().deleted() + status.result().deferred() > 0
        && status.finishTime() != null
        && now.isBefore(status.finishTime().plus(UNDO));
  }
}
