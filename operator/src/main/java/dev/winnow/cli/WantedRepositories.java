package dev.winnow.cli;

import dev.winnow.api.NamePattern;
import dev.winnow.api.Parsed;
import dev.winnow.api.PatternList;
import dev.winnow.api.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The repositories that {@code --repository} asks for; all without it. */
final class WantedRepositories {
  private final List<String> texts;
  private final PatternList patterns;

  private WantedRepositories(List<String> texts, PatternList patterns) {
    this.texts = texts;
    this.patterns = patterns;
  }

  /**
   * @throws CommandException with all that is wrong with the patterns
   */
  static WantedRepositories of(List<String> texts) throws CommandException {
    if (texts.isEmpty()) {
      return new WantedRepositories(texts, PatternList.everything());
    }
    List<Problem> problems = new ArrayList<>();
    PatternList patterns = PatternList.compile(texts, "--repository", problems::add);
    if (!problems.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, problems.stream().map(p -> p.path() + ": " + p.message()).toList());
    }
    return new WantedRepositories(texts, patterns);
  }

  /** The names without wildcards. */
  List<String> named() {
    return patterns.literals().toList();
  }

  /** What to look at, in byte order: also what is named and not listed, which it may be wrongly. */
  List<String> among(List<String> listed) {
    TreeSet<String> wanted = new TreeSet<>(named());
    listed.stream().filter(patterns::matches).forEach(wanted::add);
    return List.copyOf(wanted);
  }

  /** The patterns with wildcards that match nothing. */
  List<String> withoutMatch(List<String> listed) {
    return texts.stream()
        .filter(text -> !text.startsWith("!"))
        .filter(text ->
            NamePattern.parse(text) instanceof Parsed.Ok<NamePattern>(NamePattern pattern)
                && !(pattern instanceof NamePattern.Literal)
                && listed.stream().noneMatch(pattern::matches))
        .toList();
  }
}
