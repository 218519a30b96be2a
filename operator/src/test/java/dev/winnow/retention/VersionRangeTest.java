package dev.winnow.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Parsed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.semver4j.Semver;

class VersionRangeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        ">=2.0.0        ; 2.0.0 2.1.0-rc.1 3.0.0-0 99.0.0 ; 1.9.9 2.0.0-rc.1",
        ">2.0.0         ; 2.0.1-0 2.0.1      ; 2.0.0 2.0.0-rc",
        "<2.0.0         ; 1.9.9 2.0.0-rc.1 0.0.0-0 ; 2.0.0 2.0.1",
        "<=2.0.0        ; 2.0.0 2.0.0-rc.1   ; 2.0.1-0",
        "=1.2.3         ; 1.2.3 v1.2.3 1.2.3+b ; 1.2.3-0 1.2.4",
        "1.2.3          ; 1.2.3              ; 1.2.2",
        "v1.2.3         ; 1.2.3              ; 1.2.2",
        ">= v1.2.3      ; 1.2.3              ; 1.2.2",
        "1.2.3-rc.1     ; 1.2.3-rc.1         ; 1.2.3 1.2.3-rc.2",
        "*              ; 0.0.0-0 9.9.9      ; x",
        "x              ; 0.0.0-0            ; x",
        "1              ; 1.0.0-0 1.0.0 1.9.9 1.9.9-rc ; 0.9.9 2.0.0 2.0.0-0",
        "1.x            ; 1.0.0-0 1.9.9      ; 2.0.0-0",
        "1.2            ; 1.2.0-rc 1.2.9     ; 1.3.0-0 1.1.9",
        "1.2.X          ; 1.2.9              ; 1.3.0-0",
        "1.2.*          ; 1.2.9              ; 1.3.0-0",
        "~1.2.3         ; 1.2.3 1.2.9 1.2.4-rc ; 1.2.3-rc 1.3.0-0 1.2.2",
        "~1.2           ; 1.2.0-0 1.2.9      ; 1.3.0-0",
        "~1             ; 1.0.0-0 1.9.0      ; 2.0.0-0",
        "~>1.2.3        ; 1.2.4              ; 1.3.0",
        "^1.2.3         ; 1.2.3 1.9.0 1.2.4-0 ; 2.0.0-0 2.0.0 1.2.3-rc",
        "^0.2.3         ; 0.2.3 0.2.9        ; 0.3.0-0 0.2.2",
        "^0.0.3         ; 0.0.3              ; 0.0.4-0 0.0.2",
        "^0.0           ; 0.0.0-0 0.0.9      ; 0.1.0-0",
        "^0             ; 0.0.0 0.9.9        ; 1.0.0-0",
        "^0.x           ; 0.9.9              ; 1.0.0-0",
        "^1.x           ; 1.0.0 1.9.9        ; 2.0.0-0",
        "^1.2.3-beta.2  ; 1.2.3-beta.2 1.2.3 1.9.0 ; 1.2.3-beta.1 2.0.0-0",
        "^*             ; 0.0.0 9.9.9        ; x",
        "1.2.3 - 2.3.4  ; 1.2.3 2.3.4 2.3.4-rc ; 1.2.2 2.3.5-0 1.2.3-rc",
        "1.2 - 2.3      ; 1.2.0-0 2.3.9      ; 2.4.0-0 1.1.9",
        "1 - 2          ; 1.0.0-0 2.9.9      ; 3.0.0-0",
        ">1             ; 2.0.0-0 2.0.0      ; 1.9.9",
        ">1.2           ; 1.3.0-0            ; 1.2.9",
        "<=1.2          ; 1.2.9              ; 1.3.0-0",
        "<1.2           ; 1.1.9              ; 1.2.0-0",
        ">=1.2          ; 1.2.0-0            ; 1.1.9",
        "<*             ; x                  ; 0.0.0-0 0.0.0 1.0.0",
        ">*             ; x                  ; 0.0.0-0 0.0.0 1.0.0",
        ">=1.0.0 <2.0.0 ; 1.5.0 2.0.0-0      ; 2.0.0 0.9.9",
        ">=1.0.0   <2.0.0-0 ; 1.5.0          ; 2.0.0-0",
        "1.x || 3.x     ; 1.0.0 3.9.9        ; 2.0.0 4.0.0-0",
        "1.x||3.x       ; 1.0.0 3.9.9        ; 2.0.0",
        "<1.0.0 || >=2.0.0 ; 0.9.0 2.0.0     ; 1.5.0",
        ">2.0.0 <1.0.0  ; x                  ; 0.9.0 1.5.0 3.0.0",
        ">=20260101.0.0 ; 20260102.0.0       ; 20251231.9.9",
        ">=99999999999999999999.0.0 ; 100000000000000000000.0.0 ; 99999999999999999998.0.0",
        "^99999999999999999999.0.0 ; 99999999999999999999.5.0 ; 100000000000000000000.0.0",
        ">=01.0.0       ; 1.0.0 01.0.0       ; 0.9.0",
      })
  void contains(String text, String inside, String outside) {
    VersionRange range = Parts.range(text.strip());
    versions(inside).forEach(v -> assertThat(range.contains(v)).as("%s has %s", text, v).isTrue());
    versions(outside)
        .forEach(v -> assertThat(range.contains(v)).as("%s has %s", text, v).isFalse());
  }

  /** {@code x} stands for no version at all. */
  private static List<Version> versions(String column) {
    return Arrays.stream(column.strip().split(" "))
        .filter(text -> !text.equals("x"))
        .map(Parts::version)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "latest",
        ">=",
        "^",
        ">=a.b.c",
        "1.2.3.4",
        "1.2.3,",
        ">=1.0.0,<2.0.0",
        "1.x.3",
        "x.1",
        ">=1.2-rc",
        "1.2.3-",
        "1.2.3-a..b",
        "!1.0.0",
        "!=1.0.0",
        "(1.0.0)",
        "[1.0,2.0)",
        "1.0.0 -2.0.0",
        "1.0.0 - ",
        "- 1.0.0",
        "1.0.0 - 2.0.0 - 3.0.0",
        ">>1.0.0",
        "=>1.0.0",
        "1.0.0 and 2.0.0",
        "/1/",
        "1.0.0 | 2.0.0",
        ">1.0.0<2.0.0",
      })
  void refuses(String text) {
    assertThat(VersionRange.parse(text)).isInstanceOf(Parsed.Bad.class);
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThat(VersionRange.parse(">=1.0.0" + " ".repeat(250))).isInstanceOf(Parsed.Bad.class);
  }

  /** Comparators that the oracle reads as npm does, also beside others. */
  private static String comparator(Random random) {
    String full = full(random);
    String partial = number(random) + "." + number(random);
    String major = number(random);
    return pick(
        random,
        List.of(
            ">=" + full,
            ">" + full,
            "<" + full,
            "<=" + full,
            "=" + full,
            full,
            partial,
            partial + ".x",
            major,
            major + ".x",
            ">" + partial,
            "<" + partial,
            "<=" + partial,
            ">=" + partial));
  }

  /** What it reads only alone in an alternative. */
  private static String alone(Random random) {
    String full = full(random);
    String partial = number(random) + "." + number(random);
    return pick(
        random,
        List.of(
            "^" + full,
            "~" + full,
            "^1." + number(random),
            "~" + partial,
            "^" + (1 + random.nextInt(2)),
            full + " - " + full(random),
            partial + " - " + full,
            "*"));
  }

  private static String alternative(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> alone(random);
      case 1 -> comparator(random) + " " + comparator(random);
      default -> comparator(random);
    };
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static String full(Random random) {
    return number(random) + "." + number(random) + "." + number(random) + pre(random);
  }

  private static String number(Random random) {
    return String.valueOf(random.nextInt(3));
  }

  private static String pre(Random random) {
    List<String> all = List.of("", "", "-0", "-1", "-rc.1", "-rc.2", "-rc", "-alpha.1");
    return all.get(random.nextInt(all.size()));
  }

  @Test
  void agreesWithTheOracle() {
    List<String> differences = new ArrayList<>();
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed * 7919);
      String range = alternative(random);
      if (random.nextInt(4) == 0) {
        range += " || " + alternative(random);
      }
      String version = number(random) + "." + number(random) + "." + number(random) + pre(random);
      boolean ours = Parts.range(range).contains(Parts.version(version));
      boolean theirs = new Semver(version).satisfies(range, true);
      if (ours != theirs) {
        differences.add(version + " in \"" + range + "\": we say " + ours + ", seed " + seed);
      }
    }
    assertThat(differences).isEmpty();
  }

  /**
   * Where the oracle errs. node-semver's README has {@code ^0.0 := >=0.0.0 <0.1.0-0} and {@code
   * ^0.x := >=0.0.0 <1.0.0-0}, and comparators side by side must all hold.
   */
  @ParameterizedTest
  @CsvSource({
    "2.1.1, ^0, false",
    "0.0.2-rc.1, ^0.0, true",
    "1.0.2, <=1.0 ~0.0.0-0, false",
    "0.2.1, ^0.0.1-1 <2.2.1, false",
  })
  void differsFromTheOracle(String version, String range, boolean ours) {
    assertThat(Parts.range(range).contains(Parts.version(version))).isEqualTo(ours);
    assertThat(new Semver(version).satisfies(range, true)).isNotEqualTo(ours);
  }
}
