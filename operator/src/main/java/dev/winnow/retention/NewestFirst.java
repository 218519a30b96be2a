package dev.winnow.retention;

import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.retention.TagTable.Tag;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The orders of {@code newest}, newest first. Equal values: versions before what is none, versions
 * by precedence, then names, last first: a total order, since names differ.
 */
final class NewestFirst {
  private static final Comparator<Tag> BY_NAME =
      Comparator.comparing(Tag::name, Comparator.reverseOrder());
  private static final Comparator<Tag> BY_VERSION =
      ((Comparator<Tag>) (a, b) -> lastFirst(a.version(), b.version())).thenComparing(BY_NAME);
  private static final Comparator<Tag> BY_PUSHED =
      ((Comparator<Tag>) (a, b) -> latestFirst(a.pushed(), b.pushed())).thenComparing(BY_VERSION);
  private static final Comparator<Tag> BY_CREATED =
      ((Comparator<Tag>) (a, b) -> latestFirst(a.created(), b.created())).thenComparing(BY_VERSION);

  private NewestFirst() {}

  static Comparator<Tag> by(OrderBy order) {
    return switch (order) {
      case Pushed -> BY_PUSHED;
      case Created -> BY_CREATED;
      case SemVer -> BY_VERSION;
      case Name -> BY_NAME;
    };
  }

  private static int lastFirst(@Nullable Version a, @Nullable Version b) {
    if (a == null || b == null) {
      return Boolean.compare(a == null, b == null);
    }
    return b.compareTo(a);
  }

  private static int latestFirst(@Nullable Instant a, @Nullable Instant b) {
    if (a == null || b == null) {
      return Boolean.compare(a == null, b == null);
    }
    return b.compareTo(a);
  }
}
