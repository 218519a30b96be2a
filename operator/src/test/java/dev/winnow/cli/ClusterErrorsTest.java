package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that is not there, not ready for Winnow, or does not let us in. */
class ClusterErrorsTest {
  @TempDir Path folder;

  private Cli.Result winnow(Map<String, String> environment, String... args) {
    return new Cli().environment(environment).run(args);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** A kubeconfig whose current context is first, of a port where nothing listens. */
  private Path nothingListens(String name, String context) throws IOException {
    return write(
        name,
        """
        apiVersion: v1
        kind: Config
        current-context: %1$s
        contexts:
        - {name: %1$s, context: {cluster: %1$s, user: %1$s}}
        clusters:
        - {name: %1$s, cluster: {server: "https://127.0.0.1:1"}}
        users: []
        """
            .formatted(context));
  }

  @Test
  void withoutAKubeconfigThereIsNoCluster() throws IOException {
    for (List<String> command :
        List.of(
            List.of("runs"),
            List.of("run", "builds"),
            List.of("approve", "one"),
            List.of("report", "one"),
            List.of("pause", "builds"),
            List.of("explain", "app:v1", "--policy", "builds"))) {
      assertThat(winnow(Map.of("HOME", folder.toString()), command.toArray(String[]::new)))
          .as("%s", command)
          .isEqualTo(
              new Cli.Result(
                  2,
                  "",
                  "winnow: there is no kubeconfig: KUBECONFIG is not set and ~/.kube/config is not"
                      + " there; give --kubeconfig FILE\n"));
    }
    assertThat(winnow(Map.of("KUBECONFIG", folder + "/a:" + folder + "/b"), "runs").err())
        .startsWith("winnow: KUBECONFIG names no file that can be read: ");
    assertThat(winnow(Map.of(), "runs", "--kubeconfig", folder + "/none").err())
        .isEqualTo("winnow: --kubeconfig " + folder + "/none cannot be read\n");
  }

  @Test
  void aFileThatIsNoKubeconfigIsRefused() throws IOException {
    for (String text : List.of("", "[]", "a: b: c", "{}", "kind: Config\ncontexts: 1")) {
      Path file = write("config", text);
      Cli.Result result = winnow(Map.of(), "runs", "--kubeconfig", file.toString());
      assertThat(result.status()).as(text).isEqualTo(2);
      assertThat(result.err())
          .as(text)
          .startsWith("winnow: kubeconfig " + file)
          .doesNotContain("Exception", "\tat ");
    }
  }

  @Test
  void aContextIsFoundInAnyOfTheFiles() throws IOException {
    String both = nothingListens("a", "first") + ":" + nothingListens("b", "second");
    Map<String, String> environment = Map.of("KUBECONFIG", both);
    assertThat(winnow(environment, "runs", "--context", "secnd"))
        .isEqualTo(
            new Cli.Result(
                2, "", "winnow: the kubeconfig has no context secnd; did you mean second?\n"));
    for (String[] args : new String[][] {{"runs"}, {"runs", "--context", "second"}}) {
      assertThat(winnow(environment, args))
          .isEqualTo(unreachable("https://127.0.0.1:1/", "nothing answers there"));
    }
    Path noHost =
        write("d", Files.readString(folder.resolve("a")).replace("127.0.0.1", "no.invalid"));
    assertThat(winnow(Map.of("KUBECONFIG", noHost.toString()), "runs"))
        .isEqualTo(unreachable("https://no.invalid:1/", "its host is not known"));
    Path noCluster =
        write("c", "current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]\n");
    assertThat(winnow(Map.of("KUBECONFIG", noCluster.toString()), "runs").err())
        .contains("has no cluster gone, which its context a names");
  }

  private static Cli.Result unreachable(String server, String why) {
    return new Cli.Result(
        1,
        "",
        "winnow: the cluster "
            + server
            + " cannot be reached: "
            + why
            + "; is it up, and is this the right context (kubectl config get-contexts)?\n");
  }

  @Test
  void namesAreCheckedBeforeTheyAreSent() throws IOException {
    Map<String, String> environment = Map.of("KUBECONFIG", nothingListens("a", "a").toString());
    assertThat(winnow(environment, "runs", "-n", "a/b").status()).isEqualTo(2);
    for (String name : List.of("", "A", "../x", "a b")) {
      Cli.Result result = winnow(environment, "report", name);
      assertThat(result.status()).as(name).isEqualTo(2);
      assertThat(result.err()).as(name).contains("is no name");
    }
  }

  @Test
  @Tag("server")
  void aClusterThatDoesNotKnowOurKindsIsSaidToBeSo() {
    try (TestApiServer server = TestApiServer.start()) {
      Map<String, String> environment = Map.of("KUBECONFIG", server.kubeconfig().toString());
      for (List<String> command :
          List.of(
              List.of("runs"),
              List.of("run", "builds"),
              List.of("approve", "one"),
              List.of("report", "one"),
              List.of("pause", "builds"),
              List.of("explain", "app:v1", "--policy", "builds"))) {
        assertThat(winnow(environment, command.toArray(String[]::new)))
            .as("%s", command)
            .isEqualTo(
                new Cli.Result(
                    1,
                    "",
                    "winnow: the cluster does not know Winnow's kinds; install them with kubectl"
                        + " apply --server-side -k crds\n"));
      }
    }
  }

  /** A user of the kubeconfig who acts as somebody with few rights. */
  @Test
  @Tag("server")
  void whatIsForbiddenIsSaid() throws IOException {
    try (OperatorWorld world = new OperatorWorld()) {
      String admin = Files.readString(world.server().kubeconfig());
      String few = "user: {as: somebody, as-groups: [\"system:authenticated\"], token:";
      Path file = write("few", admin.replace("user: {token:", few));
      Cli.Result result =
          winnow(Map.of("KUBECONFIG", file.toString()), "runs", "-n", world.namespace());
      assertThat(result.status()).as("%s", result).isEqualTo(1);
      assertThat(result.err())
          .contains("retentionruns.winnow.dev is forbidden: User \"somebody\" cannot list")
          .endsWith(
              "winnow: Ask for a role that allows it; kubectl auth can-i --list shows what you may"
                  + " do.\n");
    }
  }

  @Test
  @Tag("server")
  void aNamespaceThatIsNotThereHasNoRuns() {
    try (OperatorWorld world = new OperatorWorld()) {
      Map<String, String> admin = Map.of("KUBECONFIG", world.server().kubeconfig().toString());
      assertThat(winnow(admin, "runs", "-n", "misspelt"))
          .isEqualTo(new Cli.Result(1, "", "winnow: there is no namespace misspelt\n"));
    }
  }

  @Test
  void theCommandIsAPluginOfKubectl() throws IOException {
    Path bin = Tools.checkout().resolve("bin");
    assertThat(bin.resolve("kubectl-winnow")).isExecutable();
    assertThat(Files.readString(bin.resolve("winnow")))
        .contains("kubectl-winnow ]; then export WINNOW_CALLED_AS=\"kubectl winnow\"");
    assertThat(winnow(Map.of("WINNOW_CALLED_AS", "kubectl winnow"), "runs", "--help").out())
        .startsWith("Usage: kubectl winnow runs ");
  }
}
