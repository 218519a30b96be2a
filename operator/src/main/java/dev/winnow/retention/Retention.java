package dev.winnow.retention;

import dev.winnow.retention.TagTable.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides one repository: each tag gets one action and one reason.
 *
 * <p>Facts cost requests, so deciding starts from the names alone and asks for what it still needs:
 * either the outcome is decided, or it says what to read before asking again. Facts that are not
 * needed are never asked for, and nothing is decided without those that are.
 */
public final class Retention {
  private final TagTable table;
  private final Rules rules;
  private final Instant at;

  private Retention(TagTable table, Rules rules, Instant at) {
    this.table = table;
    this.rules = rules;
    this.at = at;
  }

  /** Decides with no bound on the number of deletions. */
  public static Outcome decide(RepositoryFacts facts, Rules rules, Instant at) {
    return decide(facts, rules, at, Integer.MAX_VALUE);
  }

  /**
   * Decides.
   *
   * @param at the instant that all ages are measured from: the start of the run
   * @param mostDeletions deletions beyond it wait for the next run
   */
  public static Outcome decide(RepositoryFacts facts, Rules rules, Instant at, int mostDeletions) {
    return new Retention(new TagTable(facts, at), rules, at).decide(mostDeletions);
  }

  private Outcome decide(int mostDeletions) {
    boolean selected = rules.policy().selects(table.repository());
    List<Verdict> verdicts = new ArrayList<>(table.size());
    if (!selected) {
      table.tags().forEach(tag -> verdicts.add(new Verdict(tag, Reason.NotSelected, null)));
      return decided(verdicts, 0);
    }
    judge(verdicts);
    if (table.needsMore()) {
      return table.needs();
    }
    Deletions deletions =
        new Deletions(table, verdicts, rules.policy().limits().keepAtLeast(), mostDeletions);
    return deletions.settle() ? decided(verdicts, deletions.waiting()) : table.needs();
  }

  /** What the policies say of each tag by itself. */
  private void judge(List<Verdict> verdicts) {
    PolicyVerdicts own = PolicyVerdicts.of(rules.policy(), table, at);
    for (Tag tag : table.tags()) {
      verdicts.add(judge(own, tag));
    }
    if (table.needsMore()) {
      return;
    }
    for (CompiledPolicy other : rules.others()) {
      keepByPolicy(other, verdicts);
    }
    if (table.needsMore()) {
      return;
    }
    // What goes is read: its digest is what will be deleted, and it may turn out to be a referrer.
    for (Verdict verdict : verdicts) {
      if (verdict.goes()) {
        verdict.tag.require(Detail.MANIFEST);
      }
    }
  }

  private static Verdict judge(PolicyVerdicts own, Tag tag) {
    if (tag.isReferrer()) {
      return new Verdict(tag, Reason.Referrer, null);
    }
    CompiledPolicy.Rule selecting = own.selecting(tag);
    if (selecting == null) {
      return new Verdict(tag, Reason.NotSelected, null);
    }
    own.requireFacts(tag);
    Reason reason = own.reason(tag);
    if (reason != null) {
      return new Verdict(tag, reason, own.rule(tag));
    }
    Verdict verdict = new Verdict(tag, Reason.Expired, selecting.name());
    verdict.expires(selecting);
    return verdict;
  }

  private void keepByPolicy(CompiledPolicy other, List<Verdict> verdicts) {
    if (verdicts.stream().noneMatch(Verdict::goes)) {
      return;
    }
    PolicyVerdicts theirs = PolicyVerdicts.of(other, table, at);
    for (Verdict verdict : verdicts) {
      if (verdict.goes()
          && !theirs.requireFacts(verdict.tag)
          && theirs.reason(verdict.tag) != null) {
        String rule = theirs.rule(verdict.tag);
        verdict.set(Reason.KeptByPolicy, rule == null ? other.name() : other.name() + "/" + rule);
      }
    }
  }

  private static Outcome decided(List<Verdict> verdicts, int waiting) {
    return new Outcome.Decided(verdicts.stream().map(Verdict::decision).toList(), waiting);
  }

  /** What becomes of one tag while its repository is decided. */
  static final class Verdict {
    final Tag tag;
    private Reason reason;
    private @Nullable String rule;
    private CompiledPolicy.@Nullable Rule expiredBy;
    private List<String> after = List.of();
    private boolean waits;

    Verdict(Tag tag, Reason reason, @Nullable String rule) {
      this.tag = tag;
      this.reason = reason;
      this.rule = rule;
    }

    void expires(CompiledPolicy.Rule by) {
      expiredBy = by;
    }

    /** The rule by which the tag is about to go; only to be asked for where {@link #goes}. */
    CompiledPolicy.Rule expiredBy() {
      if (expiredBy == null) {
        throw new IllegalStateException(tag.name() + " is not about to go");
      }
      return expiredBy;
    }

    /** Whether a rule selects the tag and nothing keeps it so far. */
    boolean goes() {
      return reason == Reason.Expired && !waits;
    }

    boolean isReferrer() {
      return reason == Reason.Referrer || reason == Reason.WithSubject;
    }

    boolean goesWithSubject() {
      return reason == Reason.WithSubject;
    }

    /** Whether the tag stays, as far as is decided. */
    boolean stays() {
      return !goes() && !goesWithSubject();
    }

    /** Whether the tag expired and stays for a reason that comes after this one. */
    boolean staysForLess(Reason than) {
      return expiredBy != null && !waits && reason.rank() > than.rank() && stays();
    }

    @Nullable String rule() {
      return rule;
    }

    void set(Reason reason) {
      this.reason = reason;
    }

    void set(Reason reason, @Nullable String rule) {
      this.reason = reason;
      this.rule = rule;
      this.after = List.of();
    }

    void goWithSubject(@Nullable String rule, List<String> after) {
      set(Reason.WithSubject, rule);
      this.after = after;
    }

    void waitForNextRun() {
      waits = true;
    }

    Decision decision() {
      return new Decision(
          tag.name(),
          tag.facts.digest(),
          waits ? Action.Skip : reason.action(),
          reason,
          rule,
          tag.pushed(),
          tag.created(),
          tag.facts.image() == null ? null : tag.facts.image().bytes(),
          after);
    }
  }
}
