package dev.winnow.run;

import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Adds up a plan, repository by repository in byte order. */
public final class PlanTotals {
  private final Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
  private final Map<Action, Long> actions = new EnumMap<>(Action.class);
  private final Map<String, String> unreadable = new TreeMap<>();
  private final SelectsNothing selectsNothing;
  private final PlanDigest digest;
  private @Nullable Long reclaimable = 0L;
  private int repositories;
  private long tags;
  private long selectedTags;
  private long waiting;

  public PlanTotals(Run run) {
    this.selectsNothing = new SelectsNothing(run.policy());
    this.digest = run.newDigest();
  }

  /** Adds a repository. */
  public void add(RepositoryPlan plan) {
    if (plan.unreadable() != null && plan.selected()) {
      unreadable.put(plan.repository(), plan.unreadable());
    }
    repositories++;
    tags += plan.decisions().size();
    selectedTags += plan.selected() ? plan.decisions().size() : 0;
    waiting += plan.waiting();
    reclaimable =
        reclaimable == null || plan.reclaimableBytes() == null
            ? null
            : reclaimable + plan.reclaimableBytes();
    for (Decision decision : plan.decisions()) {
      reasons.merge(decision.reason(), 1L, Long::sum);
      actions.merge(decision.action(), 1L, Long::sum);
      if (decision.action() == Action.Delete && decision.digest() != null) {
        digest.delete(plan.repository(), decision.tag(), decision.digest());
      }
    }
    selectsNothing.saw(plan.repository(), plan.decisions().stream().map(Decision::tag).toList());
  }

  /** Deletions so far. */
  long deletions() {
    return count(Action.Delete);
  }

  /** What it comes to; ends the adding. */
  public PlanSummary summary() {
    return new PlanSummary(
        repositories,
        tags,
        count(Action.Keep),
        count(Action.Delete),
        count(Action.Skip),
        reclaimable,
        reasons,
        selectsNothing.names(),
        selectedTags,
        waiting,
        unreadable,
        digest.finish());
  }

  private long count(Action action) {
    return actions.getOrDefault(action, 0L);
  }
}
