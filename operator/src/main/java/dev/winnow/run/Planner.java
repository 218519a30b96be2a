package dev.winnow.run;

import dev.winnow.api.PatternList;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.retention.Action;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plan: every repository of the registry in byte order, decided a few at a time, streamed
 * to a sink. Memory does not grow with the registry.
 */
public final class Planner {
  /** Deletions that one plan may hold; what is more waits for the next run. */
  public static final int MOST_DELETIONS = 50_000;

  /** Repositories under way at once: while the last tags of one are read the next ones start. */
  private static final int REPOSITORIES_AHEAD = 6;

  private final Run run;
  private final Consumer<String> warnings;
  private final Progress progress;

  /**
   * @param run what is run
   * @param warnings told what a person should know besides the plan
   * @param progress told after each repository
   */
  public Planner(Run run, Consumer<String> warnings, Progress progress) {
    this.run = run;
    this.warnings = warnings;
    this.progress = progress;
  }

  /**
   * Plans.
   *
   * @throws IOException when the registry cannot be asked at all, its clock is off, or the sink
   *     fails
   */
  public PlanSummary plan(PlanSink sink) throws IOException {
    List<String> repositories = repositories();
    run.source().checkClock();
    Totals totals = new Totals();
    sink.begin(run.header());
    RepositoryDecider decider = run.decider();
    Parallel.inOrder(
        repositories,
        REPOSITORIES_AHEAD,
        repository -> decider.decide(repository, MOST_DELETIONS),
        decided -> {
          if (decided.isPresent()) {
            RepositoryPlan plan = totals.fit(decided.get(), decider);
            totals.add(plan);
            sink.repository(plan.repository(), plan.decisions());
          }
          totals.seen++;
          progress.at(totals.seen, repositories.size(), "repositories");
        });
    PlanSummary summary = totals.summary();
    sink.end(summary);
    return summary;
  }

  /** The repositories to look at; where the catalog does not say, those that the policy names. */
  private List<String> repositories() throws IOException {
    return switch (run.source().repositories()) {
      case ImageSource.Catalog.Listed(List<String> names) when !names.isEmpty() ->
          names.stream().distinct().sorted().toList();
      case ImageSource.Catalog.Listed(List<String> none) -> named("the catalog is empty");
      case ImageSource.Catalog.Refused(String why) ->
          named("the registry does not list its repositories (" + why + ")");
    };
  }

  private List<String> named(String why) {
    List<String> names = new ArrayList<>();
    for (CompiledPolicy.Rule rule : run.rules().policy().rules()) {
      PatternList patterns = rule.repositories();
      patterns.literals().forEach(names::add);
      if (patterns.hasWildcards()) {
        warnings.accept(
            why
                + ": only repositories that the policy names without wildcards are looked at; rule "
                + rule.name()
                + " has wildcards");
      }
    }
    return names.stream().distinct().sorted().toList();
  }

  /** What the plan comes to so far. */
  private final class Totals {
    private final Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
    private final Map<Action, Long> actions = new EnumMap<>(Action.class);
    private final Map<String, String> unreadable = new TreeMap<>();
    private final SelectsNothing selectsNothing = new SelectsNothing(policy());
    private final PlanDigest digest = run.newDigest();
    private @Nullable Long reclaimable = 0L;
    private int repositories;
    private long tags;
    private long selectedTags;
    private long waiting;
    private long seen;

    /** Decides a repository again that would bring more deletions than the plan may hold. */
    RepositoryPlan fit(RepositoryPlan plan, RepositoryDecider decider) throws IOException {
      int room = MOST_DELETIONS - (int) count(Action.Delete);
      if (plan.deletions() <= room) {
        return plan;
      }
      Optional<RepositoryPlan> smaller = decider.decide(plan.repository(), room);
      return smaller.orElse(
          new RepositoryPlan(plan.repository(), plan.selected(), List.of(), 0L, 0, null));
    }

    void add(RepositoryPlan plan) {
      if (plan.unreadable() != null) {
        if (!plan.selected()) {
          warnings.accept(plan.repository() + ": " + plan.unreadable() + " (no rule selects it)");
        } else {
          unreadable.put(plan.repository(), plan.unreadable());
        }
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

    private long count(Action action) {
      return actions.getOrDefault(action, 0L);
    }

    private RetentionPolicy.Spec policy() {
      return run.policy();
    }

    PlanSummary summary() {
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
  }
}
