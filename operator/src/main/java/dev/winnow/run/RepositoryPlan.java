package dev.winnow.run;

import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run decided for one repository.
 *
 * @param repository its name
 * @param selected whether a rule selects the repository
 * @param decisions one for each tag, in byte order
 * @param reclaimableBytes estimate of what its deletions free; null where a manifest was not read
 * @param waiting deletions left for the next run
 * @param unreadable why nothing could be decided; null when all was read
 */
public record RepositoryPlan(
    String repository,
    boolean selected,
    List<Decision> decisions,
    @Nullable Long reclaimableBytes,
    int waiting,
    @Nullable String unreadable) {

  /** Copies the list. */
  public RepositoryPlan {
    decisions = List.copyOf(decisions);
  }

  /** How many tags are about to go. */
  int deletions() {
    return (int) decisions.stream().filter(d -> d.action() == Action.Delete).count();
  }
}
