package dev.winnow.retention;

import static dev.winnow.retention.Scene.deleted;
import static dev.winnow.retention.Scene.plus;
import static dev.winnow.retention.Scene.withKeep;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.PatternList;
import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Newest;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.CompiledPolicy.Younger;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What one more reason to keep, or one more rule, may change. */
final class KeepingProperties {
  /** What is kept only because of something else that stays, and may go when that goes. */
  private static final Set<Reason> BECAUSE_OF_OTHERS =
      EnumSet.of(Reason.SharedDigest, Reason.IndexMember, Reason.Referrer);

  private KeepingProperties() {}

  static void moreKeepingDeletesNoMore(long seed) {
    Scene before = new Scene(seed, 0);
    Scene after = keepsMore(before);
    assertThat(deleted(before.decide())).containsAll(deleted(after.decide()));
  }

  static void moreKeepingWithAtLeast(long seed) {
    Scene before = new Scene(seed, 1 + (int) (seed % 3));
    Map<String, Decision> decidedBefore = before.decide();
    deleted(keepsMore(before).decide())
        .forEach(tag -> {
          Decision decision = requireNonNull(decidedBefore.get(tag));
          assertThat(
                  decision.action() == Action.Delete
                      || decision.reason() == Reason.AtLeast
                      || BECAUSE_OF_OTHERS.contains(decision.reason()))
              .as("%s before", decision)
              .isTrue();
        });
  }

  /** The same with one more reason to keep, or a wider one. */
  private static Scene keepsMore(Scene scene) {
    RandomCase random = scene.random();
    int rule = random.number(scene.policy().rules().size());
    return switch (random.number(5)) {
      case 0 -> scene.withRule(rule, old -> withKeep(old, plus(old.keep(), random.entry())));
      case 1 -> {
        // Without one, or with any, one more pattern protects at least as much.
        PatternList protect = scene.policy().protectedTags();
        PatternList more = random.patterns();
        yield scene.with(
            new CompiledPolicy(
                scene.policy().name(),
                scene.policy().rules(),
                protect == null ? more : union(protect, more),
                scene.policy().limits()));
      }
      case 2 -> scene.withOthers(plus(scene.others(), random.policy("one-more", 1)));
      case 3 ->
          scene.withRule(
              rule,
              old -> withKeep(old, old.keep().stream().map(entry -> raised(entry, true)).toList()));
      default ->
          scene.withRule(
              rule,
              old ->
                  withKeep(old, old.keep().stream().map(entry -> raised(entry, false)).toList()));
    };
  }

  private static PatternList union(PatternList a, PatternList b) {
    if (a.positive().isEmpty() || b.positive().isEmpty()) {
      return PatternList.everything();
    }
    return new PatternList(
        Stream.concat(a.positive().stream(), b.positive().stream()).toList(), List.of());
  }

  private static Entry raised(Entry entry, boolean newest) {
    Newest first = entry.newest();
    Younger younger = entry.younger();
    if (newest && first != null) {
      return new Entry(
          entry.tags(),
          entry.semver(),
          entry.labels(),
          younger,
          new Newest(first.count() + 1, first.orderBy(), first.groupBy()),
          null);
    }
    if (!newest && first == null && younger != null) {
      return new Entry(
          entry.tags(),
          entry.semver(),
          entry.labels(),
          new Younger(younger.than().plusDays(7), younger.by()),
          null,
          null);
    }
    return entry;
  }

  static void anotherRule(long seed) {
    Scene before = new Scene(seed, 0);
    Scene after =
        before.withRules(
            plus(before.policy().rules(), before.random().rule(seed % 2 == 0 ? "a" : "z")));
    Map<String, Decision> decidedBefore = before.decide();
    deleted(after.decide())
        .forEach(tag -> {
          Decision decision = requireNonNull(decidedBefore.get(tag));
          assertThat(
                  decision.action() == Action.Delete
                      || decision.reason() == Reason.NotSelected
                      || BECAUSE_OF_OTHERS.contains(decision.reason()))
              .as("%s before", decision)
              .isTrue();
        });
  }

  static void widerPatterns(long seed) {
    Scene before = new Scene(seed, 0);
    int index = before.random().number(before.policy().rules().size());
    Rule rule = before.policy().rules().get(index);
    Scene after =
        before.withRule(
            index,
            old ->
                new Rule(
                    old.name(),
                    seed % 3 == 0 ? PatternList.everything() : old.repositories(),
                    seed % 3 == 1
                        ? PatternList.everything()
                        : union(old.tags(), before.random().patterns()),
                    old.keep()));
    boolean hasNewest = rule.keep().stream().anyMatch(entry -> entry.newest() != null);
    Map<String, Decision> decidedBefore = before.decide();
    deleted(after.decide())
        .forEach(tag -> {
          Decision decision = requireNonNull(decidedBefore.get(tag));
          assertThat(
                  decision.action() == Action.Delete
                      || decision.reason() == Reason.NotSelected
                      || (hasNewest && rule.name().equals(decision.rule()))
                      || BECAUSE_OF_OTHERS.contains(decision.reason()))
              .as("%s before", decision)
              .isTrue();
        });
  }
}
