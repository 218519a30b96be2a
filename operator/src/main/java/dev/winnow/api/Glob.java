package dev.winnow.api;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Globs: {@code *} is any run without {@code /}, {@code **} any run, {@code ?} one character,
 * {@code [a-c]} one of a set, {@code {a,b}} one of several; a backslash takes the next character as
 * it is.
 */
final class Glob {
  private final String text;
  private final StringBuilder regex = new StringBuilder("(?s)");
  private int at;
  private int openBraces;

  private Glob(String text) {
    this.text = text;
  }

  static Parsed<NamePattern> parse(String text) {
    int wildcard = firstWildcard(text, 0);
    if (wildcard < 0) {
      return Parsed.ok(new NamePattern.Literal(text));
    }
    if (text.charAt(wildcard) == '*') {
      boolean crosses = text.startsWith("**", wildcard);
      int rest = wildcard + (crosses ? 2 : 1);
      if (firstWildcard(text, rest) < 0) {
        return Parsed.ok(
            new NamePattern.OneStar(text.substring(0, wildcard), text.substring(rest), crosses));
      }
    }
    return new Glob(text).translate();
  }

  private static int firstWildcard(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if ("*?[]{}\\".indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private Parsed<NamePattern> translate() {
    while (at < text.length()) {
      char c = text.charAt(at++);
      switch (c) {
        case '*' -> star();
        case '?' -> regex.append('.');
        case '[' -> {
          if (!set()) {
            return bad("a set opened with [ is not closed");
          }
        }
        case '{' -> {
          openBraces++;
          regex.append("(?:");
        }
        case '}' -> {
          if (--openBraces < 0) {
            return bad("a } has no {");
          }
          regex.append(')');
        }
        case ',' -> regex.append(openBraces > 0 ? "|" : ",");
        case '\\' -> {
          if (at == text.length()) {
            return bad("it ends in a backslash");
          }
          literal(text.charAt(at++));
        }
        default -> literal(c);
      }
    }
    return openBraces > 0 ? bad("a { is not closed") : compile();
  }

  private void star() {
    if (at < text.length() && text.charAt(at) == '*') {
      at++;
      regex.append(".*");
    } else {
      regex.append("[^/]*");
    }
  }

  /** A set; {@code [!a]} and {@code [^a]} are everything else. */
  private boolean set() {
    int close = text.indexOf(']', at + 1);
    if (close < 0) {
      return false;
    }
    String members = text.substring(at, close);
    boolean negated = members.startsWith("!") || members.startsWith("^");
    regex.append(negated ? "[^" : "[");
    for (char member : members.substring(negated ? 1 : 0).toCharArray()) {
      if (member == '-') {
        regex.append('-');
      } else {
        literal(member);
      }
    }
    regex.append(']');
    at = close + 1;
    return true;
  }

  private void literal(char c) {
    regex.append(Pattern.quote(String.valueOf(c)));
  }

  private Parsed<NamePattern> compile() {
    try {
      return Parsed.ok(new NamePattern.Re2(Pattern.compile(regex.toString())));
    } catch (PatternSyntaxException e) {
      return bad(e.getDescription());
    }
  }

  private Parsed<NamePattern> bad(String why) {
    return Parsed.bad(Texts.quoted(text) + " is not a glob: " + why);
  }
}
