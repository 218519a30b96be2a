package dev.winnow.retention;

import dev.winnow.api.Durations;
import dev.winnow.api.Parsed;
import dev.winnow.api.PatternList;
import dev.winnow.api.Problem;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.KeepEntry;
import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Newest;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.CompiledPolicy.Younger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a policy, and says everything that is wrong with it. A policy with problems must delete
 * nothing at all: a rule that is left out could be the one that keeps.
 */
public final class PolicyCompiler {
  private static final int MAX_RULES = 64;
  private static final int MAX_ENTRIES = 16;
  private static final int MAX_LABELS = 64;
  private static final int MAX_NAME = 63;
  private static final int MAX_NEWEST = 1_000_000;

  private final List<Problem> problems = new ArrayList<>();

  private PolicyCompiler() {}

  /**
   * What compiling gives.
   *
   * @param policy the policy; only to be used when there are no problems
   * @param problems what is wrong, with paths from {@code spec} on
   */
  public record Result(CompiledPolicy policy, List<Problem> problems) {
    /** Copies the list. */
    public Result {
      problems = List.copyOf(problems);
    }
  }

  /** Compiles a policy. */
  public static Result compile(String name, RetentionPolicy.Spec spec) {
    PolicyCompiler compiler = new PolicyCompiler();
    CompiledPolicy policy = compiler.policy(name, spec);
    return new Result(policy, compiler.problems);
  }

  private CompiledPolicy policy(String name, RetentionPolicy.Spec spec) {
    checkSchedule(spec);
    List<Rule> rules = new ArrayList<>();
    Set<String> names = new HashSet<>();
    check(!spec.rules().isEmpty(), "spec.rules", "a policy needs at least one rule");
    check(spec.rules().size() <= MAX_RULES, "spec.rules", "more than " + MAX_RULES + " rules");
    for (int i = 0; i < spec.rules().size(); i++) {
      RetentionPolicy.Rule rule = spec.rules().get(i);
      String path = "spec.rules[" + i + "]";
      check(
          !rule.name().isBlank() && rule.name().length() <= MAX_NAME,
          path + ".name",
          "a rule's name has 1 to " + MAX_NAME + " characters");
      check(
          names.add(rule.name()), path + ".name", "another rule is called " + rule.name() + " too");
      rules.add(rule(rule, path));
    }
    PatternList protect =
        spec.protect().tags() == null
            ? null
            : PatternList.compile(spec.protect().tags(), "spec.protect.tags", problems::add);
    return new CompiledPolicy(name, rules, protect, limits(spec.limits()));
  }

  private void checkSchedule(RetentionPolicy.Spec spec) {
    if (spec.startingDeadline() != null) {
      duration(spec.startingDeadline(), "spec.startingDeadline");
    }
    if (spec.timeZone() != null) {
      try {
        ZoneId.of(spec.timeZone());
      } catch (DateTimeException e) {
        problem("spec.timeZone", "not an IANA time zone; write for example Europe/Berlin");
      }
    }
    bounds(spec.history().succeeded(), 0, 1000, "spec.history.succeeded");
    bounds(spec.history().failed(), 0, 1000, "spec.history.failed");
  }

  private CompiledPolicy.Limits limits(RetentionPolicy.Limits limits) {
    bounds(limits.maxDeletedTags(), 0, Integer.MAX_VALUE, "spec.limits.maxDeletedTags");
    bounds(limits.maxDeletedPercent(), 0, 100, "spec.limits.maxDeletedPercent");
    bounds(limits.keepAtLeast(), 0, Integer.MAX_VALUE, "spec.limits.keepAtLeast");
    return new CompiledPolicy.Limits(
        limits.maxDeletedTags(), limits.maxDeletedPercent(), limits.keepAtLeast());
  }

