package dev.winnow.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides like a run: from the names on, with no more facts than what was asked for. */
final class StagedFacts {
  private final RepositoryFacts whole;
  private final Map<String, TagFacts> known = new TreeMap<>();

  private StagedFacts(RepositoryFacts whole) {
    this.whole = whole;
    for (TagFacts tag : whole.tags()) {
      known.put(tag.tag(), upTo(tag, Detail.NAME));
    }
  }

  /**
   * @param decided the decisions
   * @param read how much of each tag was asked for
   */
  record Result(Outcome.Decided decided, Map<String, Detail> read) {

    /**
     * The whole facts without the subjects of tags whose manifests were not read: that such a tag
     * is a referrer is what reading no more than is needed cannot know.
     */
    RepositoryFacts wholeAsRead(RepositoryFacts whole) {
      List<TagFacts> tags =
          whole.tags().stream()
              .map(tag -> Detail.MANIFEST.compareTo(read.get(tag.tag())) <= 0 ? tag : plain(tag))
              .toList();
      return new RepositoryFacts(whole.repository(), tags, whole.deletion());
    }

    private static TagFacts plain(TagFacts tag) {
      ImageFacts image = image(tag);
      ImageFacts plain =
          new ImageFacts(
              image.detail(),
              image.digest(),
              image.maybeIndex(),
              null,
              image.members(),
              image.created(),
              image.labels(),
              image.bytes());
      return new TagFacts(tag.tag(), plain, tag.pushed());
    }
  }

  static Result decide(RepositoryFacts whole, Rules rules, Instant at, int mostDeletions) {
    StagedFacts staged = new StagedFacts(whole);
    while (true) {
      RepositoryFacts facts =
          new RepositoryFacts(
              whole.repository(), List.copyOf(staged.known.values()), whole.deletion());
      switch (Retention.decide(facts, rules, at, mostDeletions)) {
        case Outcome.Decided decided -> {
          Map<String, Detail> read = new TreeMap<>();
          staged.known.forEach((name, tag) -> read.put(name, tag.detail()));
          return new Result(decided, read);
        }
        case Outcome.MoreFacts(Map<String, Detail> needed) -> staged.supply(needed);
      }
    }
  }

  private void supply(Map<String, Detail> needed) {
    assertThat(needed).as("what is asked for").isNotEmpty();
    needed.forEach((name, detail) -> {
      TagFacts tag = Objects.requireNonNull(known.get(name), "asked for a tag that is not there");
      assertThat(detail).as("asked again for %s", name).isGreaterThan(tag.detail());
    });
    for (TagFacts tag : whole.tags()) {
      Detail detail = needed.get(tag.tag());
      if (detail != null) {
        known.put(tag.tag(), upTo(tag, detail));
      }
    }
  }

  /** The facts as far as this level tells them. */
  static TagFacts upTo(TagFacts tag, Detail detail) {
    return new TagFacts(
        tag.tag(), detail == Detail.NAME ? null : upTo(image(tag), detail), tag.pushed());
  }

  private static ImageFacts image(TagFacts tag) {
    return Objects.requireNonNull(tag.image(), "the whole facts have every image");
  }

  private static ImageFacts upTo(ImageFacts whole, Detail detail) {
    if (detail == Detail.DIGEST) {
      return ImageFacts.ofDigest(whole.digest(), whole.maybeIndex());
    }
    boolean content = detail == Detail.CONTENT;
    @Nullable Long bytes = content || !whole.maybeIndex() ? whole.bytes() : null;
    return new ImageFacts(
        detail,
        whole.digest(),
        whole.maybeIndex(),
        whole.subject(),
        detail.covers(Detail.CLOSURE) ? whole.members() : Set.of(),
        content ? whole.created() : List.of(),
        content ? whole.labels() : List.of(),
        bytes);
  }
}
