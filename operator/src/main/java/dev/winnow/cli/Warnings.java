package dev.winnow.cli;

import dev.winnow.retention.CompiledPolicy;
import dev.winnow.run.PlanSummary;
import org.jspecify.annotations.Nullable;

/** What a person should know besides a plan. */
final class Warnings {
  private Warnings() {}

  static void afterPlan(Terminal terminal, Inputs.Work work, PlanSummary summary) {
    summary
        .unreadable()
        .forEach((repository, why) -> terminal.warn(repository + " stays as it is: " + why));
    if (summary.waiting() > 0) {
      terminal.warn(
          "the plan is full; " + summary.waiting() + " more deletions wait for the next run");
    }
    String over = overLimits(work, summary);
    if (over != null) {
      terminal.warn("over the limits (LimitExceeded): " + over);
    }
  }

  /** Why a plan is over its policy's limits; null when it is not. */
  static @Nullable String overLimits(Inputs.Work work, PlanSummary summary) {
    CompiledPolicy.Limits limits = work.rules().policy().limits();
    return summary.overLimits(limits.maxDeletedTags(), limits.maxDeletedPercent());
  }
}
