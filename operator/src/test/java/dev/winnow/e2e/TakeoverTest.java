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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Of two operators one leads, and the other one goes on where it was. */
@Tag("server")
@ExtendWith(Shared.class)
class TakeoverTest {
  private static final int OLD = 600;

  /** Line of a registry's access log. */
  private static final Pattern DELETED =
      Pattern.compile("\"DELETE /v2/team/app/manifests/(old-\\d+) HTTP/1.1\" 202");

  @Test
  void theOtherReplicaTakesOverAndNothingHappensTwice(
      TestCluster cluster, @TempDir Path folder, @TempDir Path images) {
    try (DeployedOperator operator = DeployedOperator.installTwo(cluster, folder);
        UserNamespace user = UserNamespace.create(cluster);
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, images);
        ImagePusher pusher = registry.pusher()) {
      assertThat(operator.pods()).hasSize(2);
      fill(registry);
      user.registry(registry, ", client: {concurrency: 1}");
      user.policy("mode: Enforce\nlimits: {maxDeletedTags: 100000, maxDeletedPercent: 100}");
      user.runNow("before");
      await()
          .atMost(UserNamespace.SOON)
          .pollInterval(Duration.ofMillis(100))
          .untilAsserted(() ->
              assertThat(pusher.tags("team/app")).as(operator::log).hasSizeLessThan(OLD - 50));
      String before = operator.leader();
      operator.kill(operator.pods().stream().filter(before::startsWith).findFirst().orElseThrow());
      user.runNow("after");
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(() -> assertThat(operator.leader()).isNotBlank().isNotEqualTo(before));

      user.awaitPolicy("lastHandledRequest", "after", operator::log);
      user.awaitPolicy("lastRun.phase", "Succeeded", operator::log);
      assertThat(
              user.kubectl().run("get", "wrun", "-o", "jsonpath={.items[*].status.result.deleted}"))
          .as("one run deleted all, the other found nothing to delete")
          .isEqualTo(String.valueOf(OLD));
      assertThat(user.kubectl().run("get", "wrun", "-o", "name").lines()).hasSize(2);
      assertThat(pusher.tags("team/app")).containsExactly("new");
      List<String> deleted =
          DELETED
              .matcher(user.kubectl().run("logs", "deployment/registry"))
              .results()
              .map((MatchResult line) -> line.group(1))
              .toList();
      assertThat(deleted).hasSize(OLD).doesNotHaveDuplicates();
    }
  }

  private static void fill(ClusterRegistry registry) {
    StoreWriter store = new StoreWriter(registry.root());
    for (int i = 0; i < OLD; i++) {
      store.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
    }
    store.push("team/app", "new", TestImages.oci("new").build());
  }
}
