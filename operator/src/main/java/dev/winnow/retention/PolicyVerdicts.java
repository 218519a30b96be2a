package dev.winnow.retention;

import dev.winnow.api.RetentionPolicy.AgeBy;
import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Newest;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.TagTable.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one policy says of each tag of one repository: whether a rule selects it, and the first
 * reason to keep it. Where facts are missing it says which reason they could bring, so that they
 * are asked for only if that reason would count.
 */
final class PolicyVerdicts {
  /** What an entry's fields, {@code newest} aside, say of a tag. */
  private enum Fields {
    FAIL,
    HOLD,
    UNKNOWN_TIME,
    NOT_READ
  }

  private static final int NO_RANK = Integer.MAX_VALUE;
  private static final int RULES = 64;
  private static final Reason[] REASONS = Reason.values();
  private static final Object EVERY_TAG = new Object();

  private final CompiledPolicy policy;
  private final TagTable table;
  private final Instant at;

  /** Least rule that selects the tag; -1: none. */
  private final int[] selectedBy;

  /** Reason and rule that keep the tag, as one number that grows with both. */
  private final int[] kept;

  /** The least rank that facts not read yet could bring, and which facts these are. */
  private final int[] possible;

  private final @Nullable Missing[] missing;

  /** Tags of which too little is known: one tag by itself, or all of a group that compete. */
  private record Missing(List<Tag> tags, Detail detail) {}

  private PolicyVerdicts(CompiledPolicy policy, TagTable table, Instant at) {
    this.policy = policy;
    this.table = table;
    this.at = at;
    this.selectedBy = new int[table.size()];
    this.kept = new int[table.size()];
    this.possible = new int[table.size()];
    this.missing = new @Nullable Missing[table.size()];
    Arrays.fill(selectedBy, -1);
    Arrays.fill(kept, NO_RANK);
    Arrays.fill(possible, NO_RANK);
  }

  static PolicyVerdicts of(CompiledPolicy policy, TagTable table, Instant at) {
    PolicyVerdicts verdicts = new PolicyVerdicts(policy, table, at);
    verdicts.evaluate();
    return verdicts;
  }

  /** The least rule that selects the tag; null when none does. */
  @Nullable Rule selecting(Tag tag) {
    int rule = selectedBy[tag.index];
    return rule < 0 ? null : policy.rules().get(rule);
  }

  /** The first reason to keep the tag; null when there is none, as far as is known. */
  @Nullable Reason reason(Tag tag) {
    int rank = kept[tag.index];
    return rank == NO_RANK ? null : REASONS[rank / RULES];
  }

  /** The rule that keeps the tag; null when {@code protect} does, or nothing. */
  @Nullable String rule(Tag tag) {
    int rank = kept[tag.index];
    return rank == NO_RANK || rank / RULES == Reason.ProtectedTag.rank()
        ? null
        : policy.rules().get(rank % RULES).name();
  }

  /** Whether facts that were not read could bring a better reason; if so, notes them as needed. */
  boolean requireFacts(Tag tag) {
    Missing facts = missing[tag.index];
    if (facts == null || possible[tag.index] >= kept[tag.index]) {
      return false;
    }
    facts.tags().forEach(each -> each.require(facts.detail()));
    return true;
  }

  private void evaluate() {
    if (policy.protectedTags() != null) {
      for (Tag tag : table.tags()) {
        if (!tag.isReferrer() && policy.protectedTags().matches(tag.name())) {
          keep(tag, Reason.ProtectedTag, 0);
        }
      }
    }
    for (int index = 0; index < policy.rules().size(); index++) {
      Rule rule = policy.rules().get(index);
      if (rule.repositories().matches(table.repository())) {
        evaluate(index, rule);
      }
    }
  }

  private void evaluate(int index, Rule rule) {
    List<Tag> selected = new ArrayList<>(table.size());
    for (Tag tag : table.tags()) {
      if (!tag.isReferrer() && rule.tags().matches(tag.name())) {
        selected.add(tag);
        if (selectedBy[tag.index] < 0) {
          selectedBy[tag.index] = index;
        }
      }
    }
    for (Entry entry : rule.keep()) {
      if (entry.newest() == null) {
        evaluate(index, entry, selected);
      } else {
        evaluate(index, entry, entry.newest(), selected);
      }
    }
  }

  private void evaluate(int rule, Entry entry, List<Tag> selected) {
    for (Tag tag : selected) {
      switch (fields(entry, tag)) {
        case HOLD -> keep(tag, entry.reason(), rule);
        case UNKNOWN_TIME -> keep(tag, Reason.UnknownTime, rule);
        case NOT_READ -> miss(tag, entry.reason(), rule, new Missing(List.of(tag), Detail.CONTENT));
        case FAIL -> {}
      }
    }
  }

