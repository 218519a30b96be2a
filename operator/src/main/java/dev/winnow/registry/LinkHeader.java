package dev.winnow.registry;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the next page in {@code Link} headers: several links in one header, parameters in any case,
 * quoted or not. Source: RFC 8288 § 3, OCI distribution spec <em>Listing Tags</em>.
 */
final class LinkHeader {
  private final String text;
  private int at;

  private LinkHeader(String text) {
    this.text = text;
  }

  /** The target of the first link whose relation is {@code next}, as it is written. */
  static Optional<String> next(List<String> headers) {
    for (String header : headers) {
      Optional<String> next = new LinkHeader(header).next();
      if (next.isPresent()) {
        return next;
      }
    }
    return Optional.empty();
  }

  private Optional<String> next() {
    while (true) {
      int open = text.indexOf('<', at);
      int close = open < 0 ? -1 : text.indexOf('>', open);
      if (close < 0) {
        return Optional.empty();
      }
      at = close + 1;
      if (parametersSayNext()) {
        return Optional.of(text.substring(open + 1, close).strip());
      }
    }
  }

  /** Reads parameters up to the comma that ends this link. */
  private boolean parametersSayNext() {
    boolean next = false;
    boolean relationSeen = false;
    while (skipSpace() && text.charAt(at) == ';') {
      at++;
      skipSpace();
      String name = until("=;,").strip().toLowerCase(Locale.ROOT);
      String value = "";
      if (at < text.length() && text.charAt(at) == '=') {
        at++;
        skipSpace();
        value = at < text.length() && text.charAt(at) == '"' ? quoted() : until(";,").strip();
      }
      // RFC 8288 § 3.3: only the first rel counts.
      if (name.equals("rel") && !relationSeen) {
        relationSeen = true;
        next = List.of(value.toLowerCase(Locale.ROOT).split("\\s+", -1)).contains("next");
      }
    }
    return next;
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
      if (text.charAt(at) == '\\' && at + 1 < text.length()) {
        at++;
      }
      value.append(text.charAt(at));
    }
    at++;
    return value.toString();
  }

  private String until(String ends) {
    int start = at;
    while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  private boolean skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length();
  }
}
