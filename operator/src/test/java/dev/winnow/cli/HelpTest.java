package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What a user sees who does not know the command line yet, or mistypes it. */
class HelpTest {
  static Stream<String> commands() {
    return Commands.ALL.keySet().stream();
  }

  /** The commands that are ours, not picocli's. */
  static Stream<String> ourCommands() {
    return Commands.ALL.entrySet().stream()
        .filter(command -> command.getValue().get() instanceof Command)
        .map(Map.Entry::getKey);
  }

  @Test
  void commandsAreFoundByTheirOwnNames() {
    Commands.ALL.forEach((name, command) ->
        assertThat(new CommandLine(command.get()).getCommandName()).isEqualTo(name));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(String command) {
    Cli.Result help = new Cli().run(command, "--help");
    assertThat(help.err()).isEmpty();
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("Usage: winnow " + command);
    assertThat(new Cli().run(command, "-h")).isEqualTo(help);
    assertThat(new Cli().run("help", command)).isEqualTo(help);
  }

  /** A misspelt option is the cause, also where one that is needed is missing for it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          plan -f policy.yaml --oputput json | Unknown option: '--oputput'; did you mean --output?
          plan --oputput=json -f policy.yaml | Unknown option: '--oputput'; did you mean --output?
          inspect --regisrty http://x        | Unknown option: '--regisrty'; did you mean --registry?
          apply -fpolicy.yaml --yse          | Unknown option: '--yse'; did you mean --yes?
          apply --yes -f policy.yaml -x      | Unknown option: '-x'
          verify --registry x --quite-other  | Unknown option: '--quite-other'
          plam -f policy.yaml                | Unknown command: 'plam'; did you mean plan?
          --verison                          | Unknown option: '--verison'; did you mean --version?
          --bogus plan -f policy.yaml         | Unknown option: '--bogus'
          something                          | Unknown command: 'something'
          inspect                            | 'Missing required argument (specify one of these): (--registry=URL | --root=DIR)'
          inspect --registry x a b           | Unmatched argument at index 4: 'b'
          """)
  void whatIsMisspeltIsNamed(String line, String message) {
    Cli.Result result = new Cli().run(line.split(" "));
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err().lines().toList())
        .hasSize(2)
        .startsWith("winnow: " + message)
        .last()
        .asString()
        .startsWith("See 'winnow");
  }

  @ParameterizedTest
  @MethodSource("ourCommands")
  void everyCommandHasExamplesAndAVersion(String command) {
    assertThat(new Cli().run(command, "--help").out())
        .contains("Examples:", "  winnow " + command + " ");
    assertThat(new Cli().run(command, "--version"))
        .isEqualTo(new Cli.Result(0, "winnow " + Version.TEXT + "\n", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "help"})
  void theWholeHasHelp(String word) {
    Cli.Result help = new Cli().run(word);
    assertThat(help.status()).isZero();
    assertThat(help.out())
        .startsWith("Usage: winnow")
        .contains("Examples:", "Exit status:")
        .contains(commands().toList());
  }

  @Test
  void helpOfNothing() {
    Cli.Result result = new Cli().run("help", "plam");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("plam");
  }

  /** Behind options that take several values, too. */
  @Test
  void aMisspeltOptionIsRefused() {
    for (List<String> line :
        List.of(
            List.of("plan", "-f", "policy.yaml", "--bogus"),
            List.of("plan", "-f", "--bogus"),
            List.of("apply", "-f", "policy.yaml", "--yse"),
            List.of("explain", "app:v1", "-f", "policy.yaml", "--bogus"),
            List.of("verify", "--registry", "localhost", "--repository", "a", "--bogus"),
            List.of("verify", "--registry", "localhost", "--bogus"),
            List.of("inspect", "--registry", "--bogus"),
            List.of("copy", "localhost/a", "localhost/b", "--bogus"))) {
      Cli.Result result = new Cli().run(line.toArray(String[]::new));
      assertThat(result.status()).as("%s", line).isEqualTo(2);
      assertThat(result.err())
          .as("%s", line)
          .containsPattern("(?i)unknown option: '--(bogus|yse)'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"generate-completion", "--help", "help", "--version"})
  void whatCannotBeWrittenIsAFailure(String word) throws Exception {
    try (WinnowProcess winnow = WinnowProcess.start(Path.of("/dev/full"), List.of(), word)) {
      Cli.Result result = winnow.await();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).contains("standard output cannot be written");
    }
  }

  @Test
  void aDashAloneIsStandardInput() {
    Cli.Result result = new Cli().in("").run("plan", "-f", "-");
    assertThat(result.err()).contains("standard input: document 1: the file has no documents");
  }
}
