package dev.winnow.api;

import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * What a YAML scalar is to the API server: kubectl turns YAML into JSON with the rules of YAML 1.1,
 * so that an unquoted {@code 1.10}, {@code yes} or {@code 0x10} never is a string. Source:
 * sigs.k8s.io/yaml, goyaml.v2/resolve.go.
 */
enum YamlScalar {
  STRING,
  INTEGER,
  FLOAT,
  BOOLEAN,
  NULL;

  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NOTHING = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern INT =
      Pattern.compile("[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)");
  private static final Pattern FLOATING =
      Pattern.compile(
          "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

  static YamlScalar of(ScalarNode node) {
    String text = node.getValue();
    if (node.getScalarStyle() != ScalarStyle.PLAIN) {
      return STRING;
    }
    if (NOTHING.contains(text)) {
      return NULL;
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return BOOLEAN;
    }
    char first = text.charAt(0);
    if (first != '.' && first != '-' && first != '+' && !Character.isDigit(first)) {
      return STRING;
    }
    String plain = text.replace("_", "");
    if (INT.matcher(plain).matches()) {
      return INTEGER;
    }
    return FLOATING.matcher(plain).matches() ? FLOAT : STRING;
  }

  static boolean isTrue(String text) {
    return TRUE.contains(text);
  }

  /** The value of an {@link #INTEGER}; numbers beyond 64 bits come back as the nearest bound. */
  static long integer(String text) {
    String plain = text.replace("_", "").replaceFirst("^\\+", "");
    boolean negative = plain.startsWith("-");
    String digits = negative ? plain.substring(1) : plain;
    int radix = 10;
    if (digits.matches("0[xX].*")) {
      radix = 16;
      digits = digits.substring(2);
    } else if (digits.matches("0[bB].*")) {
      radix = 2;
      digits = digits.substring(2);
    } else if (digits.matches("0[oO].*")) {
      radix = 8;
      digits = digits.substring(2);
    } else if (digits.length() > 1 && digits.startsWith("0")) {
      radix = 8;
    }
    try {
      return Long.parseLong((negative ? "-" : "") + digits, radix);
    } catch (NumberFormatException e) {
      return negative ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
