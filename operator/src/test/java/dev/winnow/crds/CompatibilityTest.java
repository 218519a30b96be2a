package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kinds of released versions go on to work. A release copies crds/ to a folder of its version
 * in {@code src/test/resources/crds/released}: that is there in a clone without tags, too.
 */
class CompatibilityTest {
  private static final Path RELEASED =
      Tools.checkout().resolve("operator/src/test/resources/crds/released");

  private static List<Path> releases() throws IOException {
    try (Stream<Path> folders = Files.list(RELEASED)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  @Test
  void whatWasValidStaysValid() throws IOException {
    Map<String, JsonNode> now = Kinds.all();
    for (Path release : releases()) {
      Map<String, JsonNode> then = Kinds.in(release);
      assertThat(then).as("%s", release).isNotEmpty();
      assertThat(now).as("since %s", release).containsKeys(then.keySet().toArray(String[]::new));
      then.forEach((kind, definition) ->
          assertThat(Compatibility.problems(definition, Kinds.of(kind)))
              .as("%s since %s", kind, release)
              .isEmpty());
    }
  }

  /** Where the clone has tags, a release that was forgotten is seen. */
  @Test
  void everyReleaseHasItsFolder() throws Exception {
    assertThat(releases().stream().map(folder -> String.valueOf(folder.getFileName())))
        .as("copy crds/*.winnow.dev.yaml of each tag to a folder of its name in " + RELEASED)
        .containsAll(tags());
  }

  private static List<String> tags() throws IOException, InterruptedException {
    Path checkout = Tools.checkout();
    if (!Files.exists(checkout.resolve(".git"))) {
      return List.of(); // the sources alone
    }
    Process git =
        new ProcessBuilder("git", "-c", "safe.directory=*", "tag", "--list", "v*")
            .directory(checkout.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> tags = git.inputReader().lines().toList();
    assertThat(git.waitFor()).isZero();
    return tags;
  }

  @Test
  void aDefinitionIsCompatibleWithItself() {
    Kinds.all().values().forEach(each -> assertThat(Compatibility.problems(each, each)).isEmpty());
  }

  private static final String FIELDS =
      """
      required: [name]
      properties:
        name: {type: string, maxLength: 10, pattern: "^a"}
        count: {type: integer, minimum: 1, default: 3}
        mode: {type: string, enum: [A, B]}
        tags: {type: array, maxItems: 4, items: {type: string, minLength: 1}}
        labels: {type: object, additionalProperties: {type: string}}
        limits: {type: object, default: {a: 1}, properties: {a: {type: integer}}}
      """;

  @ParameterizedTest(name = "{0} to {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          '  name: {'                | '  title: {'                     | v1.spec.name is gone
          '  tags: {type: array'     | '  tags: {type: object'          | v1.spec.tags: type is another
          '  count: {type: integer'  | '  count: {type: number'         | v1.spec.count: type is another
          'maxLength: 10'            | 'maxLength: 9'                   | v1.spec.name: maxLength is stricter
          'minimum: 1'               | 'minimum: 2'                     | v1.spec.count: minimum is stricter
          'minimum: 1'               | 'minimum: 1, maximum: 9'         | v1.spec.count: maximum is stricter
          'maxItems: 4'              | 'maxItems: 4, minItems: 1'       | v1.spec.tags: minItems is stricter
          'minLength: 1'             | 'minLength: 2'                   | v1.spec.tags[]: minLength is stricter
          'Properties: {type: string'| 'Properties: {type: integer'     | v1.spec.labels.*: type is another
          '"^a"'                     | '"^aa"'                          | v1.spec.name: pattern is another
          'minLength: 1'             | 'minLength: 1, pattern: "^a"'    | v1.spec.tags[]: pattern is new
          '[A, B]'                   | '[A]'                            | v1.spec.mode: B is gone
          'minLength: 1'             | 'minLength: 1, enum: [a]'        | v1.spec.tags[]: enum is new
          '[name]'                   | '[name, mode]'                   | v1.spec.mode is required now
          ', default: 3'             | ''                               | v1.spec.count: default is another
          ', default: 3'             | ', default: 4'                   | v1.spec.count: default is another
          'default: {a: 1}'          | 'default: {b: 1}'                | v1.spec.limits: default is another
          'maxItems: 4'              | 'maxItems: 4, x-kubernetes-list-type: set' \
          | v1.spec.tags: x-kubernetes-list-type is another
          'required: [name]'         | 'x-kubernetes-validations: [{rule: has(self.mode)}]' \
          | v1.spec: a rule is new: has(self.mode)
          """)
  void whatIsTakenAwayIsSeen(String before, String after, String problem) {
    String next = FIELDS.replace(before, after == null ? "" : after);
    assertThat(next).isNotEqualTo(FIELDS);
    assertThat(Compatibility.problems(definition("v1", FIELDS), definition("v1", next)))
        .containsExactly(problem);
  }

  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'maxLength: 10'     | 'maxLength: 11'
          'minimum: 1, '      | ''
          ', pattern: "^a"'   | ''
          '[A, B]'            | '[A, B, C]'
          ', enum: [A, B]'    | ''
          'required: [name]'  | 'required: []'
          'default: {a: 1}'   | 'default: {a: 1, b: 2}'
          '  mode:'           | '  more: {type: object, required: [x], properties: {x: {type: string}}}\\n  mode:'
          """)
  void whatIsAddedIsFine(String before, String after) {
    String next = FIELDS.replace(before, after == null ? "" : after.replace("\\n", "\n"));
    assertThat(next).isNotEqualTo(FIELDS);
    assertThat(Compatibility.problems(definition("v1", FIELDS), definition("v1", next))).isEmpty();
  }

  @Test
  void aVersionStaysServed() {
    assertThat(Compatibility.problems(definition("v1", FIELDS), definition("v2", FIELDS)))
        .containsExactly("version v1 is not served any more");
  }

  private static JsonNode definition(String version, String fields) {
    return Kinds.yaml(
        """
        spec:
          group: winnow.dev
          scope: Namespaced
          names: {kind: Thing, plural: things}
          versions:
          - name: %s
            served: true
            schema:
              openAPIV3Schema:
                properties:
                  spec:
        %s
        """
            .formatted(version, fields.indent(12)));
  }
}
