package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator on an API server whose kinds are not those of its version. */
@Tag("server")
class OperatorStartTest {
  private static final Path CRDS = Tools.checkout().resolve("crds");

  @TempDir private Path folder;
  private TestApiServer server;
  private Kubectl kubectl;

  @BeforeEach
  void start() {
    server = TestApiServer.start();
    kubectl = new Kubectl(server.kubeconfig(), "default");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private WinnowProcess operator() throws IOException {
    return WinnowProcess.start(
        folder.resolve("out"),
        List.of(),
        "operator",
        "--no-leader-election",
        "--port",
        "0",
        "--log-format",
        "text",
        "--kubeconfig",
        server.kubeconfig().toString());
  }

  @Test
  void withOlderKindsItEndsAndSaysWhatToInstall() throws Exception {
    kubectl.run("apply", "--server-side", "-k", CRDS.toString());
    String policies = Files.readString(CRDS.resolve("retentionpolicies.winnow.dev.yaml"));
    kubectl.apply(policies.replaceFirst("(?m)^ +nextRun:\n.*\n +type: string\n", ""));
    try (WinnowProcess operator = operator()) {
      Cli.Result result = operator.await();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err())
          .endsWith(
              """
              winnow: the operator does not start: the custom resource definition \
              retentionpolicies.winnow.dev is older than this version; it lacks status.nextRun
              winnow: Install those of this version: kubectl apply --server-side -k crds
              """)
          .doesNotContain("\tat ");
    }
  }

  @Test
  void itWaitsAMomentForKindsThatAreBeingInstalled() throws Exception {
    try (WinnowProcess operator = operator()) {
      operator.awaitSaid("waits for the kinds");
      kubectl.run("apply", "--server-side", "-k", CRDS.toString());
      operator.awaitSaid("the operator runs");
      operator.signal("TERM");
      assertThat(operator.await().status()).isEqualTo(130);
    }
  }

  @Test
  void withoutAnApiServerItEndsAndSaysSo() throws Exception {
    server.stop();
    try (WinnowProcess operator = operator()) {
      Cli.Result result = operator.await();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err())
          .contains("winnow: the cluster https://127.")
          .contains("cannot be reached: nothing answers there")
          .doesNotContain("\tat ");
    }
  }
}
