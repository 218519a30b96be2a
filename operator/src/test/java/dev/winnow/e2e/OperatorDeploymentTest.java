package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.StoreWriter;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A user's way: install, preview, read, enforce on a schedule. */
@Tag("server")
@ExtendWith(Shared.class)
class OperatorDeploymentTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int MANY = 1_500;

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

  private void registry(ClusterRegistry registry, String fields) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main}
        spec: {url: "%s"%s}
        """
            .formatted(registry.url(), fields));
  }

  private void policy(String fields) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          rules:
          - name: old
            repositories: ["**"]
            tags: ["old*"]
            keep: [{tags: [new]}]
          protect: {inUse: Ignore}
        %s
        """
            .formatted(fields.indent(2)));
  }

  private void runNow(String request) {
    kubectl.run("annotate", "--overwrite", "wpol", "builds", "winnow.dev/requested-at=" + request);
  }

  @EachRegistry
  void previewsThenEnforces(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, namespace, version, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
      images.push("team/app", "new", TestImages.oci("three").build());
      registry(registry, "");
      policy("");
      runNow("one");
      awaitText("Succeeded", "get", "wpol", "builds", "-o", status("lastRun.phase"));
      assertThat(columns("wpol"))
          .isEqualTo("NAME REGISTRY SCHEDULE MODE READY LAST-RUN DELETED NEXT-RUN AGE");
      assertThat(columns("wrun"))
          .isEqualTo("NAME POLICY PHASE TAGS KEPT DELETED FAILED RECLAIMABLE AGE");
      assertThat(columns("wreg"))
          .isEqualTo("NAME URL READY REPOSITORIES TAGS SIZE HELD LAST-GC AGE");
      assertThat(kubectl.run("get", "wrun", "--no-headers"))
          .matches("builds-\\w{8}-r\\w{8} +builds +Succeeded +3 +1 +[\\d.]+Ki +\\w+");
      assertThat(kubectl.run("get", "wpol", "--no-headers"))
          .matches("builds +main +Preview +True +\\w+ +\\w+");
      assertThat(pull(images, "old-1")).isEqualTo(200);

      policy("mode: Enforce");
      runNow("two");
      awaitText("2", "get", "wpol", "builds", "-o", status("lastRun.deleted"));
      assertThat(pull(images, "old-1")).isEqualTo(404);
      assertThat(pull(images, "old-2")).isEqualTo(404);
      assertThat(pull(images, "new")).isEqualTo(200);
      awaitText("1", "get", "wreg", "main", "-o", status("repositories"));
    }
  }

  private static int pull(ImagePusher images, String tag) {
    return images.send("GET", "/v2/team/app/manifests/" + tag).statusCode();
  }

  @Test
  void firesWithinTwoSecondsOfItsMinute() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, namespace, RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      registry(registry, "");
      policy("schedule: \"* * * * *\"");
      awaitText("Succeeded", "get", "wpol", "builds", "-o", status("lastRun.phase"));
      assertMadeInTime();
      policy("schedule: \"* * * * *\"\nsuspend: true");
      awaitText("", "get", "wpol", "builds", "-o", status("nextRunTime"));
    }
  }

  /** The minute is in the run's name; the API server says when it was made. */
  private void assertMadeInTime() {
    String run = kubectl.run("get", "wrun", "-o", "jsonpath={.items[0].metadata.name}");
    String created =
        kubectl.run("get", "wrun", run, "-o", "jsonpath={.metadata.creationTimestamp}");
    long minutes = Long.parseLong(run.substring(run.lastIndexOf('-') + 1));
    assertThat(Instant.parse(created))
        .isBetween(Instant.ofEpochSecond(minutes * 60), Instant.ofEpochSecond(minutes * 60 + 2));
  }

  @EachRegistry
  void survivesBeingKilledWhileItDeletes(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, namespace, version, folder);
        ImagePusher images = registry.pusher()) {
      StoreWriter store = new StoreWriter(registry.root());
      for (int i = 0; i < MANY; i++) {
        store.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
      }
      store.push("team/app", "new", TestImages.oci("new").build());
      registry(registry, ", client: {concurrency: 1}");
      policy("mode: Enforce\nlimits: {maxDeletedTags: 100000, maxDeletedPercent: 100}");
      runNow("one");
      for (int kills = 0; kills < 2; kills++) {
        awaitTags(images, MANY - 100 - 300 * kills);
        operator.kill();
      }
      awaitText("Succeeded", "get", "wpol", "builds", "-o", status("lastRun.phase"));
      awaitText(String.valueOf(MANY), "get", "wpol", "builds", "-o", status("lastRun.deleted"));
      assertThat(images.tags("team/app")).containsExactly("new");
      assertThat(kubectl.run("get", "wrun", "-o", "name").lines()).hasSize(1);
    }
  }

  private void awaitTags(ImagePusher images, int most) {
    await()
        .alias("at most " + most + " tags")
        .atMost(SOON.multipliedBy(2))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() ->
            assertThat(images.tags("team/app")).as(operator::log).hasSizeLessThanOrEqualTo(most));
  }

  private static String status(String path) {
    return "jsonpath={.status." + path + "}";
  }

  private void awaitText(String text, String... command) {
    await()
        .alias(String.join(" ", command))
        .atMost(SOON.multipliedBy(2))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertThat(kubectl.run(command)).as(operator::log).isEqualTo(text));
  }

  private String columns(String kind) {
    return kubectl.run("get", kind).lines().findFirst().orElse("").strip().replaceAll(" {2,}", " ");
  }
}
