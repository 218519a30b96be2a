package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A user's way: install, preview, read, enforce on a schedule. */
@Tag("server")
@ExtendWith(Shared.class)
class OperatorDeploymentTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private static TestCluster cluster;
  private static DeployedOperator operator;

  private String namespace;
  private Kubectl kubectl;

  @BeforeAll
  static void install(TestCluster shared) {
    cluster = shared;
    operator = DeployedOperator.install(cluster);
  }

  @AfterAll
  static void uninstall() {
    operator.close();
  }

  @BeforeEach
  void createNamespace() {
    namespace = "user-" + UUID.randomUUID().toString().substring(0, 8);
    kubectl = new Kubectl(cluster.kubeconfig(), namespace);
    kubectl.run("create", "namespace", namespace);
  }

  @AfterEach
  void deleteNamespace() {
    kubectl.run("delete", "namespace", namespace, "--wait=false");
  }

  private void policy(String mode, String schedule) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          schedule: "%s"
          mode: %s
          rules:
          - name: old
            repositories: ["**"]
            tags: ["old*"]
            keep: [{tags: [new]}]
          protect: {inUse: Ignore}
        """
            .formatted(schedule, mode));
  }

  @EachRegistry
  void previewsThenEnforcesOnSchedule(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, namespace, version, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
      images.push("team/app", "new", TestImages.oci("three").build());
      kubectl.apply(
          """
          apiVersion: winnow.dev/v1alpha1
          kind: Registry
          metadata: {name: main}
          spec: {url: "%s"}
          """
              .formatted(registry.url()));
      policy("Preview", "* * * * *");
      awaitText(
          "True", "get", "wpol", "builds", "-o", status("conditions[?(@.type==\"Ready\")].status"));
      awaitText("Succeeded", "get", "wpol", "builds", "-o", status("lastRun.phase"));
      firesWithinTwoSecondsOfItsMinute();
      assertThat(columns("get", "wpol"))
          .isEqualTo("NAME REGISTRY SCHEDULE MODE READY LAST-RUN DELETED NEXT-RUN AGE");
      assertThat(columns("get", "wrun"))
          .isEqualTo("NAME POLICY PHASE TAGS KEPT DELETED FAILED RECLAIMABLE AGE");
      assertThat(columns("get", "wreg"))
          .isEqualTo("NAME URL READY REPOSITORIES TAGS SIZE HELD LAST-GC AGE");
      assertThat(kubectl.run("get", "wrun", "--no-headers"))
          .matches("(?s)builds-\\S+ +builds +Succeeded +3 +1 .*");
      assertThat(images.send("GET", "/v2/team/app/manifests/old-1").statusCode()).isEqualTo(200);

      policy("Enforce", "* * * * *");
      awaitText("2", "get", "wpol", "builds", "-o", status("lastRun.deleted"));
      assertThat(images.send("GET", "/v2/team/app/manifests/old-1").statusCode()).isEqualTo(404);
      assertThat(images.send("GET", "/v2/team/app/manifests/old-2").statusCode()).isEqualTo(404);
      assertThat(images.send("GET", "/v2/team/app/manifests/new").statusCode()).isEqualTo(200);
      awaitText("1", "get", "wreg", "main", "-o", "jsonpath={.status.repositories}");
    }
  }

  private static String status(String path) {
    return "jsonpath={.status." + path + "}";
  }

  private void awaitText(String text, String... command) {
    await()
        .alias(String.join(" ", command))
        .atMost(SOON.plusSeconds(40))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertThat(kubectl.run(command)).as(operator::log).isEqualTo(text));
  }

  private String columns(String... command) {
    return kubectl.run(command).lines().findFirst().orElse("").strip().replaceAll(" {2,}", " ");
  }

  /** The minute is in the run's name; the API server says when it was made. */
  private void firesWithinTwoSecondsOfItsMinute() {
    String run = kubectl.run("get", "wrun", "-o", "jsonpath={.items[0].metadata.name}");
    String created =
        kubectl.run("get", "wrun", run, "-o", "jsonpath={.metadata.creationTimestamp}");
    long minutes = Long.parseLong(run.substring(run.lastIndexOf('-') + 1));
    assertThat(Instant.parse(created))
        .isBetween(Instant.ofEpochSecond(minutes * 60), Instant.ofEpochSecond(minutes * 60 + 2));
  }
}
