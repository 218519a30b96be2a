package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
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

/** Retention that needs the registry's volume, by Jobs of a real cluster. */
@Deployed
class PushTimesTest {
  private static final String STORAGE = ", storage: {claimName: registry, cache: None}";

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  PushTimesTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  private static void fill(ClusterRegistry registry, ImagePusher images) {
    StoreWriter store = new StoreWriter(registry.root());
    for (int days : new int[] {30, 20, 2}) {
      store
          .pushedAt(Instant.now().minus(Duration.ofDays(days)))
          .push("team/app", "days-" + days, TestImages.oci("days " + days).build());
    }
    images.push("team/app", "now", TestImages.oci("now").build());
  }

  /** All that was pushed two weeks ago goes. */
  private void policy() {
    user.kubectl()
        .apply(
            """
            apiVersion: winnow.dev/v1alpha1
            kind: RetentionPolicy
            metadata: {name: builds}
            spec:
              registryRef: {name: main}
              mode: Enforce
              protect: {inUse: Ignore}
              rules:
              - name: aged
                repositories: ["**"]
                keep: [{youngerThan: 14d, ageBy: Pushed}]
            """);
    user.awaitText(
        "True",
        operator::log,
        "get",
        "wpol",
        "builds",
        "-o",
        UserNamespace.status("conditions[?(@.type==\"Ready\")].status"));
  }

  @Test
  void aJobPlansAndTheRunDeletesOverTheApi() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      fill(registry, images);
      user.registry(registry, STORAGE);
      policy();
      user.runNow("one");
      user.awaitPolicy("lastRun.phase", "Succeeded", operator::log);
      assertThat(images.tags("team/app")).containsExactly("days-2", "now");
      await()
          .atMost(UserNamespace.SOON)
          .untilAsserted(
              () -> assertThat(user.kubectl().run("get", "jobs", "-o", "name")).isBlank());
      assertThat(user.kubectl().run("get", "cm", "-o", "name"))
          .doesNotContainPattern("-(plan|again)\n");
    }
  }

  @Test
  void aCollectionDeletesWhatARunLeftToIt() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      fill(registry, images);
      user.registry(
          registry,
          ", deletion: Volume" + STORAGE + ", garbageCollection: {schedule: \"0 3 29 2 *\"}");
      policy();
      user.runNow("one");
      user.awaitPolicy("lastRun.phase", "Succeeded", operator::log);
      assertThat(user.kubectl().run("get", "wrun", "-o", "jsonpath={.items[0].status.result}"))
          .contains("\"deferred\":2", "\"deleted\":0");
      assertThat(images.tags("team/app")).hasSize(4);
      assertThat(user.collect("gc", "", operator::log)).as(this::state).isEqualTo("Succeeded");
      assertThat(images.tags("team/app")).as(this::state).containsExactly("days-2", "now");
    }
  }

  private String state() {
    return operator.log()
        + user.state()
        + user.kubectl().call("logs", "job/gc", "--all-containers").out();
  }
}
