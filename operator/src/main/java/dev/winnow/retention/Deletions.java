package dev.winnow.retention;

import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import dev.winnow.retention.TagTable.Tag;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the tags about to go mean for each other: siblings on one digest, members of an index,
 * referrers, how many must stay, how many one plan may hold.
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
    if (!anyGoes()) {
      return true;
    }
    if (!keepMembersAndTheLast()) {
      return false;
    }
    Referrers referrers = new Referrers(table, verdicts);
    while (true) {
      if (!keepMembersOfKeptIndexes()) {
        return false;
      }
      skipSharedDigests();
      if (!referrers.settle()) {
        return false;
      }
      int over = count() - most;
      if (over <= 0) {
        return true;
      }
      postpone(over);
    }
  }

  private boolean anyGoes() {
    return verdicts.stream().anyMatch(Verdict::goes);
  }

  private int count() {
    return (int) verdicts.stream().filter(v -> v.goes() || v.goesWithSubject()).count();
  }

  /** Both rules only ever keep more, and each can give the other work: until nothing changes. */
  private boolean keepMembersAndTheLast() {
    while (true) {
      if (!keepMembersOfKeptIndexes()) {
        return false;
      }
      KeepAtLeast least = new KeepAtLeast(verdicts, keepAtLeast);
      if (!least.settle()) {
        return false;
      }
      if (!least.changed()) {
        return true;
      }
    }
  }

  /** Deleting a digest takes it out of every index too, where a registry deletes by digest only. */
  private boolean keepMembersOfKeptIndexes() {
    if (!table.deletesByDigest()) {
      return true;
    }
    verdicts.forEach(verdict -> verdict.tag.require(Detail.DIGEST));
    boolean changed = true;
    while (changed && !table.needsMore()) {
      changed = false;
      Set<Digest> needed = new HashSet<>();
      for (Verdict verdict : verdicts) {
        Tag tag = verdict.tag;
        if (!verdict.goes() && tag.maybeIndex() && tag.require(Detail.CLOSURE)) {
          needed.addAll(tag.image().members());
        }
      }
      for (Verdict verdict : verdicts) {
        if (verdict.goes() && needed.contains(verdict.tag.digest())) {
          verdict.set(Reason.IndexMember);
          changed = true;
        }
      }
    }
    return !table.needsMore();
  }

  /** A digest of which one tag stays cannot be deleted, where deleting it takes all its tags. */
  private void skipSharedDigests() {
    if (!table.deletesByDigest()) {
      return;
    }
    Set<Digest> staying = new HashSet<>();
    verdicts.stream().filter(v -> !v.goes()).forEach(v -> staying.add(v.tag.digest()));
    for (Verdict verdict : verdicts) {
      if (verdict.goes() && staying.contains(verdict.tag.digest())) {
        verdict.set(Reason.SharedDigest);
      }
    }
  }

  /** Leaves the last ones by name for the next run; what they hold is then decided once more. */
  private void postpone(int over) {
    List<Verdict> last =
        verdicts.stream()
            .filter(Verdict::goes)
            .sorted(Comparator.comparing((Verdict v) -> v.tag.name()).reversed())
            .limit(over)
            .toList();
    last.forEach(Verdict::waitForNextRun);
    waiting += last.size();
  }
}
