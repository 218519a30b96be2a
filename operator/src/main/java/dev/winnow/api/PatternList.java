package dev.winnow.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A list of patterns. It matches a name when some positive pattern does and none with a leading
 * {@code !}; a list of only {@code !} patterns is everything but them. The order does not matter.
 *
 * @param positive patterns of which one must match; empty: everything
 * @param negative patterns of which none may match
 */
public record PatternList(List<NamePattern> positive, List<NamePattern> negative) {
  /** How many patterns one list may have. */
  public static final int MAX_SIZE = 64;

  private static final PatternList EVERYTHING = new PatternList(List.of(), List.of());

  /** Copies the lists. */
  public PatternList {
    positive = List.copyOf(positive);
    negative = List.copyOf(negative);
  }

  /** The list that matches every name. */
  public static PatternList everything() {
    return EVERYTHING;
  }

  /** Compiles patterns that stand at a path; what is wrong goes to {@code problems}. */
  public static PatternList compile(List<String> texts, String path, Consumer<Problem> problems) {
    if (texts.isEmpty()) {
      problems.accept(new Problem(path, "the list is empty; name at least one pattern"));
    }
    if (texts.size() > MAX_SIZE) {
      problems.accept(new Problem(path, "more than " + MAX_SIZE + " patterns"));
    }
    List<NamePattern> positive = new ArrayList<>();
    List<NamePattern> negative = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      boolean excludes = text.startsWith("!");
      switch (NamePattern.parse(excludes ? text.substring(1) : text)) {
        case Parsed.Ok<NamePattern>(NamePattern pattern) ->
            (excludes ? negative : positive).add(pattern);
        case Parsed.Bad<NamePattern>(String message) ->
            problems.accept(new Problem(path + "[" + i + "]", message));
      }
    }
    return new PatternList(positive, negative);
  }

  /** Whether the list matches the name. */
  public boolean matches(String name) {
    return (positive.isEmpty() || any(positive, name)) && !any(negative, name);
  }

  /** The names that positive patterns without wildcards say. */
  public Stream<String> literals() {
    return positive.stream()
        .filter(NamePattern.Literal.class::isInstance)
        .map(pattern -> ((NamePattern.Literal) pattern).literal())
        .filter(this::matches);
  }

  /** Whether some name that no pattern spells out could match. */
  public boolean hasWildcards() {
    return positive.isEmpty() || !positive.stream().allMatch(NamePattern.Literal.class::isInstance);
  }

  private static boolean any(List<NamePattern> patterns, String name) {
    for (NamePattern pattern : patterns) {
      if (pattern.matches(name)) {
        return true;
      }
    }
    return false;
  }
}
