package dev.winnow.api;

import static dev.winnow.api.DocumentsTest.POLICY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that would fill memory, never end, or tell a secret. */
class HostileDocumentsTest {
  private final Documents documents = new Documents();

  /** Documents that would need much time or memory, or never end, are problems like any other. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: &a {<<: *a}",
        "a: &a\n  <<: [*a, *a]",
        "a: &a [*a, *a]",
        "a: *nowhere",
        "<<: &a {<<: *a}",
      })
  void aliasesThatNeverEnd(String yaml) {
    read(POLICY + "status:\n  " + yaml.replace("\n", "\n  "));
    read(POLICY.replace("metadata: {name: builds}", "metadata:\n  " + yaml.replace("\n", "\n  ")));
    read(yaml);
    read(POLICY.replace("spec:\n", "spec:\n  " + yaml.replace("\n", "\n  ") + "\n"));
    assertThat(documents.problems()).isNotEmpty();
  }

  @Test
  void aliasBombs() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 60; i++) {
      String before = "*a" + (i - 1);
      bomb.append(
          "a"
              + i
              + ": &a"
              + i
              + " ["
              + String.join(", ", java.util.Collections.nCopies(9, before))
              + "]\n");
    }
    read(bomb.toString());
    assertThat(documents.problems()).hasSize(1);
    documents.read("g.yaml", POLICY.replace("newest: 3", "tags: " + "[".repeat(100_000)));
    documents.read("h.yaml", "a: ".repeat(1) + "{a: ".repeat(100_000));
    assertThat(documents.problems()).hasSizeGreaterThanOrEqualTo(3);
  }

  @Test
  void largeInputIsRefused() {
    read(POLICY + "# " + "x".repeat(3 << 20));
    assertThat(documents.problems()).hasSize(1);
    Documents others = new Documents();
    others.read("f.yaml", POLICY + "# " + "x".repeat(1 << 20));
    assertThat(others.problems()).isEmpty();
  }

  /** Whatever is wrong with it, the value of a Secret stands in no message. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "stringData: {password: 4711}",
        "stringData: {password: 4711.50}",
        "stringData: {password: 0x4711}",
        "stringData: {password: [4711]}",
        "stringData: {password: {a4711: b}}",
        "stringData: 4711",
        "stringData: [4711]",
        "stringData: {password: *a4711}",
        "stringData: {password: !a4711! x}",
        "stringData: {password: @4711}",
        "stringData: {password: \"4711}",
        "stringData: {password: %4711}",
        "stringData: {password: |4711}",
        "stringData: {password: &4711 *4711}",
        "stringData: {password: x}4711",
        "stringData: {password: x, password: 4711}",
        "data: {password: 4711}",
        "data: 4711",
        "type: 4711",
        "immutable: 4711",
        "stringData:\n  password: a4711: b",
        "stringData:\n  password: \"\\q4711\"",
      })
  void secretsAreNeverTold(String field) {
    read("apiVersion: v1\nkind: Secret\nmetadata: {name: auth}\n" + field + "\n");
    assertThat(documents.problems()).isNotEmpty();
    assertThat(problems()).allSatisfy(problem -> assertThat(problem).doesNotContain("4711"));
    assertThat(documents.secrets().toString()).doesNotContain("4711");
  }

  private void read(String text) {
    documents.read("f.yaml", text);
  }

  private List<String> problems() {
    return documents.problems().stream().map(DocumentProblem::text).toList();
  }
}
