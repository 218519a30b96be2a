package dev.winnow.retention;

import java.util.Comparator;
import java.util.List;

/**
 * What is known of one repository.
 *
 * @param repository its name
 * @param tags its tags, in byte order
 * @param deletion how its registry deletes a tag
 */
public record RepositoryFacts(String repository, List<TagFacts> tags, Deletion deletion) {

  /** How a registry deletes a tag. */
  public enum Deletion {
    /** One tag, its siblings stay: distribution 3, zot, OCI 1.1. */
    BY_TAG,
    /** A digest with all its tags: distribution 2. */
    BY_DIGEST
  }

  /** Sorts the tags. */
  public RepositoryFacts {
    tags = tags.stream().sorted(Comparator.comparing(TagFacts::tag)).toList();
  }
}
