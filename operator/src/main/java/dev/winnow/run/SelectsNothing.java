package dev.winnow.run;

import dev.winnow.api.NamePattern;
import dev.winnow.api.Parsed;
import dev.winnow.api.PatternList;
import dev.winnow.api.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rules and patterns of a policy that match nothing in a registry: most often a slip of
 * the pen. Fed with every repository; not safe for several threads.
 */
final class SelectsNothing {
  private final List<Unmatched> open = new ArrayList<>();

  /** Something that has matched nothing so far. */
  private interface Unmatched {
    String name();

    boolean matches(String repository, List<String> tags);
  }

  /** Of a repository's name. */
  private record OfRepository(String name, NamePattern pattern) implements Unmatched {
    @Override
    public boolean matches(String repository, List<String> tags) {
      return pattern.matches(repository);
    }
  }

  /** Of a tag, in the repositories that a rule looks at. */
  private record OfTag(String name, PatternList repositories, NamePattern pattern)
      implements Unmatched {
    @Override
    public boolean matches(String repository, List<String> tags) {
      return repositories.matches(repository) && tags.stream().anyMatch(pattern::matches);
    }
  }

  SelectsNothing(RetentionPolicy.Spec policy) {
    for (RetentionPolicy.Rule rule : policy.rules()) {
      var repositories = compile(rule.repositories());
      var tags = rule.tags() == null ? PatternList.everything() : compile(rule.tags());
      open.add(new OfRule(rule.name(), repositories, tags));
      patterns(rule.repositories())
          .forEach(p -> open.add(new OfRepository(rule.name() + ".repositories: " + p, parse(p))));
      patterns(rule.tags())
          .forEach(p -> open.add(new OfTag(rule.name() + ".tags: " + p, repositories, parse(p))));
      for (RetentionPolicy.KeepEntry entry : rule.keep()) {
        patterns(entry.tags())
            .forEach(
                p -> open.add(new OfTag(rule.name() + ".keep.tags: " + p, repositories, parse(p))));
      }
    }
    patterns(policy.protect().tags())
        .forEach(
            p -> open.add(new OfTag("protect.tags: " + p, PatternList.everything(), parse(p))));
  }

  /** A rule as a whole: a tag in a repository. */
  private record OfRule(String name, PatternList repositories, PatternList tags)
      implements Unmatched {
    @Override
    public boolean matches(String repository, List<String> names) {
      return repositories.matches(repository) && names.stream().anyMatch(tags::matches);
    }
  }

  void saw(String repository, List<String> tags) {
    open.removeIf(unmatched -> unmatched.matches(repository, tags));
  }

  /** What matched nothing; patterns of a rule that as a whole matched nothing are left out. */
  List<String> names() {
    List<String> rules =
        open.stream().filter(OfRule.class::isInstance).map(Unmatched::name).toList();
    return open.stream()
        .filter(
            u -> u instanceof OfRule || rules.stream().noneMatch(r -> u.name().startsWith(r + ".")))
        .map(Unmatched::name)
        .distinct()
        .toList();
  }

  private static Stream<String> patterns(@Nullable List<String> texts) {
    return texts == null ? Stream.empty() : texts.stream();
  }

  private static NamePattern parse(String text) {
    return switch (NamePattern.parse(text.startsWith("!") ? text.substring(1) : text)) {
      case Parsed.Ok<NamePattern>(NamePattern pattern) -> pattern;
      case Parsed.Bad<NamePattern>(String message) ->
          throw new IllegalArgumentException("a compiled policy has valid patterns: " + message);
    };
  }

  private static PatternList compile(List<String> texts) {
    return PatternList.compile(
        texts,
        "",
        problem -> {
          throw new IllegalArgumentException(problem.message());
        });
  }
}
