package dev.winnow.retention;

import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Referrers that have a tag: they go in the run that deletes the last tag that leads to their
 * subject, and with them their own referrers. One whose subject no tag led to before stays: it is
 * not this run that made it an orphan.
 */
final class Referrers {
  private final TagTable table;
  private final List<Verdict> all;
  private final List<Verdict> referrers;

  /** How many staying tags lead to a manifest. */
  private final Map<Digest, Integer> staying = new HashMap<>();

  /** The going tags that lead to a manifest. */
  private final Map<Digest, List<Verdict>> going = new HashMap<>();

  Referrers(TagTable table, List<Verdict> all) {
    this.table = table;
    this.all = all;
    this.referrers = all.stream().filter(Verdict::isReferrer).toList();
  }

  /** Decides every referrer, afresh each time; false when facts are missing first. */
  boolean settle() {
    referrers.forEach(referrer -> referrer.set(Reason.Referrer, null));
    if (referrers.isEmpty() || !readGoing()) {
      return !table.needsMore();
    }
    if (referrers.stream().noneMatch(this::losesTag)) {
      return true;
    }
    if (!readStaying()) {
      return false;
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Verdict referrer : referrers) {
        if (!referrer.goesWithSubject() && losesTag(referrer) && isFree(referrer)) {
          if (!referrer.tag.require(Detail.MANIFEST)
              || (referrer.tag.maybeIndex() && !referrer.tag.require(Detail.CLOSURE))) {
            continue;
          }
          release(referrer);
          changed = true;
        }
      }
    }
    return !table.needsMore();
  }

  private boolean readGoing() {
    going.clear();
    for (Verdict verdict : all) {
      if (verdict.goes() && (!verdict.tag.maybeIndex() || verdict.tag.require(Detail.CLOSURE))) {
        addGoing(verdict);
      }
    }
    return !table.needsMore();
  }

  private boolean readStaying() {
    staying.clear();
    for (Verdict verdict : all) {
      if (!verdict.goes()
          && verdict.tag.require(Detail.DIGEST)
          && (!verdict.tag.maybeIndex() || verdict.tag.require(Detail.CLOSURE))) {
        verdict.tag.reach().forEach(digest -> staying.merge(digest, 1, Integer::sum));
      }
    }
    return !table.needsMore();
  }

  private void addGoing(Verdict verdict) {
    for (Digest digest : verdict.tag.reach()) {
      going.computeIfAbsent(digest, key -> new ArrayList<>()).add(verdict);
    }
  }

  private boolean losesTag(Verdict referrer) {
    return referrer.tag.subjects().stream().anyMatch(going::containsKey);
  }

  /** Whether nothing that stays leads to a subject, and nothing else needs the referrer itself. */
  private boolean isFree(Verdict referrer) {
    List<Digest> own = referrer.tag.reach();
    for (Digest subject : referrer.tag.subjects()) {
      if (staying.getOrDefault(subject, 0) > (own.contains(subject) ? 1 : 0)) {
        return false;
      }
    }
    // By digest the manifest itself goes: no sibling and no index may still lead to it.
    return !table.deletesByDigest() || staying.getOrDefault(referrer.tag.digest(), 0) <= 1;
  }

  private void release(Verdict referrer) {
    referrer.tag.reach().forEach(digest -> staying.merge(digest, -1, Integer::sum));
    TreeSet<String> after = new TreeSet<>();
    @Nullable String rule = null;
    for (Digest subject : referrer.tag.subjects()) {
      for (Verdict before : going.getOrDefault(subject, List.of())) {
        after.add(before.tag.name());
        String candidate = before.rule();
        if (candidate != null && (rule == null || candidate.compareTo(rule) < 0)) {
          rule = candidate;
        }
      }
    }
    referrer.goWithSubject(rule, List.copyOf(after));
    addGoing(referrer);
  }
}
