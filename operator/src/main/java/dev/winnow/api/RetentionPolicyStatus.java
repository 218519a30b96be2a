package dev.winnow.api;

import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a {@link RetentionPolicy}.
 *
 * @param observedGeneration the generation that this was found for
 * @param conditions Ready; Reconciling and Stalled while they hold
 * @param lastRun the newest run of this policy
 * @param awaitingRun the run that waits for approval
 * @param nextRun when the schedule fires next, for people
 * @param nextRunTime when the schedule fires next
 * @param lastScheduleTime the last time of the schedule that was handled: a run was created for it,
 *     or it was skipped; or from when on it counts since the policy has changed
 * @param lastHandledRequest the value of the annotation winnow.dev/requested-at that was handled
 *     last
 */
public record RetentionPolicyStatus(
    @Nullable Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    @Nullable LastRun lastRun,
    @Nullable String awaitingRun,
    @Nullable String nextRun,
    @Nullable Instant nextRunTime,
    @Nullable Instant lastScheduleTime,
    @Nullable String lastHandledRequest) {

  /**
   * @param name name of the run
   * @param phase how far it came
   * @param time when it was created
   * @param delete how many tags its plan deletes
   * @param deleted how many tags it deleted
   */
  public record LastRun(
      String name,
      RetentionRunStatus.Phase phase,
      @Nullable Instant time,
      @Nullable Integer delete,
      @Nullable Integer deleted) {}

  @SuppressWarnings("ConstantValue")
  public RetentionPolicyStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
