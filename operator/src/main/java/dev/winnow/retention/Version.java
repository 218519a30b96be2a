package dev.winnow.retention;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version, {@code X.Y.Z[-pre][+build]} with an optional {@code v}, compared by the precedence of
 * Semantic Versioning 2.0.0 § 11. Numbers have any length, and may begin with zeros as dates do;
 * build metadata does not count.
 */
public final class Version implements Comparable<Version> {
  // Possessive: a name is looked at once, however long its numbers are.
  private static final Pattern FORM =
      Pattern.compile(
          "v?(\\d++)\\.(\\d++)\\.(\\d++)(?:-([0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+))?(?:\\+[0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+)?");
  private static final String[] NONE = {};

  private final String[] numbers;
  private final String[] preRelease;

  private Version(String[] numbers, String[] preRelease) {
    this.numbers = numbers;
    this.preRelease = preRelease;
  }

  /** The version that a tag is, or empty when it is none. */
  public static Optional<Version> parse(String text) {
    if (text.isEmpty() || (text.charAt(0) != 'v' && !Character.isDigit(text.charAt(0)))) {
      return Optional.empty();
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    String pre = form.group(4);
    return Optional.of(
        of(form.group(1), form.group(2), form.group(3), pre == null ? NONE : pre.split("\\.", -1)));
  }

  static Version of(String major, String minor, String patch, String... preRelease) {
    return new Version(
        new String[] {withoutZeros(major), withoutZeros(minor), withoutZeros(patch)}, preRelease);
  }

  @Override
  public int compareTo(Version other) {
    for (int i = 0; i < numbers.length; i++) {
      int order = compareNumbers(numbers[i], other.numbers[i]);
      if (order != 0) {
        return order;
      }
    }
    if (preRelease.length == 0 || other.preRelease.length == 0) {
      return Boolean.compare(preRelease.length == 0, other.preRelease.length == 0);
    }
    int common = Math.min(preRelease.length, other.preRelease.length);
    for (int i = 0; i < common; i++) {
      int order = compareIdentifiers(preRelease[i], other.preRelease[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(preRelease.length, other.preRelease.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Version version && compareTo(version) == 0;
  }

  @Override
  public int hashCode() {
    return java.util.Arrays.hashCode(numbers);
  }

  @Override
  public String toString() {
    return String.join(".", numbers)
        + (preRelease.length == 0 ? "" : "-" + String.join(".", preRelease));
  }

  private static int compareIdentifiers(String a, String b) {
    boolean aIsNumber = isNumber(a);
    if (aIsNumber != isNumber(b)) {
      return aIsNumber ? -1 : 1;
    }
    return aIsNumber ? compareNumbers(withoutZeros(a), withoutZeros(b)) : a.compareTo(b);
  }

  private static int compareNumbers(String a, String b) {
    return a.length() == b.length() ? a.compareTo(b) : Integer.compare(a.length(), b.length());
  }

  private static boolean isNumber(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  static String withoutZeros(String digits) {
    int start = 0;
    while (start < digits.length() - 1 && digits.charAt(start) == '0') {
      start++;
    }
    return digits.substring(start);
  }
}
