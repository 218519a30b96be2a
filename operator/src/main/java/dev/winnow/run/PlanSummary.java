package dev.winnow.run;

import dev.winnow.retention.Reason;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a plan comes to.
 *
 * @param repositories repositories that were looked at
 * @param tags their tags
 * @param keep tags that stay
 * @param delete tags that go
 * @param skip tags that would go but cannot now
 * @param reclaimableBytes estimate of what the deletions free; null where a manifest was not read
 * @param reasons how many tags have which reason
 * @param selectsNothing rules and patterns that match nothing
 * @param selectedTags tags in repositories that a rule selects
 * @param waiting deletions beyond what one plan may hold
 * @param unreadable repositories that could not be read, and why
 * @param digest digest of the plan
 */
public record PlanSummary(
    int repositories,
    long tags,
    long keep,
    long delete,
    long skip,
    @Nullable Long reclaimableBytes,
    Map<Reason, Long> reasons,
    List<String> selectsNothing,
    long selectedTags,
    long waiting,
    Map<String, String> unreadable,
    String digest) {

  /** Looks at percentages only from here on: of three tags two are more than half. */
  private static final int PERCENT_FROM = 100;

  /** This count of outcomes, with what only the plan knows. */
  public PlanSummary of(PlanSummary plan) {
    return new PlanSummary(
        plan.repositories,
        tags,
        keep,
        delete,
        skip,
        plan.reclaimableBytes,
        reasons,
        plan.selectsNothing,
        plan.selectedTags,
        plan.waiting,
        plan.unreadable,
        plan.digest);
  }

  /** The same under another digest. */
  PlanSummary named(String other) {
    return new PlanSummary(
        repositories,
        tags,
        keep,
        delete,
        skip,
        reclaimableBytes,
        reasons,
        selectsNothing,
        selectedTags,
        waiting,
        unreadable,
        other);
  }

  /** Why the plan is over a limit; null when it is not. */
  public @Nullable String overLimits(int maxDeletedTags, int maxDeletedPercent) {
    if (delete > maxDeletedTags) {
      return delete + " tags would be deleted, limits.maxDeletedTags is " + maxDeletedTags;
    }
    if (delete >= PERCENT_FROM && delete * 100 > selectedTags * maxDeletedPercent) {
      return delete
          + " of "
          + selectedTags
          + " tags in selected repositories would be deleted, limits.maxDeletedPercent is "
          + maxDeletedPercent;
    }
    return null;
  }
}
