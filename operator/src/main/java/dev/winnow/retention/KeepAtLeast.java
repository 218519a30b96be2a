package dev.winnow.retention;

import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code keepAtLeast}: how many digests the tags of a repository must still have. Referrers do not
 * count. Of the tags about to go the first in the deciding rule's order stay; by the rules' names
 * where several rules decide.
 */
final class KeepAtLeast {
  private static final Comparator<Verdict> FIRST =
      Comparator.comparing((Verdict v) -> v.expiredBy().name())
          .thenComparing((a, b) -> NewestFirst.by(a.expiredBy().order()).compare(a.tag, b.tag));

  private final List<Verdict> verdicts;
  private final int least;

  KeepAtLeast(List<Verdict> verdicts, int least) {
    this.verdicts = verdicts;
    this.least = least;
  }

  /** Keeps what must stay; says whether it kept a tag, or asks for the facts that it needs. */
  boolean keepFirst() {
    Set<Digest> staying = new HashSet<>();
    List<Verdict> unread = new ArrayList<>();
    for (Verdict verdict : verdicts) {
      if (verdict.stays() && !verdict.isReferrer()) {
        if (verdict.tag.knows(Detail.MANIFEST)) {
          staying.add(verdict.tag.digest());
        } else {
          unread.add(verdict);
        }
      }
    }
    List<Verdict> going = verdicts.stream().filter(Verdict::goes).toList();
    if (staying.size() >= least || going.isEmpty()) {
      return false;
    }
    if (!unread.isEmpty()) {
      // Each could be a sibling or a referrer, which does not count: only its manifest tells.
      unread.stream()
          .limit(least - staying.size())
          .forEach(verdict -> verdict.tag.require(Detail.MANIFEST));
      return false;
    }
    if (!haveTimes(going)) {
      return false;
    }
    boolean kept = false;
    for (Verdict verdict : going.stream().sorted(FIRST).toList()) {
      if (staying.size() < least && staying.add(verdict.tag.digest())) {
        verdict.set(Reason.AtLeast);
        kept = true;
      }
    }
    return kept;
  }

  private static boolean haveTimes(List<Verdict> going) {
    boolean all = true;
    for (Verdict verdict : going) {
      all &= verdict.expiredBy().order() != OrderBy.Created || verdict.tag.require(Detail.CONTENT);
    }
    return all;
  }
}
