package dev.winnow.retention;

import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the tags about to go mean for each other: referrers, members of an index, how many must
 * stay, siblings on one digest, how many one plan may hold.
 *
 * <p>It begins with everything that could go and only ever keeps more, until nothing changes: each
 * tag that stays can be the reason for another to stay.
 */
final class Deletions {
  private final TagTable table;
  private final List<Verdict> verdicts;
  private final int keepAtLeast;
  private final int most;
  private int waiting;

  Deletions(TagTable table, List<Verdict> verdicts, int keepAtLeast, int most) {
    this.table = table;
    this.verdicts = verdicts;
    this.keepAtLeast = keepAtLeast;
    this.most = most;
  }

  /** Deletions left for the next run. */
  int waiting() {
    return waiting;
  }

  /** Settles every verdict; false when facts are missing first. */
  boolean settle() {
    if (verdicts.stream().noneMatch(Verdict::goes)) {
      return true;
    }
    if (table.deletesByDigest()) {
      verdicts.forEach(verdict -> verdict.tag.require(Detail.DIGEST));
    }
    if (table.needsMore()) {
      return false;
    }
    Referrers referrers = new Referrers(table, verdicts);
    KeepAtLeast least = new KeepAtLeast(verdicts, keepAtLeast);
    boolean changed = true;
    while (changed && referrers.settle()) {
      changed =
          keepMembersOfKeptIndexes()
              || least.keepFirst()
              || (!table.needsMore() && (skipSharedDigests() || postpone()));
    }
    return !table.needsMore();
  }

  /** Deleting a digest takes it out of every index too, where a registry deletes by digest only. */
  private boolean keepMembersOfKeptIndexes() {
    if (!table.deletesByDigest()) {
      return false;
    }
    Set<Digest> needed = new HashSet<>();
    for (Verdict verdict : verdicts) {
      if (verdict.stays() && verdict.tag.maybeIndex() && verdict.tag.require(Detail.CLOSURE)) {
        needed.addAll(verdict.tag.image().members());
      }
    }
    boolean changed = false;
    for (Verdict verdict : verdicts) {
      if ((verdict.goes() || verdict.staysForLess(Reason.IndexMember))
          && needed.contains(verdict.tag.digest())) {
        verdict.set(Reason.IndexMember);
        changed = true;
      }
    }
    return changed;
  }

  /** A digest of which one tag stays cannot be deleted, where deleting it takes all its tags. */
  private boolean skipSharedDigests() {
    if (!table.deletesByDigest()) {
      return false;
    }
    Set<Digest> staying = new HashSet<>();
    verdicts.stream().filter(Verdict::stays).forEach(v -> staying.add(v.tag.digest()));
    boolean changed = false;
    for (Verdict verdict : verdicts) {
      if (verdict.goes() && staying.contains(verdict.tag.digest())) {
        verdict.set(Reason.SharedDigest);
        changed = true;
      }
    }
    return changed;
  }

  /** Leaves the last ones by name for the next run, and with them the referrers they hold. */
  private boolean postpone() {
    long over = verdicts.stream().filter(verdict -> !verdict.stays()).count() - most;
    if (over <= 0) {
      return false;
    }
    List<Verdict> last =
        verdicts.stream()
            .filter(Verdict::goes)
            .sorted(Comparator.comparing((Verdict v) -> v.tag.name()).reversed())
            .limit(over)
            .toList();
    last.forEach(Verdict::waitForNextRun);
    waiting += last.size();
    return !last.isEmpty();
  }
}