  private Rule rule(RetentionPolicy.Rule rule, String path) {
    PatternList repositories =
        PatternList.compile(rule.repositories(), path + ".repositories", problems::add);
    PatternList tags =
        rule.tags() == null
            ? PatternList.everything()
            : PatternList.compile(rule.tags(), path + ".tags", problems::add);
    check(
        !rule.keep().isEmpty(),
        path + ".keep",
        "a rule needs at least one entry that keeps something; a rule that keeps nothing would"
            + " delete everything it selects");
    check(
        rule.keep().size() <= MAX_ENTRIES, path + ".keep", "more than " + MAX_ENTRIES + " entries");
    List<Entry> keep = new ArrayList<>();
    for (int i = 0; i < rule.keep().size(); i++) {
      keep.add(entry(rule.keep().get(i), path + ".keep[" + i + "]"));
    }
    return new Rule(rule.name(), repositories, tags, keep);
  }

  private Entry entry(KeepEntry entry, String path) {
    boolean empty =
        entry.tags() == null
            && entry.semver() == null
            && entry.labels() == null
            && entry.youngerThan() == null
            && entry.newest() == null
            && entry.usedWithin() == null;
    check(
        !empty,
        path,
        "an entry needs at least one of tags, semver, labels, youngerThan, newest, usedWithin");
    Map<String, String> labels = entry.labels();
    check(labels == null || !labels.isEmpty(), path + ".labels", "name at least one label");
    check(
        labels == null || labels.size() <= MAX_LABELS,
        path + ".labels",
        "more than " + MAX_LABELS + " labels");
    return new Entry(
        entry.tags() == null
            ? null
            : PatternList.compile(entry.tags(), path + ".tags", problems::add),
        entry.semver() == null
            ? null
            : parse(entry.semver(), path + ".semver", VersionRange::parse),
        labels,
        younger(entry, path),
        newest(entry, path),
        entry.usedWithin() == null ? null : duration(entry.usedWithin(), path + ".usedWithin"));
  }

  private @Nullable Younger younger(KeepEntry entry, String path) {
    if (entry.youngerThan() == null) {
      check(entry.ageBy() == null, path + ".youngerThan", missing("ageBy"));
      return null;
    }
    Duration than = duration(entry.youngerThan(), path + ".youngerThan");
    if (entry.ageBy() == null) {
      problem(path + ".ageBy", "youngerThan needs it: Pushed or Created");
    }
    return than == null || entry.ageBy() == null ? null : new Younger(than, entry.ageBy());
  }

  private @Nullable Newest newest(KeepEntry entry, String path) {
    if (entry.newest() == null) {
      check(entry.orderBy() == null, path + ".newest", missing("orderBy"));
      check(entry.groupBy() == null, path + ".newest", missing("groupBy"));
      return null;
    }
    bounds(entry.newest(), 1, MAX_NEWEST, path + ".newest");
    GroupBy groupBy =
        entry.groupBy() == null ? null : parse(entry.groupBy(), path + ".groupBy", GroupBy::parse);
    if (entry.orderBy() == null) {
      problem(path + ".orderBy", "newest needs it: Pushed, Created, SemVer or Name");
      return null;
    }
    return new Newest(entry.newest(), entry.orderBy(), groupBy);
  }

  /** Said of the field that is missing: where it is there and cannot be read, this is no news. */
  private static String missing(String companion) {
    return "the field is missing; " + companion + " goes with it";
  }

  private @Nullable Duration duration(String text, String path) {
    return parse(text, path, Durations::parse);
  }

  private <T> @Nullable T parse(String text, String path, Function<String, Parsed<T>> parser) {
    return switch (parser.apply(text)) {
      case Parsed.Ok<T>(T value) -> value;
      case Parsed.Bad<T>(String message) -> {
        problem(path, message);
        yield null;
      }
    };
  }

  private void bounds(int value, int least, int most, String path) {
    check(
        value >= least && value <= most,
        path,
        value
            + (value < least
                ? " is too small; at least " + least
                : " is too big; at most " + most));
  }

  private void check(boolean right, String path, String message) {
    if (!right) {
      problem(path, message);
    }
  }

  private void problem(String path, String message) {
    problems.add(new Problem(path, message));
  }
}
