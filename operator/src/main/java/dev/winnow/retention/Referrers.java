package dev.winnow.retention;

import dev.winnow.oci.Digest;
import dev.winnow.retention.Retention.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** Referrers that can only go together: each by itself, or all tags of a digest. */
  private final Collection<List<Verdict>> units;

  /** How many staying tags lead to a manifest. */
  private final Map<Digest, Integer> staying = new HashMap<>();

  /** The going tags that lead to a manifest. */
  private final Map<Digest, List<Verdict>> going = new HashMap<>();

  Referrers(TagTable table, List<Verdict> all) {
    this.table = table;
    this.all = all;
    Map<Object, List<Verdict>> grouped = new LinkedHashMap<>();
    all.stream()
        .filter(Verdict::isReferrer)
        .forEach(referrer -> {
          Object key = table.deletesByDigest() ? referrer.tag.digest() : referrer;
          grouped.computeIfAbsent(key, same -> new ArrayList<>()).add(referrer);
        });
    this.units = grouped.values();
  }

  /** Decides every referrer, afresh each time; false when facts are missing first. */
  boolean settle() {
    units.forEach(unit -> unit.forEach(referrer -> referrer.set(Reason.Referrer, null)));
    if (units.isEmpty() || !readGoing()) {
      return !table.needsMore();
    }
    if (units.stream().noneMatch(this::losesTag)) {
      return true;
    }
    if (!readStaying() || !readListed()) {
      return false;
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (List<Verdict> unit : units) {
        if (unit.getFirst().stays() && losesTag(unit) && isFree(unit) && isRead(unit)) {
          release(unit);
          changed = true;
        }
      }
    }
    return !table.needsMore();
  }

  private static boolean isRead(List<Verdict> unit) {
    return unit.stream().allMatch(referrer -> referrer.tag.require(Detail.MANIFEST));
  }

  private boolean readGoing() {
    going.clear();
    for (Verdict verdict : all) {
      if (verdict.goes() && isWhole(verdict)) {
        addGoing(verdict);
      }
    }
    return !table.needsMore();
  }

  private boolean readStaying() {
    staying.clear();
    for (Verdict verdict : all) {
      if (verdict.stays() && verdict.tag.require(Detail.DIGEST) && isWhole(verdict)) {
        verdict.tag.reach().forEach(digest -> staying.merge(digest, 1, Integer::sum));
      }
    }
    return !table.needsMore();
  }

  /**
   * A fallback tag's index lists referrers, which may have tags of their own: these are read, as
   * only a manifest tells what it is about.
   */
  private boolean readListed() {
    Set<Digest> listed = new HashSet<>();
    for (List<Verdict> unit : units) {
      if (losesTag(unit)) {
        listed.addAll(unit.getFirst().tag.image().members());
      }
    }
    for (Verdict verdict : all) {
      if (verdict.stays() && !verdict.isReferrer() && listed.contains(verdict.tag.digest())) {
        verdict.tag.require(Detail.MANIFEST);
      }
    }
    return !table.needsMore();
  }

  private static boolean isWhole(Verdict verdict) {
    return !verdict.tag.maybeIndex() || verdict.tag.require(Detail.CLOSURE);
  }

  private void addGoing(Verdict verdict) {
    for (Digest digest : verdict.tag.reach()) {
      going.computeIfAbsent(digest, key -> new ArrayList<>()).add(verdict);
    }
  }

  private boolean losesTag(List<Verdict> unit) {
    return subjects(unit).stream().anyMatch(going::containsKey);
  }

  private static Set<Digest> subjects(List<Verdict> unit) {
    Set<Digest> subjects = new HashSet<>();
    unit.forEach(referrer -> subjects.addAll(referrer.tag.subjects()));
    return subjects;
  }

  /** Whether nothing that stays leads to a subject, and nothing else needs the referrer itself. */
  private boolean isFree(List<Verdict> unit) {
    List<Digest> own = unit.getFirst().tag.reach();
    for (Digest subject : subjects(unit)) {
      if (isLedTo(subject, own.contains(subject) ? unit.size() : 0)) {
        return false;
      }
    }
    if (!table.deletesByDigest()) {
      return true;
    }
    // By digest the manifest itself goes: no index, and no tag that is no referrer, may need it.
    Digest digest = unit.getFirst().tag.digest();
    return !isLedTo(digest, unit.size())
        && going.getOrDefault(digest, List.of()).stream()
            .noneMatch(verdict -> verdict.tag.digest().equals(digest));
  }

  /** Whether more tags that stay lead to the manifest than these. */
  private boolean isLedTo(Digest manifest, int own) {
    return staying.getOrDefault(manifest, 0) > own;
  }

  private void release(List<Verdict> unit) {
    TreeSet<String> after = new TreeSet<>();
    @Nullable String rule = null;
    for (Digest subject : subjects(unit)) {
      for (Verdict before : going.getOrDefault(subject, List.of())) {
        after.add(before.tag.name());
        String candidate = before.rule();
        if (candidate != null && (rule == null || candidate.compareTo(rule) < 0)) {
          rule = candidate;
        }
      }
    }
    for (Verdict referrer : unit) {
      referrer.tag.reach().forEach(digest -> staying.merge(digest, -1, Integer::sum));
      referrer.goWithSubject(rule, List.copyOf(after));
    }
    unit.forEach(this::addGoing);
  }
}
