package dev.winnow.registry;

import java.util.List;

/** The tags of a repository. */
public sealed interface TagList {
  /**
   * The repository is there.
   *
   * @param tags its tags, each once, in the registry's order; may be none
   */
  record Found(List<String> tags) implements TagList {
    public Found {
      tags = List.copyOf(tags);
    }
  }

  /** There is no such repository. */
  record NotFound() implements TagList {}
}
