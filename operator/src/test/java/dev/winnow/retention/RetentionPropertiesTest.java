package dev.winnow.retention;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.PatternList;
import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Limits;
import dev.winnow.retention.CompiledPolicy.Newest;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.CompiledPolicy.Younger;
import dev.winnow.retention.RepositoryFacts.Deletion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every repository and every policy; a failure names the seed that shows it. */
class RetentionPropertiesTest {
  private static final int SEEDS = 300;
  private static final int SOAK_SEEDS = 20_000;

  /** What is kept only because of something else that stays, and may go when that goes. */
  private static final Set<Reason> BECAUSE_OF_OTHERS =
      EnumSet.of(Reason.SharedDigest, Reason.IndexMember, Reason.Referrer);

  static Stream<Property> properties() {
    return Stream.of(
        new Property(
            "more keeping deletes no more", RetentionPropertiesTest::moreKeepingDeletesNoMore),
        new Property(
            "more keeping with keepAtLeast", RetentionPropertiesTest::moreKeepingWithAtLeast),
        new Property("another rule", RetentionPropertiesTest::anotherRule),
        new Property("wider patterns", RetentionPropertiesTest::widerPatterns),
        new Property("order does not matter", RetentionPropertiesTest::orderDoesNotMatter),
        new Property("orders are total", RetentionPropertiesTest::ordersAreTotal),
        new Property("one decision each", RetentionPropertiesTest::oneDecisionEach),
        new Property(
            "deletions take nothing along", RetentionPropertiesTest::deletionsTakeNothingAlong),
        new Property("again deletes nothing", RetentionPropertiesTest::againDeletesNothing),
        new Property("facts in stages", RetentionPropertiesTest::factsInStages),
        new Property("bound of the plan", RetentionPropertiesTest::boundOfThePlan));
  }

