package dev.winnow.retention;

import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.oci.ReferrerTag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tags of one repository while it is decided, and what deciding still has to know of them. */
final class TagTable {
  /**
   * Epochs of reproducible builds lie before: 1970, 1980. Docker's first release is of this month.
   */
  private static final Instant EARLIEST = Instant.parse("2013-03-01T00:00:00Z");

  private final RepositoryFacts facts;
  private final Instant at;
  private final List<Tag> tags;
  private final Map<String, Detail> needs = new HashMap<>();

  TagTable(RepositoryFacts facts, Instant at) {
    this.facts = facts;
    this.at = at;
    this.tags = new ArrayList<>(facts.tags().size());
    for (TagFacts tag : facts.tags()) {
      tags.add(new Tag(tags.size(), tag));
    }
  }

  String repository() {
    return facts.repository();
  }

  boolean deletesByDigest() {
    return facts.deletion() == RepositoryFacts.Deletion.BY_DIGEST;
  }

  /** All tags, in byte order. */
  List<Tag> tags() {
    return tags;
  }

  int size() {
    return tags.size();
  }

  boolean needsMore() {
    return !needs.isEmpty();
  }

  Outcome.MoreFacts needs() {
    return new Outcome.MoreFacts(needs);
  }

  /** One tag. */
  final class Tag {
    final int index;
    final TagFacts facts;

    /** What the name says that this tag is a referrer of. */
    private final @Nullable Digest subjectByName;

    private boolean versionRead;
    private @Nullable Version version;
    private boolean createdRead;
    private @Nullable Instant created;

    private Tag(int index, TagFacts facts) {
      this.index = index;
      this.facts = facts;
      this.subjectByName = ReferrerTag.subjectOf(facts.tag()).orElse(null);
    }

    String name() {
      return facts.tag();
    }

    boolean knows(Detail detail) {
      return facts.detail().covers(detail);
    }

    /** Says whether this much is known; if not, notes that it is needed. */
    boolean require(Detail detail) {
      if (knows(detail)) {
        return true;
      }
      needs.merge(name(), detail, (a, b) -> a.covers(b) ? a : b);
      return false;
    }

    /** The digest; only to be asked for where {@link Detail#DIGEST} is known. */
    Digest digest() {
      return image().digest();
    }

    ImageFacts image() {
      ImageFacts image = facts.image();
      if (image == null) {
        throw new IllegalStateException("the digest of " + name() + " was not required first");
      }
      return image;
    }

    boolean maybeIndex() {
      return facts.image() != null && facts.image().maybeIndex();
    }

    /** Whether the tag is a referrer, as far as is known. */
    boolean isReferrer() {
      return subjectByName != null || (facts.image() != null && facts.image().subject() != null);
    }

    /** What the tag is a referrer of. */
    List<Digest> subjects() {
      List<Digest> subjects = new ArrayList<>(2);
      if (subjectByName != null) {
        subjects.add(subjectByName);
      }
      if (facts.image() != null && facts.image().subject() != null) {
        subjects.add(facts.image().subject());
      }
      return subjects;
    }

    /** The manifests that the tag leads to; complete where {@link Detail#CLOSURE} is known. */
    List<Digest> reach() {
      List<Digest> reach = new ArrayList<>(1 + image().members().size());
      reach.add(digest());
      reach.addAll(image().members());
      return reach;
    }

    /** The version that the tag is; null when it is none. */
    @Nullable Version version() {
      if (!versionRead) {
        version = Version.parse(name()).orElse(null);
        versionRead = true;
      }
      return version;
    }

    /** When the tag was pushed; null when unknown. */
    @Nullable Instant pushed() {
      return facts.pushed() != null && isKnown(facts.pushed()) ? facts.pushed() : null;
    }

    /** When the image was built, of an index its newest known image; null when unknown. */
    @Nullable Instant created() {
      if (!createdRead && facts.image() != null) {
        created =
            facts.image().created().stream()
                .filter(TagTable.this::isKnown)
                .max(Instant::compareTo)
                .orElse(null);
        createdRead = true;
      }
      return created;
    }

    @Nullable Instant time(OrderBy order) {
      return order == OrderBy.Pushed ? pushed() : created();
    }
  }

  private boolean isKnown(Instant time) {
    return !time.isBefore(EARLIEST) && !time.isAfter(at);
  }
}
