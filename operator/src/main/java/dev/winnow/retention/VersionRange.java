package dev.winnow.retention;

import dev.winnow.api.Parsed;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of versions in npm's notation: comparators, {@code ^}, {@code ~}, {@code x}, hyphen
 * ranges and {@code ||}. Pre-releases count by precedence wherever the range lies, as with
 * node-semver's {@code includePrerelease}. Source: npm/node-semver README § Ranges,
 * classes/range.js.
 *
 * @param alternatives a version is inside when all comparators of one alternative hold
 */
public record VersionRange(List<List<Comparator>> alternatives) {
  private static final String NUMBER = "(\\d+|[xX*])";
  private static final String PARTIAL =
      "[v=\\s]*"
          + NUMBER
          + "(?:\\."
          + NUMBER
          + "(?:\\."
          + NUMBER
          + "(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?)?)?";
  private static final Pattern SIMPLE = Pattern.compile("(\\^|~>?|>=|<=|>|<|=)?\\s*" + PARTIAL);
  private static final Pattern HYPHEN = Pattern.compile(PARTIAL + "\\s+-\\s+" + PARTIAL);
  private static final int MAX_LENGTH = 256;

  /** How a version must stand to a bound. */
  enum Operator {
    LESS,
    AT_MOST,
    EQUAL,
    AT_LEAST,
    GREATER
  }

  /**
   * @param operator how
   * @param bound to what
   */
  record Comparator(Operator operator, Version bound) {
    boolean holds(Version version) {
      int order = version.compareTo(bound);
      return switch (operator) {
        case LESS -> order < 0;
        case AT_MOST -> order <= 0;
        case EQUAL -> order == 0;
        case AT_LEAST -> order >= 0;
        case GREATER -> order > 0;
      };
    }
  }

  /** Copies the list. */
  public VersionRange {
    alternatives = alternatives.stream().map(List::copyOf).toList();
  }

  /** Whether the version lies inside. */
  public boolean contains(Version version) {
    for (List<Comparator> all : alternatives) {
      if (all.stream().allMatch(comparator -> comparator.holds(version))) {
        return true;
      }
    }
    return false;
  }

  /** Reads a range. */
  public static Parsed<VersionRange> parse(String text) {
    if (text.isBlank() || text.length() > MAX_LENGTH) {
      return Parsed.bad("not a version range; write for example \">=2.0.0\", \"1.x\" or \"*\"");
    }
    List<List<Comparator>> alternatives = new ArrayList<>();
    for (String alternative : text.split("\\|\\|", -1)) {
      List<Comparator> all = new ArrayList<>();
      if (!readAlternative(alternative.strip(), all)) {
        return Parsed.bad(
            "\""
                + alternative.strip()
                + "\" is not a version range; write for example \">=2.0.0\", \"^1.4\" or \"1.2 - 1.9\"");
      }
      alternatives.add(all);
    }
    return Parsed.ok(new VersionRange(alternatives));
  }

  private static boolean readAlternative(String text, List<Comparator> into) {
    Matcher hyphen = HYPHEN.matcher(text);
    if (hyphen.matches()) {
      Partial from = Partial.of(hyphen, 1);
      Partial to = Partial.of(hyphen, 5);
      return from.isValid() && to.isValid() && from.atLeast(into) && to.atMost(into);
    }
    Matcher simple = SIMPLE.matcher(text);
    int at = 0;
    while (at < text.length()) {
      simple.region(at, text.length());
      if (!simple.lookingAt() || simple.end() == at) {
        return false;
      }
      Partial partial = Partial.of(simple, 2);
      boolean separated = simple.end() == text.length() || text.charAt(simple.end()) == ' ';
      if (!separated || !partial.isValid() || !comparators(simple.group(1), partial, into)) {
        return false;
      }
      at = simple.end();
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
    }
    return true;
  }

