package dev.winnow.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Asked by an account that has no rights but those that every account has. */
@Tag("server")
class InstalledKindsTest {
  private static final Path CRDS = Tools.checkout().resolve("crds");

  private static TestApiServer server;
  private static Kubectl kubectl;
  private static KubernetesClient client;

  @BeforeAll
  static void start() {
    server = TestApiServer.start();
    kubectl = new Kubectl(server.kubeconfig(), "default");
    client = Kubernetes.client(server.configAs("default", "nobody"));
  }

  @AfterAll
  static void close() {
    client.close();
    server.close();
  }

  private static void awaitProblem(String... lines) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(new InstalledKinds(client).problem())
                .isEqualTo(
                    lines.length == 0 ? Optional.empty() : Optional.of(String.join("\n", lines))));
  }

  @Test
  void saysWhatIsMissingAndHowItIsInstalled() throws IOException {
    String install = "Install those of this version: kubectl apply --server-side -k crds";
    awaitProblem(
        "the custom resource definition registries.winnow.dev is not installed",
        "the custom resource definition retentionpolicies.winnow.dev is not installed",
        "the custom resource definition retentionruns.winnow.dev is not installed",
        "the custom resource definition garbagecollections.winnow.dev is not installed",
        install);

    kubectl.run("apply", "--server-side", "-k", CRDS.toString());
    awaitProblem();

    String policies = Files.readString(CRDS.resolve("retentionpolicies.winnow.dev.yaml"));
    kubectl.apply(
        policies
            .replaceFirst("(?m)^ +nextRun:\n.*\n +type: string\n", "")
            .replace("                    - Planning\n", ""));
    awaitProblem(
        "the custom resource definition retentionpolicies.winnow.dev is older than this version;"
            + " it lacks status.lastRun.phase: Planning, status.nextRun",
        install);

    kubectl.run("delete", "crd", "retentionruns.winnow.dev");
    kubectl.apply(policies);
    awaitProblem(
        "the custom resource definition retentionruns.winnow.dev is not installed", install);
  }
}
