package dev.winnow.run;

import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.retention.TagFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a tag stays or goes.
 *
 * @param decision what is decided
 * @param facts what was read of the tag
 * @param tags how many tags the repository has
 * @param policies what each policy of the registry says: first the one that is asked
 */
public record Explained(Decision decision, TagFacts facts, int tags, List<OfPolicy> policies) {
  /** Copies the list. */
  public Explained {
    policies = List.copyOf(policies);
  }

  /**
   * @param policy its name
   * @param protects whether {@code protect.tags} matches
   * @param rules what its rules say
   */
  public record OfPolicy(String policy, boolean protects, List<OfRule> rules) {
    /** Copies the list. */
    public OfPolicy {
      rules = List.copyOf(rules);
    }
  }

  /**
   * @param rule its name
   * @param repository whether the rule looks at the repository
   * @param tag whether the rule selects the tag
   * @param entries for each entry of {@code keep} the reason to keep; null where it does not
   */
  public record OfRule(
      String rule, boolean repository, boolean tag, List<@Nullable Reason> entries) {}
}
