package dev.winnow.run;

import dev.winnow.parallel.Parallel;
import dev.winnow.retention.CompiledPolicy;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

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
    PlanTotals totals = new PlanTotals(run);
    AtomicInteger seen = new AtomicInteger();
    sink.begin(run.header());
    RepositoryDecider decider = run.decider();
    Parallel.inOrder(
        repositories,
        REPOSITORIES_AHEAD,
        repository -> decider.decide(repository, MOST_DELETIONS),
        decided -> {
          if (decided.isPresent()) {
            RepositoryPlan plan = fit(decided.get(), totals, decider);
            totals.add(plan);
            warnOfUnselected(plan);
            sink.repository(plan.repository(), plan.decisions());
          }
          progress.at(seen.incrementAndGet(), repositories.size(), "repositories");
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
      case ImageSource.Catalog.Listed(List<String> none) -> {
        warnOfWildcards("the catalog is empty");
        yield named();
      }
      case ImageSource.Catalog.Refused(String why) -> {
        String refused = "the registry does not list its repositories (" + why + ")";
        if (named().isEmpty()) {
          // A plan that deletes nothing would look like a good one.
          throw new IOException(
              refused
                  + ", and the policy names none without wildcards, so that nothing can be found:"
                  + " name repositories in its rules, or let this user read the catalog");
        }
        warnOfWildcards(refused);
        yield named();
      }
    };
  }

  private List<String> named() {
    return run.rules().policy().rules().stream()
        .flatMap(rule -> rule.repositories().literals())
        .distinct()
        .sorted()
        .toList();
  }

  private void warnOfWildcards(String why) {
    for (CompiledPolicy.Rule rule : run.rules().policy().rules()) {
      if (rule.repositories().hasWildcards()) {
        warnings.accept(
            why
                + ": only repositories that the policy names without wildcards are looked at; rule "
                + rule.name()
                + " has wildcards");
      }
    }
  }

  /** A repository that no rule selects may be closed to us; its tags stay in any case. */
  private void warnOfUnselected(RepositoryPlan plan) {
    if (plan.unreadable() != null && !plan.selected()) {
      warnings.accept(plan.repository() + ", which no rule selects: " + plan.unreadable());
    }
  }

  /** Decides a repository again that would bring more deletions than the plan may hold. */
  private RepositoryPlan fit(RepositoryPlan plan, PlanTotals totals, RepositoryDecider decider)
      throws IOException {
    int room = MOST_DELETIONS - (int) totals.deletions();
    if (plan.deletions() <= room) {
      return plan;
    }
    Optional<RepositoryPlan> smaller = decider.decide(plan.repository(), room);
    return smaller.orElse(
        new RepositoryPlan(plan.repository(), plan.selected(), List.of(), 0L, 0, null));
  }
}
