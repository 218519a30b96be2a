package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.e2e.ReadOnlyScene.Moment;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A read-only window that ends while nobody can replace the registry's pods. */
@Tag("server")
@ExtendWith(Shared.class)
class KubeletOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(60);

  @Test
  void theRegistryWritesSoonAfterItsKubeletIsBack(
      TestCluster cluster, @TempDir Path overlay, @TempDir Path folder) {
    assumeThat(cluster.node()).as("a node whose kubelet can be stopped").isPresent();
    try (DeployedOperator operator =
            DeployedOperator.installInFastTime(cluster, overlay, Map.of("MAX_READ_ONLY", "1m"));
        UserNamespace user = UserNamespace.create(cluster);
        ReadOnlyScene scene =
            new ReadOnlyScene(
                user,
                ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder),
                RegistryVersion.V3,
                "cache: None",
                operator::log)) {
      scene.slow();
      scene.begin();
      scene.awaitCollector();
      scene.fast();
      int taken = outage(cluster.node().orElseThrow(), user, scene);
      Instant back = Instant.now();
      await().atMost(UserNamespace.SOON).until(() -> scene.attempts().taken() > taken);
      Duration time = Duration.between(back, Instant.now());
      assertThat(scene.awaitEnd()).as(operator::log).isEqualTo("WindowOver");
      scene.assertWritesAndIsWhole();
      System.out.printf(
          Locale.ROOT,
          "writes refused for %.1f s, none taken for %.1f s, until %.1f s after the kubelet's"
              + " return; by the status for %d s%n",
          scene.attempts().longestRefusal().toMillis() / 1e3,
          scene.attempts().longestPause().toMillis() / 1e3,
          time.toMillis() / 1e3,
          scene.seconds().toSeconds());
      assertThat(time).isLessThan(Duration.ofSeconds(30));
    }
  }

  /** Stops the kubelet for longer than the window; gives how many pushes were taken by then. */
  private static int outage(TestNode node, UserNamespace user, ReadOnlyScene scene) {
    node.stopKubelet();
    Instant stopped = Instant.now();
    int taken = scene.attempts().taken();
    try {
      assertThat(user.isReadOnly()).isTrue();
      scene.awaitMoment(Moment.CLOSING);
      await().atMost(UserNamespace.SOON).until(() -> !user.isReadOnly());
      await()
          .atMost(OUTAGE.multipliedBy(2))
          .until(() -> stopped.plus(OUTAGE).isBefore(Instant.now()));
      assertThat(scene.attempts().taken()).as("taken by pods that cannot").isEqualTo(taken);
    } finally {
      node.startKubelet();
    }
    return taken;
  }
}
