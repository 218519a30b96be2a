package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry whose volume has not one free byte, and nothing was put aside for that. */
@Deployed
class FullVolumeTest {
  /** Too small for a collector to put something aside. */
  private static final int MEGABYTES = 12;

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  FullVolumeTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  @ParameterizedTest
  @ValueSource(strings = {"Online", "ReadOnly"})
  void nothingIsLostAndItSaysWhatToDo(String mode) throws IOException {
    assumeThat(cluster.node()).as("a node that can be given a disk").isPresent();
    TestNode node = cluster.node().orElseThrow();
    try (ClusterRegistry registry =
            ClusterRegistry.deployOnDisk(
                cluster, node, user.name(), RegistryVersion.V3, folder, MEGABYTES);
        ImagePusher images = registry.pusher()) {
      Stock stock = Stock.push(registry, images, RegistryVersion.V3);
      user.registry(
          registry,
          ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}, cache:"
              + " None}");
      assertThat(user.collect("first", "", operator::log)).isEqualTo("Succeeded");
      Path full = fill(registry.root().resolve("full"));

      assertThat(user.collect("full", ", mode: " + mode, operator::log)).isEqualTo("Failed");
      assertThat(user.collection("full", "conditions[0].reason"))
          .as(() -> user.collection("full", "conditions[0]"))
          .isEqualTo("VolumeFull");
      assertThat(user.collection("full", "conditions[0].message"))
          .contains("nothing is lost", "enlarge its claim", "No space left on device");
      user.awaitNoWindow(operator::log);
      try (ImagePusher fresh = registry.pusher()) {
        stock.assertKept(fresh);
        assertThat(fresh.send("POST", "/v2/team/app/blobs/uploads/").statusCode())
            .as("it would write if it could")
            .isGreaterThanOrEqualTo(500);
      }

      Files.delete(full);
      assertThat(user.collect("after", ", mode: " + mode, operator::log))
          .as(() -> operator.log() + user.kubectl().run("get", "wgc", "-o", "yaml"))
          .isEqualTo("Succeeded");
      assertThat(stock.has(stock.dropped().manifest())).isFalse();
      user.awaitNoWindow(operator::log);
      try (ImagePusher fresh = registry.pusher()) {
        fresh.push("team/app", "after", TestImages.oci("after").build());
        stock.assertKept(fresh);
      }
    }
  }

  /** Takes what is left of a disk, to the last byte. */
  private static Path fill(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] zeros = new byte[4096];
      for (int i = 0; i <= MEGABYTES << 8; i++) {
        out.write(zeros);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left on device");
      return file;
    }
    throw new AssertionError("the disk is not full");
  }
}
