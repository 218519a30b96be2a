package dev.winnow.registry.auth;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads {@code WWW-Authenticate}: several headers, several challenges in each, quoted strings with
 * escapes, token68. What is malformed ends its header; the challenges before it count. Source: RFC
 * 9110 § 11.2, 11.3, 11.6.1.
 */
final class ChallengeParser {
  private final String text;
  private int at;

  private ChallengeParser(String text) {
    this.text = text;
  }

  /** The challenges of all the headers, in their order. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      try {
        new ChallengeParser(header).readInto(challenges);
      } catch (Malformed e) {
        // What stood before the malformed place has been added.
      }
    }
    return challenges;
  }

  private void readInto(List<Challenge> challenges) throws Malformed {
    skipCommas();
    while (at < text.length()) {
      challenges.add(challenge());
      skipCommas();
    }
  }

  private Challenge challenge() throws Malformed {
    String scheme = token().toLowerCase(Locale.ROOT);
    skipSpace();
    String token68 = token68();
    if (!token68.isEmpty()) {
      return new Challenge(scheme, token68, Map.of());
    }
    Map<String, String> parameters = new HashMap<>();
    int back = at;
    while (parameter(parameters)) {
      back = at;
      skipCommas();
    }
    at = back;
    return new Challenge(scheme, "", parameters);
  }

  /** Reads {@code name=value}; false, having read nothing, where a new challenge begins. */
  private boolean parameter(Map<String, String> parameters) throws Malformed {
    int start = at;
    if (at >= text.length() || !isTokenCharacter(text.charAt(at))) {
      return false;
    }
    String name = token().toLowerCase(Locale.ROOT);
    skipSpace();
    if (at >= text.length() || text.charAt(at) != '=') {
      at = start;
      return false;
    }
    at++;
    skipSpace();
    parameters.putIfAbsent(name, at < text.length() && text.charAt(at) == '"' ? quoted() : token());
    skipSpace();
    return true;
  }

  /** The token68 here if it is followed by a comma or the end, else empty and nothing read. */
  private String token68() {
    int end = at;
    while (end < text.length() && isToken68Character(text.charAt(end))) {
      end++;
    }
    if (end == at) {
      return "";
    }
    while (end < text.length() && text.charAt(end) == '=') {
      end++;
    }
    int after = end;
    while (after < text.length() && isSpace(text.charAt(after))) {
      after++;
    }
    if (after < text.length() && text.charAt(after) != ',') {
      return "";
    }
    String value = text.substring(at, end);
    at = after;
    return value;
  }

  private String quoted() throws Malformed {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return value.toString();
      }
      if (c == '\\' && ++at < text.length()) {
        c = text.charAt(at);
      }
      value.append(c);
    }
    throw new Malformed();
  }

  private String token() throws Malformed {
    int start = at;
    while (at < text.length() && isTokenCharacter(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw new Malformed();
    }
    return text.substring(start, at);
  }

  private void skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  private void skipCommas() {
    while (at < text.length() && (isSpace(text.charAt(at)) || text.charAt(at) == ',')) {
      at++;
    }
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isTokenCharacter(char c) {
    return isAlphanumeric(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }

  private static boolean isToken68Character(char c) {
    return isAlphanumeric(c) || "-._~+/".indexOf(c) >= 0;
  }

  /** The header cannot be read from here on. */
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed challenge", null, false, false);
    }
  }
}
