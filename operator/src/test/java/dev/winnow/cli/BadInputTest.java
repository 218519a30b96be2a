package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that is refused before anything is contacted: exit status, and a message that helps. */
class BadInputTest {
  /** Nothing listens there: a command that contacted it would end with 1, not 2 or 3. */
  private static final String REGISTRY =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: Registry
      metadata: {name: main}
      spec: {url: "http://127.0.0.1:1"}
      """;

  private static final String POLICY =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: builds}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules:
        - name: all
          repositories: ["**"]
          tags: ["*"]
          keep:
          - newest: 3
            orderBy: Created
      """;

  @TempDir Path folder;

  @Test
  void noFile() {
    Path missing = folder.resolve("nothing.yaml");
    assertThat(new Cli().run("plan", "-f", missing.toString()))
        .isEqualTo(
            new Cli.Result(2, "", "winnow: " + missing + ": there is no such file or folder\n"));
  }

  @Test
  void anEmptyNameIsNotTheFolderWeAreIn() throws IOException {
    String policy = file(REGISTRY + "---\n" + POLICY);
    for (List<String> line :
        List.of(
            List.of("plan", "-f", ""),
            List.of("plan", "-f", policy, "-f", ""),
            List.of("plan", "-f", policy, "--cache", ""),
            List.of("plan", "-f", policy, "--ca-file", ""),
            List.of("apply", "-f", policy, "--yes", "--plan", ""))) {
      Cli.Result result = new Cli().run(line.toArray(String[]::new));
      assertThat(result.status()).as("%s", line).isEqualTo(2);
      assertThat(result.err()).as("%s", line).contains("an empty name is no file");
    }
  }

  /** What a file system says, in words: the message of its exceptions is often only a path. */
  @Test
  void filesThatCannotBeUsed() throws IOException {
    String policy = file(REGISTRY + "---\n" + POLICY);
    String missing = folder.resolve("missing").toString();
    String taken = folder.resolve("policy.yaml").toString();
    says(missing + ": there is no such file or folder", "plan", "-f", missing);
    says(
        "--cache cannot be used: " + taken + ": there is a file",
        "plan",
        "-f",
        policy,
        "--cache",
        taken);
    says(taken + "/x: Not a directory", "plan", "-f", policy, "--cache", taken + "/x");
    says(
        "--ca-file " + missing + ": there is no such file",
        "plan",
        "-f",
        policy,
        "--ca-file",
        missing);
    says(
        "--ca-file " + folder + ": Is a directory", "plan", "-f", policy, "--ca-file", "" + folder);
    says(
        "--plan " + missing + " cannot be read as a plan: there is no such file",
        "apply",
        "--yes",
        "-f",
        policy,
        "--plan",
        missing);
    says(
        "--plan " + folder + " cannot be read as a plan: Is a directory",
        "apply",
        "--yes",
        "-f",
        policy,
        "--plan",
        "" + folder);
  }

