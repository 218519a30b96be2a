package dev.winnow.registry;

import java.util.List;

/** What refers to a manifest as its subject. */
public sealed interface ReferrerList {
  /**
   * The registry has a list.
   *
   * @param indexes OCI indexes as JSON, whose descriptors are the referrers: one for each page of
   *     the Referrers API, or the one under the fallback tag; not to be changed
   * @param source where it was found
   */
  record Found(List<byte[]> indexes, Source source) implements ReferrerList {
    public Found {
      indexes = List.copyOf(indexes);
    }
  }

  /** There is neither the API nor the fallback tag. */
  record NotFound() implements ReferrerList {}

  /** Where referrers are listed. */
  enum Source {
    API,
    FALLBACK_TAG
  }
}
