package dev.winnow.retention;

import static dev.winnow.retention.Scene.byTag;
import static dev.winnow.retention.Scene.deleted;
import static dev.winnow.retention.Scene.withKeep;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.CompiledPolicy.Limits;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.RepositoryFacts.Deletion;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
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

  static Stream<Property> properties() {
    return Stream.of(
        new Property("more keeping deletes no more", KeepingProperties::moreKeepingDeletesNoMore),
        new Property("more keeping with keepAtLeast", KeepingProperties::moreKeepingWithAtLeast),
        new Property("another rule", KeepingProperties::anotherRule),
        new Property("wider patterns", KeepingProperties::widerPatterns),
        new Property("order does not matter", RetentionPropertiesTest::orderDoesNotMatter),
        new Property("orders are total", RetentionPropertiesTest::ordersAreTotal),
        new Property("one decision each", RetentionPropertiesTest::oneDecisionEach),
        new Property(
            "deletions take nothing along", RetentionPropertiesTest::deletionsTakeNothingAlong),
        new Property("at least that many stay", RetentionPropertiesTest::atLeastThatManyStay),
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
    Set<String> deleted = deleted(scene.decide());
    Set<Digest> gone = new HashSet<>();
    Set<Digest> needed = new HashSet<>();
    for (TagFacts tag : scene.facts().tags()) {
      ImageFacts image = requireNonNull(tag.image());
      (deleted.contains(tag.tag()) ? gone : needed).add(image.digest());
      if (!deleted.contains(tag.tag())) {
        needed.addAll(image.members());
      }
    }
    if (scene.facts().deletion() == Deletion.BY_DIGEST) {
      assertThat(Collections.disjoint(gone, needed)).isTrue();
    }
    for (TagFacts tag : scene.facts().tags()) {
      Digest subject = requireNonNull(tag.image()).subject();
      if (deleted.contains(tag.tag()) && subject != null) {
        assertThat(needed).doesNotContain(subject);
      }
    }
  }

  private static void atLeastThatManyStay(long seed) {
    Scene scene = new Scene(seed, 1 + (int) (seed % 3));
    Set<Digest> before = new HashSet<>();
    Set<Digest> after = new HashSet<>();
    Map<String, Decision> decisions = scene.decide();
    for (Decision decision : decisions.values()) {
      if (decision.reason() != Reason.Referrer && decision.reason() != Reason.WithSubject) {
        before.add(requireNonNull(decision.digest()));
        if (decision.action() != Action.Delete) {
          after.add(requireNonNull(decision.digest()));
        }
      }
    }
    assertThat(after.size())
        .isGreaterThanOrEqualTo(Math.min(scene.policy().limits().keepAtLeast(), before.size()));
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
    StagedFacts.Result staged =
        StagedFacts.decide(scene.facts(), scene.rules(), RandomCase.NOW, most);
    Outcome.Decided atOnce = scene.with(staged.wholeAsRead(scene.facts())).decided(most);
    assertThat(staged.decided().waiting()).isEqualTo(atOnce.waiting());
    Map<String, Decision> whole = byTag(atOnce);
    for (Decision decision : staged.decided().decisions()) {
      assertThat(decision)
          .usingRecursiveComparison()
          .ignoringFields("digest", "created", "bytes")
          .isEqualTo(requireNonNull(whole.get(decision.tag())));
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

  /** Only for the failure messages: limits that keep nothing. */
  @Test
  void seedsMakeTheSameCaseAgain() {
    Scene one = new Scene(17, 0);
    Scene two = new Scene(17, 0);
    assertThat(one.facts()).isEqualTo(two.facts());
    assertThat(one.policy().limits()).isEqualTo(new Limits(500, 50, 0));
  }
}
