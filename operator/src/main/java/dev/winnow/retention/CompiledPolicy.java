package dev.winnow.retention;

import dev.winnow.api.PatternList;
import dev.winnow.api.RetentionPolicy.AgeBy;
import dev.winnow.api.RetentionPolicy.OrderBy;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A policy ready to decide: immutable, shared by all threads of a run.
 *
 * @param name name of the policy
 * @param rules its rules, by name
 * @param protectedTags tags that stay in every repository; null: none
 * @param limits how much one run may delete
 */
public record CompiledPolicy(
    String name, List<Rule> rules, @Nullable PatternList protectedTags, Limits limits) {

  /** Sorts the rules: of several that could decide, the one with the least name does. */
  public CompiledPolicy {
    rules = rules.stream().sorted(Comparator.comparing(Rule::name)).toList();
  }

  /** Whether a rule selects tags of the repository. */
  public boolean selects(String repository) {
    return rules.stream().anyMatch(rule -> rule.repositories().matches(repository));
  }

  /**
   * @param maxDeletedTags deletions in one run without approval
   * @param maxDeletedPercent percent of the tags in selected repositories, likewise
   * @param keepAtLeast digests that each repository keeps in any case
   */
  public record Limits(int maxDeletedTags, int maxDeletedPercent, int keepAtLeast) {}

  /**
   * @param name name of the rule
   * @param repositories which repositories it looks at
   * @param tags which of their tags it selects
   * @param keep what keeps a selected tag
   */
  public record Rule(String name, PatternList repositories, PatternList tags, List<Entry> keep) {
    /** Copies the entries. */
    public Rule {
      keep = List.copyOf(keep);
    }

    /**
     * What the tags about to go are ordered by when some must stay: {@code newest}'s order, of
     * several the first of {@link OrderBy}; else the age; else the name.
     */
    OrderBy order() {
      Comparator<OrderBy> byOrdinal = Comparator.naturalOrder();
      return keep.stream()
          .map(Entry::newest)
          .flatMap(java.util.stream.Stream::ofNullable)
          .map(Newest::orderBy)
          .min(byOrdinal)
          .or(() ->
              keep.stream()
                  .map(Entry::younger)
                  .flatMap(java.util.stream.Stream::ofNullable)
                  .map(age -> age.by() == AgeBy.Pushed ? OrderBy.Pushed : OrderBy.Created)
                  .min(byOrdinal))
          .orElse(OrderBy.Name);
    }
  }

  /**
   * Holds when all fields that are set hold.
   *
   * @param tags names
   * @param semver versions
   * @param labels what is written on the image
   * @param younger age
   * @param newest the first of an order
   * @param usedWithin last seen in use; nothing tells that yet, so it is unknown, which keeps
   */
  public record Entry(
      @Nullable PatternList tags,
      @Nullable VersionRange semver,
      @Nullable Map<String, String> labels,
      @Nullable Younger younger,
      @Nullable Newest newest,
      @Nullable Duration usedWithin) {

    /** The first reason that the entry gives when it holds. */
    Reason reason() {
      if (labels != null) {
        return Reason.Labelled;
      }
      if (semver != null) {
        return Reason.SemVer;
      }
      if (tags != null) {
        return Reason.Matching;
      }
      return newest != null ? Reason.Newest : Reason.Young;
    }
  }

  /**
   * @param than the age that is too old
   * @param by the time that it is measured from
   */
  public record Younger(Duration than, AgeBy by) {}

  /**
   * @param count how many digests stay
   * @param orderBy what newest means
   * @param groupBy what each group is; null: all tags are one
   */
  public record Newest(int count, OrderBy orderBy, @Nullable GroupBy groupBy) {}
}
