package dev.winnow.retention;

import static dev.winnow.retention.Parts.version;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
  /** Source: semver.org § 11, and what follows from it; lowest first. */
  private static final List<String> ASCENDING =
      List.of(
          "0.0.0-0",
          "0.0.0",
          "0.0.1",
          "0.9.0",
          "1.0.0-0",
          "1.0.0-1",
          "1.0.0-2",
          "1.0.0-10",
          "1.0.0-10.a",
          "1.0.0--",
          "1.0.0-1a",
          "1.0.0-A",
          "1.0.0-alpha",
          "1.0.0-alpha.1",
          "1.0.0-alpha.beta",
          "1.0.0-beta",
          "1.0.0-beta.2",
          "1.0.0-beta.11",
          "1.0.0-rc.1",
          "1.0.0-rc1",
          "1.0.0",
          "1.2.0",
          "1.10.0",
          "2.0.0",
          "2.1.0",
          "2.1.1",
          "20260101.0.0",
          "99999999999999999999.0.0",
          "100000000000000000000.0.0-pre",
          "100000000000000000000.0.0");

  @Test
  void comparesByPrecedence() {
    for (int i = 0; i < ASCENDING.size(); i++) {
      for (int j = 0; j < ASCENDING.size(); j++) {
        assertThat(Integer.signum(version(ASCENDING.get(i)).compareTo(version(ASCENDING.get(j)))))
            .as("%s to %s", ASCENDING.get(i), ASCENDING.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0, v1.0.0",
    "1.0.0, 01.00.000",
    "1.0.0, 1.0.0+build.5",
    "1.0.0-rc.1, v1.0.0-rc.1+001",
    "1.0.0-1, 1.0.0-001",
    "2026.1.2, 2026.01.02",
  })
  void equalInPrecedence(String a, String b) {
    assertThat(version(a)).isEqualByComparingTo(version(b)).isEqualTo(version(b));
    assertThat(version(a)).hasSameHashCodeAs(version(b));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "v",
        "1",
        "1.2",
        "v1.2",
        "1.2.3.4",
        "1.2.x",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3-.a",
        "1.2.3-a.",
        "1.2.3+",
        "1.2.3-+b",
        "1.2.3_a",
        "V1.2.3",
        "vv1.2.3",
        "v 1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "-1.2.3",
        "1.2.3\n",
        "1..3",
        "a.b.c",
        "latest",
        "١.٢.٣",
        "1.2.3-ä",
        "release-1.2.3",
        "=1.2.3",
      })
  void othersAreNone(String text) {
    assertThat(Version.parse(text)).isEmpty();
  }

  @Test
  void takesNumbersOfAnyLength() {
    String digits = "9".repeat(10_000);
    Version long1 = version(digits + ".0.0");
    Version long2 = version("1" + "0".repeat(10_000) + ".0.0");
    assertThat(long1).isLessThan(long2);
    assertThat(version("0".repeat(10_000) + "1.0.0")).isEqualByComparingTo(version("1.0.0"));
    assertThat(Version.parse("1.0.0-" + "a.".repeat(50_000) + "a")).isPresent();
  }
}
