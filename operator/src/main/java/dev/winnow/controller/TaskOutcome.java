package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.RepositoryCount;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run's task came to. */
sealed interface TaskOutcome {
  /**
   * A plan, stored.
   *
   * @param plan what it comes to
   * @param overLimits why it is over a limit; null when it is not
   * @param mostDeleted the repositories that lose most
   * @param reports the ConfigMaps that hold it
   * @param remarks what a person should know besides
   */
  record Planned(
      RetentionRunStatus.Plan plan,
      @Nullable String overLimits,
      List<RepositoryCount> mostDeleted,
      List<String> reports,
      List<String> remarks)
      implements TaskOutcome {
    public Planned {
      mostDeleted = List.copyOf(mostDeleted);
      reports = List.copyOf(reports);
      remarks = List.copyOf(remarks);
    }
  }

  /**
   * The plan was applied, as far as it could be.
   *
   * @param result what became of its deletions
   * @param reports the ConfigMaps that say so for each
   * @param stopped why it was stopped; null when it came to its end
   * @param remarks what a person should know besides
   */
  record Applied(
      RetentionRunStatus.Result result,
      List<String> reports,
      @Nullable Failure stopped,
      List<String> remarks)
      implements TaskOutcome {
    public Applied {
      reports = List.copyOf(reports);
      remarks = List.copyOf(remarks);
    }
  }

  /**
   * Nothing came of it, and nothing was deleted.
   *
   * @param failure why
   */
  record Failed(Failure failure) implements TaskOutcome {}

  /** It was told to end, and nothing was deleted. */
  record Dropped() implements TaskOutcome {}
}