  /** Makes its case from a seed and checks it. */
  record Property(String name, LongConsumer property) {
    void check(long seed) {
      try {
        property.accept(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(name + ": fails with seed " + seed + ": " + e.getMessage(), e);
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("properties")
  void holds(Property property) {
    LongStream.range(0, SEEDS).forEach(property::check);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("properties")
  void holdsForManySeeds(Property property) {
    LongStream.range(SEEDS, SEEDS + SOAK_SEEDS).parallel().forEach(property::check);
  }

  /** The generator is worth something only if its cases reach every reason. */
  @Test
  void casesReachEveryReason() {
    Set<Reason> reached = EnumSet.noneOf(Reason.class);
    LongStream.range(0, 3 * SEEDS)
        .forEach(seed ->
            new Scene(seed, 1).decide().values().forEach(each -> reached.add(each.reason())));
    Set<Reason> notHere =
        EnumSet.of(
            Reason.UnreadableRepository,
            Reason.Pinned,
            Reason.InUse,
            Reason.Used,
            Reason.NotUndoable,
            Reason.Moved,
            Reason.NowInUse,
            Reason.NowKept,
            Reason.AlreadyGone,
            Reason.Refused,
            Reason.LeftToCollection);
    assertThat(reached).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(notHere)));
  }

  /** A repository with what decides it. */
  private record Scene(
      RandomCase random,
      RepositoryFacts facts,
      CompiledPolicy policy,
      List<CompiledPolicy> others) {
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
      return with(
          new CompiledPolicy(policy.name(), rules, policy.protectedTags(), policy.limits()));
    }
  }

  private static Map<String, Decision> byTag(Outcome.Decided decided) {
    Map<String, Decision> decisions = new TreeMap<>();
    decided.decisions().forEach(decision -> decisions.put(decision.tag(), decision));
    return decisions;
  }

  private static Set<String> deleted(Map<String, Decision> decisions) {
    Set<String> deleted = new HashSet<>();
    decisions.values().stream()
        .filter(decision -> decision.action() == Action.Delete)
        .forEach(decision -> deleted.add(decision.tag()));
    return deleted;
  }

  private static void moreKeepingDeletesNoMore(long seed) {
    Scene before = new Scene(seed, 0);
    Scene after = keepsMore(before);
    assertThat(deleted(before.decide())).containsAll(deleted(after.decide()));
  }

  private static void moreKeepingWithAtLeast(long seed) {
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

  private static void anotherRule(long seed) {
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

  private static void widerPatterns(long seed) {
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

  private static void orderDoesNotMatter(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    RandomCase random = scene.random();
    List<Rule> rules =
        random.shuffled(scene.policy().rules()).stream()
            .map(rule -> withKeep(rule, random.shuffled(rule.keep())))
            .toList();
    Scene shuffled =
        scene
            .withRules(rules)
            .with(
                new RepositoryFacts(
                    scene.facts().repository(),
                    random.shuffled(scene.facts().tags()),
                    scene.facts().deletion()))
            .withOthers(random.shuffled(scene.others()));
    int most = random.chance(30) ? random.number(6) : Integer.MAX_VALUE;
    assertThat(shuffled.decided(most)).isEqualTo(scene.decided(most));
  }

  private static void ordersAreTotal(long seed) {
    Scene scene = new Scene(seed, 0);
    List<TagTable.Tag> tags = new TagTable(scene.facts(), RandomCase.NOW).tags();
    for (OrderBy orderBy : OrderBy.values()) {
      Comparator<TagTable.Tag> order = NewestFirst.by(orderBy);
      for (TagTable.Tag a : tags) {
        for (TagTable.Tag b : tags) {
          int ab = Integer.signum(order.compare(a, b));
          assertThat(ab).isEqualTo(-Integer.signum(order.compare(b, a)));
          assertThat(ab == 0).isEqualTo(a.name().equals(b.name()));
          for (TagTable.Tag c : tags) {
            if (ab <= 0 && order.compare(b, c) <= 0) {
              assertThat(order.compare(a, c)).isLessThanOrEqualTo(0);
            }
          }
        }
      }
    }
  }

  private static void oneDecisionEach(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    int most = scene.random().chance(50) ? scene.random().number(5) : Integer.MAX_VALUE;
    Outcome.Decided decided = scene.decided(most);
    assertThat(decided.decisions())
        .extracting(Decision::tag)
        .isEqualTo(scene.facts().tags().stream().map(TagFacts::tag).sorted().toList());
    Set<String> deleted = deleted(byTag(decided));
    for (Decision decision : decided.decisions()) {
      boolean waits = decision.reason() == Reason.Expired && decision.action() == Action.Skip;
      assertThat(waits || decision.action() == decision.reason().action())
          .as("%s", decision)
          .isTrue();
      assertThat(decision.after().isEmpty())
          .as("%s", decision)
          .isEqualTo(decision.reason() != Reason.WithSubject);
      assertThat(deleted).containsAll(decision.after());
      assertThat(decision.after()).doesNotContain(decision.tag());
    }
  }

  private static void deletionsTakeNothingAlong(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    Map<String, Decision> decisions = scene.decide();
    Set<String> deleted = deleted(decisions);
    boolean byDigest = scene.facts().deletion() == Deletion.BY_DIGEST;
    Set<Digest> goneDigests = new HashSet<>();
    Set<Digest> reachedByStaying = new HashSet<>();
    Set<Digest> countedDigests = new HashSet<>();
    Set<Digest> countedBefore = new HashSet<>();
    for (TagFacts tag : scene.facts().tags()) {
      ImageFacts image = requireNonNull(tag.image());
      boolean referrer =
          EnumSet.of(Reason.Referrer, Reason.WithSubject)
              .contains(requireNonNull(decisions.get(tag.tag())).reason());
      if (!referrer) {
        countedBefore.add(image.digest());
      }
      if (deleted.contains(tag.tag())) {
        goneDigests.add(image.digest());
      } else {
        reachedByStaying.add(image.digest());
        reachedByStaying.addAll(image.members());
        if (!referrer) {
          countedDigests.add(image.digest());
        }
      }
    }
    if (byDigest) {
      assertThat(java.util.Collections.disjoint(goneDigests, reachedByStaying)).isTrue();
    }
    if (scene.policy().selects(scene.facts().repository())) {
      assertThat(countedDigests.size())
          .isGreaterThanOrEqualTo(
              Math.min(scene.policy().limits().keepAtLeast(), countedBefore.size()));
    }
    for (TagFacts tag : scene.facts().tags()) {
      ImageFacts image = requireNonNull(tag.image());
      if (deleted.contains(tag.tag()) && image.subject() != null) {
        assertThat(reachedByStaying).doesNotContain(image.subject());
      }
    }
  }

  private static void againDeletesNothing(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    Set<String> deleted = deleted(scene.decide());
    List<TagFacts> left =
        scene.facts().tags().stream().filter(tag -> !deleted.contains(tag.tag())).toList();
    RepositoryFacts after =
        new RepositoryFacts(scene.facts().repository(), left, scene.facts().deletion());
    assertThat(deleted(scene.with(after).decide())).isEmpty();
  }

  /** Also that each demand asks for something new, or it would never end. */
  private static void factsInStages(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    int most = scene.random().chance(30) ? scene.random().number(6) : Integer.MAX_VALUE;
    Outcome.Decided atOnce = scene.decided(most);
    Outcome.Decided staged =
        StagedFacts.decide(scene.facts(), scene.rules(), RandomCase.NOW, most).decided();
    assertThat(staged.waiting()).isEqualTo(atOnce.waiting());
    boolean nothingGoes =
        atOnce.decisions().stream().allMatch(decision -> decision.action() == Action.Keep);
    Map<String, Decision> whole = byTag(atOnce);
    for (Decision decision : staged.decisions()) {
      Decision expected = requireNonNull(whole.get(decision.tag()));
      if (nothingGoes && expected.reason() == Reason.Referrer) {
        // Nothing depends on it, so that the manifest that tells was not read.
        assertThat(decision.action()).isEqualTo(Action.Keep);
      } else {
        assertThat(decision)
            .usingRecursiveComparison()
            .ignoringFields("digest", "created", "bytes")
            .isEqualTo(expected);
      }
    }
  }

  private static void boundOfThePlan(long seed) {
    Scene scene = new Scene(seed, (int) (seed % 3));
    int most = scene.random().number(8);
    Outcome.Decided bounded = scene.decided(most);
    Set<String> deleted = deleted(byTag(bounded));
    Set<String> unbounded = deleted(scene.decide());
    assertThat(deleted).hasSizeLessThanOrEqualTo(most);
    assertThat(unbounded).containsAll(deleted);
    assertThat(bounded.waiting() == 0).isEqualTo(unbounded.size() <= most);
  }

  private static Rule withKeep(Rule rule, List<Entry> keep) {
    return new Rule(rule.name(), rule.repositories(), rule.tags(), keep);
  }

  private static <T> List<T> plus(List<T> list, T one) {
    return Stream.concat(list.stream(), Stream.of(one)).toList();
  }

  /** Only for the failure messages: limits that keep nothing. */
  @Test
  void seedsMakeTheSameCaseAgain() {
    Scene one = new Scene(17, 0);
    Scene two = new Scene(17, 0);
    assertThat(one.facts()).isEqualTo(two.facts());
    assertThat(one.policy().limits()).isEqualTo(new Limits(500, 50, 0));
  }
}
