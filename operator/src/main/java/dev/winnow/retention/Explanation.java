package dev.winnow.retention;

import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.TagTable.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What one entry of a rule says of one tag, by itself: decided by the code that decides runs. */
public sealed interface Explanation {
  /**
   * The entry keeps the tag.
   *
   * @param reason the reason that it gives
   */
  record Keeps(Reason reason) implements Explanation {}

  /** The entry does not keep the tag. */
  record DoesNotKeep() implements Explanation {}

  /**
   * More must be known first.
   *
   * @param tags how much of which tag
   */
  record MoreFacts(Map<String, Detail> tags) implements Explanation {
    /** Copies the map. */
    public MoreFacts {
      tags = Map.copyOf(tags);
    }
  }

  /**
   * What an entry says of a tag that its rule selects.
   *
   * @throws IllegalArgumentException when there is no such tag
   */
  static Explanation of(
      RepositoryFacts facts,
      CompiledPolicy policy,
      Rule rule,
      Entry entry,
      String tag,
      Instant at) {
    TagTable table = new TagTable(facts, at);
    Rule alone = new Rule(rule.name(), rule.repositories(), rule.tags(), List.of(entry));
    CompiledPolicy only = new CompiledPolicy(policy.name(), List.of(alone), null, policy.limits());
    PolicyVerdicts verdicts = PolicyVerdicts.of(only, table, at);
    Tag asked =
        table.tags().stream()
            .filter(each -> each.name().equals(tag))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("there is no tag " + tag));
    if (verdicts.requireFacts(asked)) {
      return new MoreFacts(table.needs().tags());
    }
    Reason reason = verdicts.reason(asked);
    return reason == null ? new DoesNotKeep() : new Keeps(reason);
  }
}
