package dev.winnow.api;

import static dev.winnow.api.DocumentsTest.POLICY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scalars mean to us what they mean to the API server. */
class YamlScalarTest {
  private final Documents documents = new Documents();

  /** What the API server takes as a string. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "1.2.3",
        "v1.10",
        "'1.10'",
        "\"yes\"",
        "1:30",
        "1d",
        "0o",
        "0xg",
        "+",
        ".",
        "a1",
        "truey",
        "nullx",
        "1.2.3.4",
        "é",
        "1,000",
      })
  void stringsWithoutQuotes(String scalar) {
    read(POLICY.replace("[\"**\"]", "\n    - " + scalar));
    assertThat(problems()).isEmpty();
    assertThat(documents.policies().getFirst().value().spec().rules().getFirst().repositories())
        .containsExactly(scalar.replaceAll("['\"]", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "true, true",
    "yes, true",
    "on, true",
    "False, false",
    "n, false",
    "'', false",
    "~, false"
  })
  void booleansAsTheApiServerTakesThem(String written, boolean value) {
    read(POLICY.replace("  rules:", "  suspend: " + written + "\n  rules:"));
    assertThat(problems()).isEmpty();
    assertThat(documents.policies().getFirst().value().spec().suspend()).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({"0x10, 16", "010, 8", "1_0, 10", "0b11, 3", "+5, 5", "-7, -7", "0o17, 15", "0, 0"})
  void integersAsTheApiServerTakesThem(String written, int value) {
    read(POLICY.replace("newest: 3", "newest: " + written));
    assertThat(problems()).isEmpty();
    assertThat(
            documents
                .policies()
                .getFirst()
                .value()
                .spec()
                .rules()
                .getFirst()
                .keep()
                .getFirst()
                .newest())
        .isEqualTo(value);
  }

  private void read(String text) {
    documents.read("f.yaml", text);
  }

  private List<String> problems() {
    return documents.problems().stream().map(DocumentProblem::text).toList();
  }
}
