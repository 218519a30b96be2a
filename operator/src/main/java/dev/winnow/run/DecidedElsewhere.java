package dev.winnow.run;

import dev.winnow.api.NamePattern;
import dev.winnow.api.PatternList;
import dev.winnow.retention.Action;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Rules;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a plan, and a later plan by facts that the registry's API does not tell, both want. That is
 * as of a moment ago; so each repository is decided once more by what the API tells, where these
 * tags go and no others: what moved, what is shared by now, and what an index or a referrer has to
 * do with it, is as for every other run.
 */
public final class DecidedElsewhere implements Agreement, PlanSink {
  private static final String RULE = "agreed";

  private final CompiledPolicy policy;
  private final Set<Planned> planned;
  private final Set<Planned> agreed = new HashSet<>();
  private final Map<String, Set<String>> tags = new HashMap<>();
  private final Map<String, String> unreadable = new HashMap<>();

  /**
   * @param run whose plan it is
   * @param planned its deletions; those that the later plan does not have stay
   */
  public DecidedElsewhere(Run run, Collection<Planned> planned) {
    this.policy = run.rules().policy();
    this.planned = Set.copyOf(planned);
  }

  @Override
  public void begin(PlanHeader header) {}

  @Override
  public void repository(String repository, List<Decision> decisions) {
    for (Decision decision : decisions) {
      if (decision.action() == Action.Delete && decision.digest() != null) {
        Planned same = new Planned(repository, decision.tag(), decision.digest());
        if (planned.contains(same)) {
          agreed.add(same);
          tags.computeIfAbsent(repository, key -> new HashSet<>()).add(decision.tag());
        }
      }
    }
  }

  @Override
  public void end(PlanSummary summary) {
    unreadable.putAll(summary.unreadable());
  }

  @Override
  public Rules rules(String repository) throws IOException {
    String why = unreadable.get(repository);
    if (why != null) {
      throw new IOException(why);
    }
    PatternList these =
        new PatternList(
            List.of(new NamePattern.OneOf(tags.getOrDefault(repository, Set.of()))), List.of());
    CompiledPolicy.Rule rule =
        new CompiledPolicy.Rule(RULE, PatternList.everything(), these, List.of());
    return new Rules(
        new CompiledPolicy(policy.name(), List.of(rule), null, policy.limits()), List.of());
  }

  @Override
  public boolean wants(Planned each) {
    return agreed.contains(each);
  }
}
