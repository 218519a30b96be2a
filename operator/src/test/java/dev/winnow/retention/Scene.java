package dev.winnow.retention;

import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A repository with what decides it. */
record Scene(
    RandomCase random, RepositoryFacts facts, CompiledPolicy policy, List<CompiledPolicy> others) {
  Scene(long seed, int keepAtLeast) {
    this(new RandomCase(seed), keepAtLeast);
  }

  private Scene(RandomCase random, int keepAtLeast) {
    this(random, random.facts(), random.policy("policy", keepAtLeast), random.others());
  }

  Map<String, Decision> decide() {
    return byTag(decided(Integer.MAX_VALUE));
  }

  Outcome.Decided decided(int most) {
    return (Outcome.Decided) Retention.decide(facts, rules(), RandomCase.NOW, most);
  }

  Rules rules() {
    return new Rules(policy, others);
  }

  Scene with(RepositoryFacts other) {
    return new Scene(random, other, policy, others);
  }

  Scene with(CompiledPolicy other) {
    return new Scene(random, facts, other, others);
  }

  Scene withOthers(List<CompiledPolicy> all) {
    return new Scene(random, facts, policy, all);
  }

  Scene withRule(int index, UnaryOperator<Rule> change) {
    List<Rule> rules = new ArrayList<>(policy.rules());
    rules.set(index, change.apply(rules.get(index)));
    return withRules(rules);
  }

  Scene withRules(List<Rule> rules) {
    return with(new CompiledPolicy(policy.name(), rules, policy.protectedTags(), policy.limits()));
  }

  static Map<String, Decision> byTag(Outcome.Decided decided) {
    Map<String, Decision> decisions = new TreeMap<>();
    decided.decisions().forEach(decision -> decisions.put(decision.tag(), decision));
    return decisions;
  }

  static Set<String> deleted(Map<String, Decision> decisions) {
    Set<String> deleted = new HashSet<>();
    decisions.values().stream()
        .filter(decision -> decision.action() == Action.Delete)
        .forEach(decision -> deleted.add(decision.tag()));
    return deleted;
  }

  static Rule withKeep(Rule rule, List<Entry> keep) {
    return new Rule(rule.name(), rule.repositories(), rule.tags(), keep);
  }

  static <T> List<T> plus(List<T> list, T one) {
    return Stream.concat(list.stream(), Stream.of(one)).toList();
  }
}