  private static boolean comparators(
      @Nullable String operator, Partial partial, List<Comparator> into) {
    return switch (operator == null ? "" : operator) {
      case "^" -> partial.caret(into);
      case "~", "~>" -> partial.tilde(into);
      case ">=" -> partial.atLeast(into);
      case "<=" -> partial.atMost(into);
      case ">" -> partial.greater(into);
      case "<" -> partial.less(into);
      default -> partial.equal(into);
    };
  }

  /** A version of which the last numbers may be missing. */
  private record Partial(
      @Nullable String major, @Nullable String minor, @Nullable String patch, List<String> pre) {

    /** The pre-release before all others: {@code <2.0.0-0} leaves out those of 2.0.0 too. */
    private static final String LOWEST = "0";

    static Partial of(Matcher form, int group) {
      String pre = form.group(group + 3);
      return new Partial(
          number(form.group(group)),
          number(form.group(group + 1)),
          number(form.group(group + 2)),
          pre == null ? List.of() : List.of(pre.split("\\.", -1)));
    }

    private static @Nullable String number(@Nullable String text) {
      return text == null || "xX*".contains(text) ? null : text;
    }

    /** A number behind a wildcard means nothing, and an identifier is never empty. */
    boolean isValid() {
      boolean ordered = (major != null || minor == null) && (minor != null || patch == null);
      return ordered && pre.stream().noneMatch(String::isEmpty);
    }

    private Version lowest() {
      if (major == null || minor == null || patch == null) {
        return Version.of(zero(major), zero(minor), zero(patch), LOWEST);
      }
      return Version.of(major, minor, patch, pre.toArray(String[]::new));
    }

    /** The first version behind everything that this one stands for; null when it is everything. */
    private @Nullable Version behind() {
      if (major == null) {
        return null;
      }
      return minor == null
          ? Version.of(next(major), "0", "0", LOWEST)
          : Version.of(major, next(minor), "0", LOWEST);
    }

    private boolean isFull() {
      return patch != null;
    }

    boolean atLeast(List<Comparator> into) {
      return into.add(new Comparator(Operator.AT_LEAST, lowest()));
    }

    boolean atMost(List<Comparator> into) {
      if (isFull()) {
        return into.add(new Comparator(Operator.AT_MOST, lowest()));
      }
      return below(behind(), into);
    }

    boolean greater(List<Comparator> into) {
      if (isFull()) {
        return into.add(new Comparator(Operator.GREATER, lowest()));
      }
      Version behind = behind();
      return behind == null
          ? into.add(new Comparator(Operator.LESS, Version.of("0", "0", "0", LOWEST)))
          : into.add(new Comparator(Operator.AT_LEAST, behind));
    }

    boolean less(List<Comparator> into) {
      return into.add(new Comparator(Operator.LESS, lowest()));
    }

    boolean equal(List<Comparator> into) {
      if (isFull()) {
        return into.add(new Comparator(Operator.EQUAL, lowest()));
      }
      return atLeast(into) && below(behind(), into);
    }

    boolean tilde(List<Comparator> into) {
      return atLeast(into) && below(behind(), into);
    }

    boolean caret(List<Comparator> into) {
      atLeast(into);
      if (major == null) {
        return true;
      }
      if (!isZero(major) || minor == null) {
        return below(Version.of(next(major), "0", "0", LOWEST), into);
      }
      if (!isZero(minor) || patch == null) {
        return below(Version.of(major, next(minor), "0", LOWEST), into);
      }
      return below(Version.of(major, minor, next(patch), LOWEST), into);
    }

    private static boolean below(@Nullable Version bound, List<Comparator> into) {
      return bound == null || into.add(new Comparator(Operator.LESS, bound));
    }

    private static boolean isZero(String number) {
      return Version.withoutZeros(number).equals("0");
    }

    private static String zero(@Nullable String number) {
      return number == null ? "0" : number;
    }

    private static String next(String number) {
      return new BigInteger(number).add(BigInteger.ONE).toString();
    }
  }
}
