package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A plan of many deletions is stored whole, approved and applied, in the memory of the overlay. */
@ExtendWith(Shared.class)
class LargePlanTest {
  private static final int REPOSITORIES = 10;
  private static final int MIB = 1 << 20;
  private static final Duration LONG = Duration.ofMinutes(15);

  @TempDir private Path folder;

  @Test
  @Tag("server")
  void ofThreeThousand(TestCluster cluster) throws IOException {
    deletes(cluster, 3_000);
  }

  @Test
  @Tag("soak")
  void ofThirtyThousand(TestCluster cluster) throws IOException {
    deletes(cluster, 30_000);
  }

  private void deletes(TestCluster cluster, int many) throws IOException {
    try (DeployedOperator operator = DeployedOperator.install(cluster);
        UserNamespace user = UserNamespace.create(cluster);
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      fill(registry, many);
      user.registry(registry, "");
      user.policy("mode: Approve");
      user.runNow("one");
      String run = awaitingRun(user, operator);
      List<String> planned = lines(user, run, "plan");
      assertThat(planned).hasSize(many).doesNotHaveDuplicates();
      assertThat(images.tags("team/app-0")).hasSize(many / REPOSITORIES + 1);

      approve(user, run);
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(field(user, run, "phase")).as(operator::log).isEqualTo("Succeeded"));
      assertThat(field(user, run, "result.deleted")).isEqualTo(String.valueOf(many));
      assertThat(lines(user, run, "result")).hasSize(many).doesNotHaveDuplicates();
      for (int i = 0; i < REPOSITORIES; i++) {
        assertThat(images.tags("team/app-" + i)).containsExactly("new");
      }
      assertNeverRestarted(operator);
    }
  }

  private static String awaitingRun(UserNamespace user, DeployedOperator operator) {
    try {
      return await()
          .atMost(LONG)
          .until(() -> user.policyStatus("awaitingRun"), name -> !name.isEmpty());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(e.getMessage() + "\n" + operator.log() + user.state(), e);
    }
  }

  private static void fill(ClusterRegistry registry, int many) {
    StoreWriter store = new StoreWriter(registry.root());
    for (int i = 0; i < many; i++) {
      store.push("team/app-" + i % REPOSITORIES, "old-" + i, TestImages.oci("old " + i).build());
    }
    for (int i = 0; i < REPOSITORIES; i++) {
      store.push("team/app-" + i, "new", TestImages.oci("new").build());
    }
  }

  private static void approve(UserNamespace user, String run) {
    user.kubectl()
        .run(
            "patch",
            "wrun",
            run,
            "--type=merge",
            "-p",
            "{\"spec\":{\"approvedPlan\":\"%s\"}}".formatted(field(user, run, "plan.digest")));
  }

  private static String field(UserNamespace user, String run, String path) {
    return user.kubectl().run("get", "wrun", run, "-o", UserNamespace.status(path));
  }

  /** What the ConfigMaps of a run say, each of which must be one that an API server takes. */
  private static List<String> lines(UserNamespace user, String run, String kind)
      throws IOException {
    List<String> lines = new ArrayList<>();
    for (String name : field(user, run, "reports[*]").split(" ", -1)) {
      if (name.contains("-" + kind + "-")) {
        String json = user.kubectl().run("get", "configmap", name, "-o", "json");
        assertThat(json)
            .as("ConfigMap %s, in Base64 and with its fields", name)
            .hasSizeLessThan(MIB);
        String packed =
            user.kubectl()
                .run("get", "configmap", name, "-o", "jsonpath={.binaryData.lines\\.jsonl\\.gz}");
        try (var in =
            new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(packed)))) {
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(lines::add);
        }
      }
    }
    return lines;
  }

  /** Nor killed for want of memory, which would be a restart. */
  private static void assertNeverRestarted(DeployedOperator operator) {
    assertThat(
            operator
                .kubectl()
                .run(
                    "get",
                    "pods",
                    "-o",
                    "jsonpath={range .items[*]}{.spec.containers[*].resources.limits.memory}"
                        + " {.status.containerStatuses[*].restartCount}{end}"))
        .isEqualTo("512Mi 0");
  }
}