  private void evaluate(int rule, Entry entry, Newest newest, List<Tag> selected) {
    Map<Object, List<Tag>> groups = new HashMap<>();
    Set<Object> unread = new HashSet<>();
    Detail needed = needed(entry, newest);
    for (Tag tag : selected) {
      Fields fields = fields(entry, tag);
      if (fields == Fields.FAIL) {
        continue;
      }
      if (fields == Fields.UNKNOWN_TIME) {
        keep(tag, Reason.UnknownTime, rule);
        continue;
      }
      Object group = newest.groupBy() == null ? EVERY_TAG : newest.groupBy().keyOf(tag.name());
      Reason uncounted = uncounted(newest.orderBy(), tag, group);
      if (uncounted == null && group != null) {
        groups.computeIfAbsent(group, key -> new ArrayList<>()).add(tag);
        if (!tag.knows(needed)) {
          unread.add(group);
        }
      } else if (uncounted == null || fields == Fields.NOT_READ) {
        // Kept by this entry or not, and why: that takes the facts.
        miss(tag, Reason.UnknownTime, rule, new Missing(List.of(tag), needed));
      } else {
        keep(tag, uncounted, rule);
      }
    }
    groups.forEach((group, tags) -> {
      if (unread.contains(group)) {
        Missing all = new Missing(tags, needed);
        tags.forEach(tag -> miss(tag, entry.reason(), rule, all));
      } else {
        rank(rule, entry, newest, tags);
      }
    });
  }

  /** What must be known of the tags that compete; the manifest says which of them are referrers. */
  private static Detail needed(Entry entry, Newest newest) {
    boolean aged = entry.younger() != null && entry.younger().by() == AgeBy.Created;
    return aged || entry.labels() != null || newest.orderBy() == OrderBy.Created
        ? Detail.CONTENT
        : Detail.MANIFEST;
  }

  /**
   * Why a tag is kept by {@code newest} without using up a place; null when it competes, or when
   * that is not known yet.
   */
  private static @Nullable Reason uncounted(OrderBy order, Tag tag, @Nullable Object group) {
    if (order == OrderBy.Created && !tag.knows(Detail.CONTENT)) {
      return null;
    }
    if (isTimed(order) && tag.time(order) == null) {
      return Reason.UnknownTime;
    }
    if (order == OrderBy.SemVer && tag.version() == null) {
      return Reason.NotAVersion;
    }
    return group == null ? Reason.NoGroup : null;
  }

  private void rank(int rule, Entry entry, Newest newest, List<Tag> tags) {
    if (isTimed(newest.orderBy()) && saysNothing(newest.orderBy(), tags)) {
      tags.forEach(tag -> keep(tag, Reason.UnknownTime, rule));
      return;
    }
    tags.sort(NewestFirst.by(newest.orderBy()));
    Set<Digest> before = new HashSet<>();
    for (Tag tag : tags) {
      int others = before.size() - (before.contains(tag.digest()) ? 1 : 0);
      if (others < newest.count()) {
        keep(tag, entry.reason(), rule);
      }
      before.add(tag.digest());
      if (before.size() > newest.count()) {
        return; // from here on at least that many others stand before every tag
      }
    }
  }

  private static boolean isTimed(OrderBy order) {
    return order == OrderBy.Pushed || order == OrderBy.Created;
  }

  /** Two or more digests and one time: an import or a restored backup, no order. */
  private static boolean saysNothing(OrderBy order, List<Tag> tags) {
    Tag first = tags.getFirst();
    boolean severalDigests = false;
    for (Tag tag : tags) {
      if (!Objects.equals(tag.time(order), first.time(order))) {
        return false;
      }
      severalDigests |= !tag.digest().equals(first.digest());
    }
    return severalDigests;
  }

  private Fields fields(Entry entry, Tag tag) {
    if (entry.tags() != null && !entry.tags().matches(tag.name())) {
      return Fields.FAIL;
    }
    if (entry.semver() != null
        && (tag.version() == null || !entry.semver().contains(tag.version()))) {
      return Fields.FAIL;
    }
    boolean notRead = entry.labels() != null && !tag.knows(Detail.CONTENT);
    if (entry.labels() != null
        && !notRead
        && tag.image().labels().stream().noneMatch(image -> image.have(entry.labels()))) {
      return Fields.FAIL;
    }
    boolean unknownTime = entry.usedWithin() != null;
    if (entry.younger() != null) {
      boolean byCreated = entry.younger().by() == AgeBy.Created;
      Instant time = byCreated ? tag.created() : tag.pushed();
      notRead |= byCreated && !tag.knows(Detail.CONTENT);
      if (time != null && !time.isAfter(at.minus(entry.younger().than()))) {
        return Fields.FAIL;
      }
      unknownTime |= time == null;
    }
    return notRead ? Fields.NOT_READ : unknownTime ? Fields.UNKNOWN_TIME : Fields.HOLD;
  }

  private void keep(Tag tag, Reason reason, int rule) {
    kept[tag.index] = Math.min(kept[tag.index], reason.rank() * RULES + rule);
  }

  private void miss(Tag tag, Reason reason, int rule, Missing facts) {
    int rank = reason.rank() * RULES + rule;
    if (rank < possible[tag.index]) {
      possible[tag.index] = rank;
      missing[tag.index] = facts;
    }
  }
}
