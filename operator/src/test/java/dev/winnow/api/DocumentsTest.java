package dev.winnow.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentsTest {
  static final String POLICY =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: builds}
      spec:
        registryRef: {name: main}
        rules:
        - name: r
          repositories: ["**"]
          keep: [{newest: 3, orderBy: Name}]
      """;

  private final Documents documents = new Documents();

  @Test
  void readsTheExampleOfTheApi() throws IOException {
    try (InputStream example = DocumentsTest.class.getResourceAsStream("example.yaml")) {
      read(new String(requireNonNull(example).readAllBytes(), StandardCharsets.UTF_8));
    }
    assertThat(problems()).isEmpty();
    assertThat(documents.notes()).isEmpty();
    Registry registry = documents.registries().getFirst().value();
    assertThat(registry.spec().aliases()).containsExactly("registry.example.com", "localhost:5000");
    assertThat(registry.spec().client().concurrency()).isEqualTo(16);
    RetentionPolicy policy = documents.policies().getFirst().value();
    assertThat(policy.metadata().namespace()).isEqualTo("default");
    assertThat(policy.spec().rules()).hasSize(2);
    assertThat(policy.spec().rules().get(1).keep().get(2).labels())
        .isEqualTo(Map.of("retain", "true"));
    assertThat(policy.spec().protect().inUse()).isEqualTo(RetentionPolicy.InUse.Required);
  }

  @Test
  void hasTheDefaultsOfTheApi() {
    read(POLICY);
    assertThat(problems()).isEmpty();
    RetentionPolicy.Spec spec = documents.policies().getFirst().value().spec();
    assertThat(spec.mode()).isEqualTo(RetentionPolicy.Mode.Preview);
    assertThat(spec.suspend()).isFalse();
    assertThat(spec.undo()).isEqualTo(RetentionPolicy.Undo.BestEffort);
    assertThat(spec.limits()).isEqualTo(new RetentionPolicy.Limits(500, 50, 1));
    assertThat(spec.protect())
        .isEqualTo(new RetentionPolicy.Protect(null, RetentionPolicy.InUse.Required));
    assertThat(spec.history()).isEqualTo(new RetentionPolicy.History(3, 3));
    assertThat(spec.rules().getFirst().tags()).isNull();
  }

  /**
   * What stands in place of {@code keep: …} in the policy, where the problem is, and what it says.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "keep: [{newst: 3}]            | 9:13 | spec.rules[0].keep[0].newst | did you mean newest?",
        "keep: [{foo: 3}]              | 9:13 | spec.rules[0].keep[0].foo   | unknown field; known are ageBy, groupBy",
        "keep: [{NEWEST: 3}]           | 9:13 | spec.rules[0].keep[0].NEWEST | did you mean newest?",
        "keep: [{newest: 3, newest: 4}] | 9:24 | spec.rules[0].keep[0].newest | stands twice",
        "keep: [{newest: three}]       | 9:21 | spec.rules[0].keep[0].newest | must be an integer",
        "keep: [{newest: '3'}]         | 9:21 | spec.rules[0].keep[0].newest | must be an integer",
        "keep: [{newest: 3.0}]         | 9:21 | spec.rules[0].keep[0].newest | must be an integer",
        "keep: [{newest: [3]}]         | 9:21 | spec.rules[0].keep[0].newest | must be an integer, not a list",
        "keep: [{newest: {}}]          | 9:21 | spec.rules[0].keep[0].newest | must be an integer, not a map",
        "keep: [{newest: 99999999999}] | 9:21 | spec.rules[0].keep[0].newest | out of range",
        "keep: [{newest: 99999999999999999999999}] | 9:21 | spec.rules[0].keep[0].newest | out of range",
        "keep: [{orderBy: Semver}]     | 9:22 | spec.rules[0].keep[0].orderBy | not one of Pushed, Created, SemVer, Name; did you mean SemVer?",
        "keep: [{orderBy: xyz}]        | 9:22 | spec.rules[0].keep[0].orderBy | \"xyz\" is not one of",
        "keep: [{orderBy: [Name]}]     | 9:22 | spec.rules[0].keep[0].orderBy | must be",
        "keep: {newest: 3}             | 9:11 | spec.rules[0].keep | must be a list, not a map",
        "keep: 3                       | 9:11 | spec.rules[0].keep | must be a list",
        "keep: [3]                     | 9:12 | spec.rules[0].keep[0] | must be a map of fields",
        "keep: [~]                     | 9:12 | spec.rules[0].keep[0] | empty",
        "keep: [{tags: [null]}]        | 9:20 | spec.rules[0].keep[0].tags[0] | empty",
        "keep: [{tags: a}]             | 9:19 | spec.rules[0].keep[0].tags | must be a list",
        "keep: [{tags: [1.10]}]        | 9:20 | spec.rules[0].keep[0].tags[0] | YAML reads 1.10 as a number; write \"1.10\"",
        "keep: [{tags: [yes]}]         | 9:20 | spec.rules[0].keep[0].tags[0] | YAML reads yes as a boolean; write \"yes\"",
        "keep: [{tags: [off]}]         | 9:20 | spec.rules[0].keep[0].tags[0] | a boolean",
        "keep: [{tags: [010]}]         | 9:20 | spec.rules[0].keep[0].tags[0] | YAML reads 010 as a number",
        "keep: [{tags: [0x10]}]        | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [1_000]}]       | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [1e3]}]         | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [08]}]          | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [.inf]}]        | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [1.]}]          | 9:20 | spec.rules[0].keep[0].tags[0] | a number",
        "keep: [{tags: [{}]}]          | 9:20 | spec.rules[0].keep[0].tags[0] | must be a text, not a map",
        "keep: [{labels: {a: true}}]   | 9:25 | spec.rules[0].keep[0].labels.a | write \"true\"",
        "keep: [{labels: {a: }}]       | 9:24 | spec.rules[0].keep[0].labels.a | empty",
        "keep: [{labels: [a]}]         | 9:21 | spec.rules[0].keep[0].labels | must be a map",
        "keep: [{? [a] : b}]           | 9:15 | spec.rules[0].keep[0] | field name",
        "kep: []                       | 7:5  | spec.rules[0].keep | missing",
        "keep:                         | 7:5  | spec.rules[0].keep | missing",
      })
  void saysWhatIsWrongAndWhere(String keep, String place, String path, String message) {
    read(POLICY.replaceFirst("keep: .*", java.util.regex.Matcher.quoteReplacement(keep.strip())));
    DocumentProblem problem =
        documents.problems().stream()
            .filter(each -> each.problem().path().equals(path))
            .findFirst()
            .orElseThrow(() -> new AssertionError("at " + path + " nothing: " + problems()));
    assertThat(problem.problem().message()).contains(message);
    assertThat(problem.line() + ":" + problem.column()).isEqualTo(place.strip());
    assertThat(problem.origin().document()).isEqualTo(1);
    assertThat(problem.subject()).isEqualTo("RetentionPolicy builds");
    assertThat(problem.text())
        .startsWith("f.yaml:" + place.strip() + ": document 1 (RetentionPolicy builds): " + path);
  }

  @Test
  void saysAllProblemsAtOnce() {
    read(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {}
        spec:
          mode: Force
          rules:
          - repositories: ["**", 1.0]
            tag: []
            keep: [{newest: x}]
        """);
    assertThat(documents.problems())
        .extracting(problem -> problem.problem().path())
        .containsExactlyInAnyOrder(
            "metadata.name",
            "spec.registryRef",
            "spec.mode",
            "spec.rules[0].name",
            "spec.rules[0].repositories[1]",
            "spec.rules[0].tag",
            "spec.rules[0].keep[0].newest");
    assertThat(documents.problems())
        .allMatch(problem -> problem.subject().equals("RetentionPolicy"));
  }

  @Test
  void numbersTheDocuments() {
    read("---\n# nothing\n---\n" + POLICY + "---\n" + POLICY.replace("newest", "newst") + "---\n");
    assertThat(documents.policies()).hasSize(2);
    assertThat(documents.policies().getFirst().origin().document()).isEqualTo(2);
    assertThat(documents.problems()).hasSize(1);
    assertThat(documents.problems().getFirst().origin().document()).isEqualTo(3);
    assertThat(documents.problems().getFirst().line()).isEqualTo(22);
  }

  @Test
  void readsSeveralFiles() {
    documents.read("a.yaml", POLICY);
    documents.read("b.yaml", POLICY.replace("newest", "newst"));
    assertThat(documents.policies())
        .extracting(policy -> policy.origin().file())
        .containsExactly("a.yaml", "b.yaml");
    assertThat(documents.problems())
        .extracting(problem -> problem.origin().file())
        .containsExactly("b.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# only a comment\n", "---\n---\n", "   \n", "~\n"})
  void aFileWithoutDocuments(String text) {
    read(text);
    assertThat(problems()).containsExactly("f.yaml: document 1: the file has no documents");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "apiVersion: v1\\nkind: Pod | notes",
        "apiVersion: winnow.dev/v1alpha1\\nkind: RetentionRun | notes",
        "apiVersion: winnow.dev/v1alpha1\\nkind: RetentionPolcy | did you mean RetentionPolicy?",
        "apiVersion: winnow.dev/v1alpha1\\nkind: Foo | known are Registry",
        "apiVersion: winnow.dev/v1\\nkind: Registry | write winnow.dev/v1alpha1",
        "apiVersion: other/v1\\nkind: RetentionPolicy | write winnow.dev/v1alpha1",
        "kind: Registry | apiVersion: the field is missing",
        "apiVersion: winnow.dev/v1alpha1 | kind",
        "- a | not a Kubernetes object",
        "text | not a Kubernetes object",
      })
  void kinds(String text, String expected) {
    read(text.replace("\\n", "\n"));
    if (expected.equals("notes")) {
      assertThat(problems()).isEmpty();
      assertThat(documents.notes()).hasSize(1);
    } else {
      assertThat(problems()).hasSize(1).first().asString().contains(expected);
    }
  }

  @Test
  void syntaxErrorsHaveTheirPlace() {
    read(POLICY + "---\nkind: [a\n");
    assertThat(documents.problems()).hasSize(1);
    DocumentProblem problem = documents.problems().getFirst();
    assertThat(problem.problem().message()).startsWith("not valid YAML: ");
    assertThat(problem.origin().document()).isEqualTo(2);
    assertThat(problem.line()).isBetween(11, 12);
  }

  @Test
  void tabsAreNoIndentation() {
    read("apiVersion: v1\nmetadata:\n\tname: a\n");
    assertThat(documents.problems()).hasSize(1);
    assertThat(documents.problems().getFirst().line()).isEqualTo(3);
  }

  @Test
  void anchorsAndMergeKeys() {
    read(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          rules:
          - &rule
            name: a
            repositories: &all ["**"]
            keep: [&entry {newest: 3, orderBy: Name}]
          - <<: *rule
            name: b
          - <<: [{name: c, tags: [x]}, {name: d, repositories: *all}]
            keep: [{<<: *entry, newest: 5}]
        """);
    assertThat(problems()).isEmpty();
    List<RetentionPolicy.Rule> rules = documents.policies().getFirst().value().spec().rules();
    assertThat(rules).extracting(RetentionPolicy.Rule::name).containsExactly("a", "b", "c");
    assertThat(rules.get(1).keep()).isEqualTo(rules.get(0).keep());
    assertThat(rules.get(2).tags()).containsExactly("x");
    assertThat(rules.get(2).keep().getFirst().newest()).isEqualTo(5);
    assertThat(rules.get(2).keep().getFirst().orderBy()).isEqualTo(RetentionPolicy.OrderBy.Name);
  }

  @Test
  void secretsGiveTheirValues() {
    read(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: auth}
        data: {password: c2VjcmV0, username: dTE=, bad: "%"}
        stringData: {username: u2}
        """);
    assertThat(problems()).isEmpty();
    Secret secret = documents.secrets().getFirst().value();
    assertThat(secret.value("password")).contains("secret");
    assertThat(secret.value("username")).contains("u2");
    assertThat(secret.value("absent")).isEmpty();
    assertThat(secret.toString()).isEqualTo("Secret[default/auth]");
  }

  @Test
  void placesOfFieldsForLaterProblems() {
    read(POLICY);
    Located<RetentionPolicy> policy = documents.policies().getFirst();
    DocumentProblem problem = policy.at(new Problem("spec.rules[0].keep[0].orderBy", "x"));
    assertThat(problem.line() + ":" + problem.column()).isEqualTo("9:33");
    DocumentProblem missing = policy.at(new Problem("spec.rules[0].keep[0].ageBy", "x"));
    assertThat(missing.line() + ":" + missing.column()).isEqualTo("9:12");
    DocumentProblem beyond = policy.at(new Problem("spec.rules[7].keep", "x"));
    assertThat(beyond.line()).isEqualTo(7);
  }

  @Test
  void brokenFieldsAreKnown() {
    read(POLICY.replace("newest: 3", "newest: x"));
    Located<RetentionPolicy> policy = documents.policies().getFirst();
    assertThat(policy.isBroken("spec.rules[0].keep[0].newest")).isTrue();
    assertThat(policy.isBroken("spec.rules[0].keep")).isTrue();
    assertThat(policy.isBroken("spec.rules[0].keep[0].orderBy")).isFalse();
    assertThat(policy.isBroken("spec.rules[0].keep[0].newestOne")).isFalse();
  }

  private void read(String text) {
    documents.read("f.yaml", text);
  }

  private List<String> problems() {
    return documents.problems().stream().map(DocumentProblem::text).toList();
  }
}
