package dev.winnow.retention;

import java.util.List;
import java.util.Map;

/** What deciding gives: the decisions, or what must be read first. */
public sealed interface Outcome {
  /**
   * @param decisions one for each tag, in byte order
   * @param waiting deletions that the bound on a plan left for the next run
   */
  record Decided(List<Decision> decisions, int waiting) implements Outcome {
    /** Copies the list. */
    public Decided {
      decisions = List.copyOf(decisions);
    }
  }

  /**
   * @param tags how much must be known of which tag before anything is decided
   */
  record MoreFacts(Map<String, Detail> tags) implements Outcome {
    /** Copies the map. */
    public MoreFacts {
      tags = Map.copyOf(tags);
    }
  }
}