  private static void says(String message, String... args) {
    Cli.Result result = new Cli().run(args);
    assertThat(result.err()).contains(message);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void noFileOption() {
    Cli.Result result = new Cli().run("plan");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--filename=FILE").contains("winnow plan --help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# a comment\n", "---\n---\n"})
  void emptyFile(String text) throws IOException {
    refused(2, text, "the file has no documents");
  }

  @Test
  void noPolicy() throws IOException {
    refused(2, REGISTRY, "the files hold no RetentionPolicy");
  }

  @Test
  void twoPoliciesOfOneName() throws IOException {
    refused(
        2,
        REGISTRY + "---\n" + POLICY + "---\n" + POLICY,
        "policy.yaml:22:18: document 3 (RetentionPolicy builds): metadata.name: another document"
            + " of this kind is called builds too");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          url: "http://127.0.0.1:1" | spec.url: is the registry of Registry main too (DuplicateRegistry)
          url: "http://a", aliases: ["127.0.0.1:1"] | spec.url: is 127.0.0.1:1, an alias of Registry other (DuplicateRegistry)
          url: "https://a.:5000" | spec.url: "https://a.:5000" has a dot behind its host, which TLS does not allow; leave it out
          url: "http://a", aliases: ["a:b"] | spec.aliases[0]: must be a host, or host:port, nothing else
          """)
  void anotherRegistry(String spec, String message) throws IOException {
    String other = REGISTRY.replace("main", "other").replaceFirst("url: .*", spec + "}");
    refused(2, REGISTRY + "---\n" + other + "---\n" + POLICY, message);
  }

  @Test
  void policyWithoutItsRegistry() throws IOException {
    refused(2, POLICY, "spec.registryRef.name: there is no Registry \"main\" in namespace default");
  }

  @Test
  void allErrorsAtOnceWithTheirPlaces() throws IOException {
    String policy =
        POLICY
            .replace("newest: 3", "newst: 3")
            .replace("orderBy: Created", "orderBy: created")
            .replace("tags: [\"*\"]", "tags: [1.10]");
    refused(
        2,
        REGISTRY + "---\n" + policy,
        "policy.yaml:15:12: document 2 (RetentionPolicy builds): spec.rules[0].tags[0]: YAML reads"
            + " 1.10 as a number; write \"1.10\"",
        "spec.rules[0].keep[0].newst: unknown field; did you mean newest?",
        "spec.rules[0].keep[0].orderBy: \"created\" is not one of Pushed, Created, SemVer, Name;"
            + " did you mean Created?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          newest: 3 | newest: 0 | spec.rules[0].keep[0].newest: 0 is too small; at least 1
          newest: 3 | newest: yes | spec.rules[0].keep[0].newest: must be an integer
          newest: 3 | newest: 3, youngerThan: 30, ageBy: Created | must be a text|
          tags: ["*"] | tags: ["/(?=x)/"] | spec.rules[0].tags[0]: RE2 does not take
          tags: ["*"] | tags: [] | spec.rules[0].tags: the list is empty
          tags: ["*"] | tags: [""] | spec.rules[0].tags[0]: the pattern is empty
          tags: ["*"] | tags: ["/v1"] | is not between slashes
          tags: ["*"] | tags: ["v{1"] | is not a glob: a { is not closed
          repositories: ["**"] | repository: ["**"] | spec.rules[0].repositories: the field is missing
          registryRef: {name: main} | registryRef: {name: mian} | there is no Registry "mian"
          protect: {inUse: Ignore} | protect: {inUse: Ignored} | did you mean Ignore?
          kind: RetentionPolicy | kind: RetentionPolcy | did you mean RetentionPolicy?
          v1alpha1 | v1 | is not known; write winnow.dev/v1alpha1
          """)
  void aFieldThatIsWrong(String right, String wrong, String message) throws IOException {
    String policy =
        wrong.startsWith("newest: 3,")
            ? POLICY.replace("newest: 3", "newest: 3\n      youngerThan: 30\n      ageBy: Created")
            : POLICY.replace(right, wrong);
    refused(
        2,
        REGISTRY + "---\n" + policy,
        wrong.startsWith("newest: 3,") ? "YAML reads 30 as a number" : message);
  }

  /** A field that cannot be read is no reason to complain of the fields that go with it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "newest: 99999999999, orderBy: Created",
        "newest: three, orderBy: Created, groupBy: '/(?P<a>.)/'",
        "newst: 3, orderBy: Created",
        "newest: 3, orderBy: created",
        "newest: 3, orderby: Created",
        "youngerThan: 30, ageBy: Created",
        "youngerThan: 30, ageBy: Created, tags: [a]",
        "yungerThan: 30d, ageBy: Created",
        "newest: x",
      })
  void onlyTheCauseIsSaid(String entry) throws IOException {
    String policy = POLICY.replace("- newest: 3\n      orderBy: Created", "- {" + entry + "}");
    Cli.Result result = plan(REGISTRY + "---\n" + policy);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void aDurationWithoutAUnit() throws IOException {
    String policy =
        POLICY.replace(
            "newest: 3\n      orderBy: Created", "youngerThan: \"30\"\n      ageBy: Created");
    refused(
        2,
        REGISTRY + "---\n" + policy,
        "spec.rules[0].keep[0].youngerThan: \"30\" has no unit; write for example 30d or 30h");
  }

  @Test
  void duplicateKey() throws IOException {
    refused(
        2,
        REGISTRY + "---\n" + POLICY.replace("- name: all", "- name: all\n    name: any"),
        "spec.rules[0].name: the field stands twice");
  }

  @Test
  void aUrlWithoutScheme() throws IOException {
    refused(
        2,
        REGISTRY.replace("http://127.0.0.1:1", "registry:5000") + "---\n" + POLICY,
        "spec.url: \"registry:5000\" must begin with https://");
  }

  @Test
  void credentialsInAUrlAreNotRepeated() throws IOException {
    Cli.Result result = plan(REGISTRY.replace("http://", "http://ann:s3cret@") + "---\n" + POLICY);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("credentialsSecretRef").doesNotContain("s3cret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          protect: {inUse: Ignore} | protect: {} | spec.protect.inUse: images in use cannot be found out yet
          protect: {inUse: Ignore} | undo: Required | spec.undo: undo is not built yet
          orderBy: Created | orderBy: Pushed | spec.rules[0].keep[0].orderBy: a registry's API tells no push times
          newest: 3 | usedWithin: 3d | spec.rules[0].keep[0].usedWithin: images in use cannot be found out yet
          """)
  void whatIsNotBuiltYetIsRefused(String right, String wrong, String message) throws IOException {
    String policy = POLICY.replace(right, wrong);
    if (wrong.startsWith("usedWithin")) {
      policy = policy.replace("      orderBy: Created\n", "");
    }
    refused(3, REGISTRY + "---\n" + policy, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          3 | deletion: Volume | spec.deletion: only the operator's collections delete through the volume
          2 | storage: {claimName: data, rootDirectory: a/../b} | spec.storage.rootDirectory: must be a path inside the volume, without ..
          2 | storage: {claimName: data, cache: Redis} | spec.storage.redis: the field is missing; cache: Redis needs the Redis' url
          2 | garbageCollection: {} | spec.storage: the field is missing; garbageCollection needs the registry's volume
          2 | storage: {claimName: data}, garbageCollection: {gracePeriod: 59m} | spec.garbageCollection.gracePeriod: must be at least 1h: a push may take as long
          2 | storage: {claimName: data}, garbageCollection: {holdPeriod: 0s} | spec.garbageCollection.holdPeriod:
          2 | storage: {claimName: data}, garbageCollection: {untagged: {olderThan: 10m}} | spec.garbageCollection.untagged.olderThan: must be at least 1h
          2 | storage: {claimName: data}, garbageCollection: {timeZone: Mars} | spec.garbageCollection.timeZone: not an IANA time zone
          """)
  void aRegistryThatCannotBeIsRefused(int status, String field, String message) throws IOException {
    String registry = REGISTRY.replace("spec: {", "spec: {" + field + ", ");
    refused(status, registry + "---\n" + POLICY, message);
  }

  @Test
  void aPlanThatIsNone() throws IOException {
    Path plan = Files.writeString(folder.resolve("plan.json"), "{\"kind\": \"Deployment\"}");
    String file = file(REGISTRY + "---\n" + POLICY);
    Cli.Result result = new Cli().run("apply", "-f", file, "--yes", "--plan", plan.toString());
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("cannot be read as a plan");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app",
        "app:",
        ":v1",
        "App:v1",
        "app:v1:v2",
        "app:-v1",
        "app v1",
        "http://registry/app:v1",
        "app@sha256:0000000000000000000000000000000000000000000000000000000000000000",
      })
  void whatIsNoTagCannotBeExplained(String name) throws IOException {
    String policy = file(REGISTRY + "---\n" + POLICY);
    says("'" + name + "' is no tag; write it as REPOSITORY:TAG", "explain", name, "-f", policy);
    says("'" + name + "' is no tag", "explain", "-f", policy, name);
  }

  @Test
  void nothingIsContactedBeforeTheLastSecretIsRead() throws IOException {
    String second =
        """
        ---
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: second}
        spec: {url: "http://127.0.0.1:2", credentialsSecretRef: {name: login}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: login}
        type: kubernetes.io/basic-auth
        stringData: {username: ann}
        ---
        """;
    String policies = POLICY + "---\n" + POLICY.replace("main", "second").replace("builds", "more");
    String policy = file(REGISTRY + second + policies);
    Cli.Result expected =
        new Cli.Result(2, "", "winnow: " + policy + ": Secret login: it has no key password\n");
    assertThat(new Cli().run("plan", "-f", policy)).isEqualTo(expected);
    assertThat(new Cli().run("apply", "--yes", "-f", policy)).isEqualTo(expected);
    assertThat(new Cli().run("explain", "app:v1", "-f", policy)).isEqualTo(expected);
  }

  @Test
  void unreachableIsAFailure() throws IOException {
    Cli.Result result = plan(REGISTRY + "---\n" + POLICY);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("127.0.0.1:1");
  }

  private void refused(int status, String text, String... messages) throws IOException {
    Cli.Result result = plan(text);
    assertThat(result.err()).contains(messages);
    assertThat(result.status()).isEqualTo(status);
    assertThat(result.out()).isEmpty();
  }

  private Cli.Result plan(String text) throws IOException {
    return new Cli().run("plan", "-f", file(text));
  }

  private String file(String text) throws IOException {
    return Files.writeString(folder.resolve("policy.yaml"), text).toString();
  }
}
