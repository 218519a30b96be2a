package dev.winnow.retention;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.winnow.api.NamePattern;
import dev.winnow.api.Parsed;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The group of a tag: what the named groups of a regular expression capture in it. */
public final class GroupBy {
  private final Pattern pattern;
  private final int[] groups;

  private GroupBy(Pattern pattern, int[] groups) {
    this.pattern = pattern;
    this.groups = groups;
  }

  /** Reads a regular expression between slashes with at least one named group. */
  public static Parsed<GroupBy> parse(String text) {
    if (text.length() > NamePattern.MAX_LENGTH) {
      return Parsed.bad("the expression is longer than " + NamePattern.MAX_LENGTH + " characters");
    }
    return switch (NamePattern.regex(text)) {
      case Parsed.Bad<Pattern>(String message) -> Parsed.bad(message);
      case Parsed.Ok<Pattern>(Pattern pattern) -> {
        int[] groups =
            pattern.namedGroups().entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .mapToInt(Map.Entry::getValue)
                .toArray();
        yield groups.length == 0
            ? Parsed.bad("the expression names no group; write (?P<name>…) around what makes one")
            : Parsed.ok(new GroupBy(pattern, groups));
      }
    };
  }

  /** The group of a tag; null when the expression does not match the whole tag. */
  @Nullable Object keyOf(String tag) {
    Matcher matcher = pattern.matcher(tag);
    if (!matcher.matches()) {
      return null;
    }
    if (groups.length == 1) {
      return value(matcher, groups[0]);
    }
    String[] values = new String[groups.length];
    for (int i = 0; i < groups.length; i++) {
      values[i] = value(matcher, groups[i]);
    }
    return List.of(values);
  }

  /** What a group captured; one that took no part captured nothing. */
  private static String value(Matcher matcher, int group) {
    String value = matcher.group(group);
    return value == null ? "" : value;
  }
}
