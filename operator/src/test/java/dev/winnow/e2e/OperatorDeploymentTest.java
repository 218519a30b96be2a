package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's way: install, preview, read, enforce on a schedule. */
@Deployed(inFastTime = false)
class OperatorDeploymentTest {
  private static final int MANY = 900;

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  OperatorDeploymentTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  @EachRegistry
  void previewsThenEnforces(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, user.name(), version, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
      images.push("team/app", "new", TestImages.oci("three").build());
      user.registry(registry, "");
      user.policy("");
      user.runNow("one");
      awaitPolicy("lastRun.phase", "Succeeded");
      assertThat(columns("wpol"))
          .isEqualTo("NAME REGISTRY SCHEDULE MODE READY LAST-RUN DELETED NEXT-RUN AGE");
      assertThat(columns("wrun"))
          .isEqualTo("NAME POLICY PHASE TAGS KEPT DELETED FAILED RECLAIMABLE AGE");
      assertThat(columns("wreg"))
          .isEqualTo("NAME URL READY REPOSITORIES TAGS SIZE HELD LAST-GC AGE");
      assertThat(user.kubectl().run("get", "wrun", "--no-headers"))
          .matches("builds-\\w{8}-r\\w{8} +builds +Succeeded +3 +1 +[\\d.]+Ki +\\w+");
      assertThat(user.kubectl().run("get", "wpol", "--no-headers"))
          .matches("builds +main +Preview +True +\\w+ +\\w+");
      assertThat(pull(images, "old-1")).isEqualTo(200);

      user.policy("mode: Enforce");
      user.runNow("two");
      awaitPolicy("lastRun.deleted", "2");
      assertThat(pull(images, "old-1")).isEqualTo(404);
      assertThat(pull(images, "old-2")).isEqualTo(404);
      assertThat(pull(images, "new")).isEqualTo(200);
      user.awaitText(
          "1", operator::log, "get", "wreg", "main", "-o", UserNamespace.status("repositories"));
    }
  }

  private static int pull(ImagePusher images, String tag) {
    return images.send("GET", "/v2/team/app/manifests/" + tag).statusCode();
  }

  @Test
  void firesWithinTwoSecondsOfItsMinute() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      user.registry(registry, "");
      user.policy("schedule: \"* * * * *\"");
      awaitPolicy("lastRun.phase", "Succeeded");
      assertMadeInTime();
      user.policy("schedule: \"* * * * *\"\nsuspend: true");
      awaitPolicy("nextRunTime", "");
    }
  }

  /** The minute is in the run's name; the API server says when it was made. */
  private void assertMadeInTime() {
    String run = user.kubectl().run("get", "wrun", "-o", "jsonpath={.items[0].metadata.name}");
    String created =
        user.kubectl().run("get", "wrun", run, "-o", "jsonpath={.metadata.creationTimestamp}");
    long minutes = Long.parseLong(run.substring(run.lastIndexOf('-') + 1));
    assertThat(Instant.parse(created))
        .isBetween(Instant.ofEpochSecond(minutes * 60), Instant.ofEpochSecond(minutes * 60 + 2));
  }

  @EachRegistry
  void survivesBeingKilledWhileItDeletes(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, user.name(), version, folder);
        ImagePusher images = registry.pusher()) {
      StoreWriter store = new StoreWriter(registry.root());
      for (int i = 0; i < MANY; i++) {
        store.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
      }
      store.push("team/app", "new", TestImages.oci("new").build());
      user.registry(registry, ", client: {concurrency: 1}");
      user.policy("mode: Enforce\nlimits: {maxDeletedTags: 100000, maxDeletedPercent: 100}");
      user.runNow("one");
      for (int kills = 0; kills < 2; kills++) {
        awaitTags(images, MANY - 100 - 300 * kills);
        operator.kill();
      }
      awaitPolicy("lastRun.phase", "Succeeded");
      awaitPolicy("lastRun.deleted", String.valueOf(MANY));
      assertThat(images.tags("team/app")).containsExactly("new");
      assertThat(user.kubectl().run("get", "wrun", "-o", "name").lines()).hasSize(1);
    }
  }

  private void awaitTags(ImagePusher images, int most) {
    await()
        .alias("at most " + most + " tags")
        .atMost(UserNamespace.SOON)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() ->
            assertThat(images.tags("team/app")).as(operator::log).hasSizeLessThanOrEqualTo(most));
  }

  private void awaitPolicy(String path, String value) {
    user.awaitPolicy(path, value, operator::log);
  }

  private String columns(String kind) {
    return user.kubectl()
        .run("get", kind)
        .lines()
        .findFirst()
        .orElse("")
        .strip()
        .replaceAll(" {2,}", " ");
  }
}
