package dev.winnow.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Documents;
import dev.winnow.api.Problem;
import dev.winnow.api.RetentionPolicy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyCompilerTest {
  private static final String POLICY =
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

  /** A field in place of another, the path of the problem, and what the message says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "keep: .*         | keep: []                            | keep | at least one entry",
        "keep: .*         | keep: [{}]                          | keep[0] | at least one of tags",
        "keep: .*         | keep: [{newest: 3}]                 | keep[0].orderBy | newest needs it",
        "keep: .*         | keep: [{newest: 0, orderBy: Name}]  | keep[0].newest | at least 1",
        "keep: .*         | keep: [{newest: -1, orderBy: Name}] | keep[0].newest | at least 1",
        "keep: .*         | keep: [{newest: 1000001, orderBy: Name}] | keep[0].newest | at most",
        "keep: .*         | keep: [{tags: [a], orderBy: Name}]  | keep[0].newest | orderBy goes with it",
        "keep: .*         | keep: [{tags: [a], groupBy: \"/(?P<a>.)/\"}] | keep[0].newest | groupBy goes with it",
        "keep: .*         | keep: [{newest: 1, orderBy: Name, groupBy: a}] | keep[0].groupBy | between slashes",
        "keep: .*         | keep: [{newest: 1, orderBy: Name, groupBy: /a/}] | keep[0].groupBy | names no group",
        "keep: .*         | keep: [{newest: 1, orderBy: Name, groupBy: \"/(?P<a>/\"}] | keep[0].groupBy | RE2",
        "keep: .*         | keep: [{youngerThan: 3d}]           | keep[0].ageBy | youngerThan needs it",
        "keep: .*         | keep: [{tags: [a], ageBy: Pushed}]  | keep[0].youngerThan | ageBy goes with it",
        "keep: .*         | keep: [{youngerThan: d, ageBy: Pushed}] | keep[0].youngerThan | not a duration",
        "keep: .*         | keep: [{youngerThan: 0d, ageBy: Pushed}] | keep[0].youngerThan | zero",
        "keep: .*         | keep: [{youngerThan: '30', ageBy: Pushed}] | keep[0].youngerThan | no unit",
        "keep: .*         | keep: [{usedWithin: 3}]             | keep[0].usedWithin | no unit",
        "keep: .*         | keep: [{semver: latest}]            | keep[0].semver | not a version range",
        "keep: .*         | keep: [{semver: ''}]                | keep[0].semver | not a version range",
        "keep: .*         | keep: [{labels: {}}]                | keep[0].labels | at least one",
        "keep: .*         | keep: [{tags: []}]                  | keep[0].tags | empty",
        "keep: .*         | keep: [{tags: [a, /(/]}]            | keep[0].tags[1] | RE2",
        "keep: .*         | keep: [{tags: [a]}, {tags: ['!']}]  | keep[1].tags[0] | empty",
        "repositories: .* | repositories: []                    | repositories | empty",
        "repositories: .* | repositories: ['']                  | repositories[0] | empty",
        "repositories: .* | repositories: [a, '/(?=a)/']        | repositories[1] | look-around",
        "repositories: .* | {repositories: [a], tags: []}       | tags | empty",
        "repositories: .* | {repositories: [a], tags: ['[']}    | tags[0] | not closed",
        "name: r          | name: ''                            | name | 1 to 63",
      })
  void saysWhatIsWrongInARule(String field, String instead, String path, String message) {
    String written =
        instead.startsWith("{")
            ? instead.substring(1, instead.length() - 1).replace("], ", "]\n    ")
            : instead;
    written = written.replace("usedWithin: 3", "usedWithin: '3'");
    List<Problem> problems =
        problems(
            POLICY.replaceFirst(field.strip(), java.util.regex.Matcher.quoteReplacement(written)));
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().path()).isEqualTo("spec.rules[0]." + path);
    assertThat(problems.getFirst().message()).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "timeZone: Europe/Atlantis           | spec.timeZone",
        "startingDeadline: 1 hour            | spec.startingDeadline",
        "protect: {tags: []}                 | spec.protect.tags",
        "protect: {tags: [a, '[']}           | spec.protect.tags[1]",
        "limits: {keepAtLeast: -1}           | spec.limits.keepAtLeast",
        "limits: {maxDeletedTags: -1}        | spec.limits.maxDeletedTags",
        "limits: {maxDeletedPercent: 101}    | spec.limits.maxDeletedPercent",
        "limits: {maxDeletedPercent: -1}     | spec.limits.maxDeletedPercent",
        "history: {succeeded: -1}            | spec.history.succeeded",
        "history: {failed: 100000}           | spec.history.failed",
      })
  void saysWhatIsWrongInThePolicy(String field, String path) {
    assertThat(problems(POLICY + "  " + field + "\n"))
        .extracting(Problem::path)
        .containsExactly(path);
  }

  @Test
  void saysEverythingAtOnce() {
    String rule =
        "  - {name: r, repositories: [''], keep: [{youngerThan: x, ageBy: Pushed}, {}]}\n";
    assertThat(problems(POLICY + rule + "  timeZone: X\n"))
        .extracting(Problem::path)
        .containsExactlyInAnyOrder(
            "spec.timeZone",
            "spec.rules[1].name",
            "spec.rules[1].repositories[0]",
            "spec.rules[1].keep[0].youngerThan",
            "spec.rules[1].keep[1]");
  }

  @Test
  void hasBounds() {
    RetentionPolicy.Rule rule = spec(POLICY).rules().getFirst();
    assertThat(compile(Collections.nCopies(65, rule)))
        .anyMatch(problem -> problem.path().equals("spec.rules"));
    assertThat(compile(List.of())).extracting(Problem::path).containsExactly("spec.rules");
    RetentionPolicy.Rule wide =
        new RetentionPolicy.Rule(
            "w", rule.repositories(), null, Collections.nCopies(17, rule.keep().getFirst()));
    assertThat(compile(List.of(wide)))
        .extracting(Problem::path)
        .containsExactly("spec.rules[0].keep");
  }

  @Test
  void compilesWhatIsRight() {
    String keep =
        "keep: [{tags: [a], semver: \">=1.0.0\", labels: {a: b}, youngerThan: 1h30m, ageBy: Created,"
            + " newest: 3, orderBy: SemVer, usedWithin: 2d}]";
    PolicyCompiler.Result result =
        PolicyCompiler.compile(
            "builds",
            spec(
                POLICY.replaceFirst("keep: .*", keep)
                    + "  protect: {tags: [latest]}\n  limits: {keepAtLeast: 7}\n"));
    assertThat(result.problems()).isEmpty();
    CompiledPolicy policy = result.policy();
    assertThat(policy.name()).isEqualTo("builds");
    assertThat(policy.limits()).isEqualTo(new CompiledPolicy.Limits(500, 50, 7));
    assertThat(policy.protectedTags()).isNotNull();
    CompiledPolicy.Entry entry = policy.rules().getFirst().keep().getFirst();
    assertThat(entry.younger())
        .isEqualTo(
            new CompiledPolicy.Younger(Duration.ofMinutes(90), RetentionPolicy.AgeBy.Created));
    assertThat(entry.usedWithin()).isEqualTo(Duration.ofDays(2));
    assertThat(entry.newest())
        .isEqualTo(new CompiledPolicy.Newest(3, RetentionPolicy.OrderBy.SemVer, null));
    assertThat(policy.selects("any/repository")).isTrue();
  }

  private static List<Problem> problems(String yaml) {
    return PolicyCompiler.compile("builds", spec(yaml)).problems();
  }

  private static List<Problem> compile(List<RetentionPolicy.Rule> rules) {
    RetentionPolicy.Spec spec = spec(POLICY);
    return PolicyCompiler.compile(
            "builds",
            new RetentionPolicy.Spec(
                spec.registryRef(),
                null,
                null,
                false,
                spec.mode(),
                null,
                rules,
                spec.protect(),
                spec.limits(),
                spec.undo(),
                spec.history()))
        .problems();
  }

  private static RetentionPolicy.Spec spec(String yaml) {
    Documents documents = new Documents();
    documents.read("policy.yaml", yaml);
    assertThat(documents.problems()).isEmpty();
    return documents.policies().getFirst().value().spec();
  }
}
