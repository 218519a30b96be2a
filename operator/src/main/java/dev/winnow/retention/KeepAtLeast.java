package dev.winnow.retention;

import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code keepAtLeast}: how many digests the tags of a repository must still have. Referrers do not
 * count. Of the tags about to go the first in the deciding rule's order stay.
 */
final class KeepAtLeast {
  private final List<Verdict> verdicts;
  private final int least;
  private boolean changed;

  KeepAtLeast(List<Verdict> verdicts, int least) {
    this.verdicts = verdicts;
    this.least = least;
  }

  /** Whether a tag was kept. */
  boolean changed() {
    return changed;
  }

  /** Keeps what must stay; false when facts are missing first. */
  boolean settle() {
    Set<Digest> staying = new HashSet<>();
    List<Verdict> unread =
        verdicts.stream()
            .filter(v -> !v.goes() && !v.isReferrer())
            .filter(v -> !v.tag.knows(Detail.MANIFEST))
            .toList();
    verdicts.stream()
        .filter(v -> !v.goes() && !v.isReferrer() && v.tag.knows(Detail.MANIFEST))
        .forEach(v -> staying.add(v.tag.digest()));
    int missing = least - staying.size();
    List<Verdict> going = verdicts.stream().filter(Verdict::goes).toList();
    if (missing <= 0 || going.isEmpty()) {
      return true;
    }
    if (!unread.isEmpty()) {
      // One of them may be a referrer or a sibling: only its manifest tells.
      unread.stream().limit(missing).forEach(v -> v.tag.require(Detail.MANIFEST));
      return false;
    }
    return keepFirst(going, staying);
  }

  private boolean keepFirst(List<Verdict> going, Set<Digest> staying) {
    boolean read = true;
    for (Verdict verdict : going) {
      if (verdict.expiredBy().order() == OrderBy.Created) {
        read &= verdict.tag.require(Detail.CONTENT);
      }
    }
    if (!read) {
      return false;
    }
    Comparator<Verdict> order =
        Comparator.comparing((Verdict v) -> v.expiredBy().name())
            .thenComparing((a, b) -> NewestFirst.by(a.expiredBy().order()).compare(a.tag, b.tag));
    for (Verdict verdict : going.stream().sorted(order).toList()) {
      if (staying.size() >= least) {
        break;
      }
      if (staying.add(verdict.tag.digest())) {
        verdict.set(Reason.AtLeast);
        changed = true;
      }
    }
    return true;
  }
}
