package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be known of {@link K3sCluster} without a Docker. */
class K3sClusterTest {
  @TempDir private Path folder;

  @Test
  void importsAnImageThatTheContainerSees() throws Exception {
    FakeNode node = new FakeNode(0);
    Path image = Files.writeString(folder.resolve("image.tar"), "content");
    try (TestCluster cluster = new K3sCluster(node)) {
      cluster.load(image);
    }
    assertThat(node.commands).hasSize(1);
    assertThat(node.commands.getFirst().subList(0, 5))
        .containsExactly("ctr", "-n", "k8s.io", "images", "import");
    Path seen = Path.of(node.commands.getFirst().getLast());
    assertThat(seen).hasParentRaw(folder).doesNotExist();
    assertThat(node.seen).containsExactly("content");
    assertThat(node.closed).isTrue();
  }

  @Test
  void trustsARegistryWhereContainerdLooks() {
    FakeNode node = new FakeNode(0);
    try (TestCluster cluster = new K3sCluster(node)) {
      cluster.trust("10.0.0.1:5000");
      assertThatThrownBy(() -> cluster.trust("a b:1'")).hasMessageContaining("not host:port");
    }
    assertThat(node.commands.getFirst().getLast())
        .contains("certs.d/10.0.0.1:5000/hosts.toml", "[host.\"http://10.0.0.1:5000\"]");
  }

  @Test
  void saysWhatFailedInTheContainer() throws Exception {
    Path image = Files.writeString(folder.resolve("image.tar"), "content");
    try (TestCluster cluster = new K3sCluster(new FakeNode(1))) {
      assertThatThrownBy(() -> cluster.load(image)).hasMessageContaining("no such image");
    }
  }

  @Test
  void knowsItsAddresses() {
    try (TestCluster cluster = new K3sCluster(new FakeNode(0))) {
      assertThat(cluster.kubeconfig()).hasContent("kubeconfig of k3s");
      assertThat(cluster.nodeAddress()).isEqualTo("172.17.0.2");
      assertThat(cluster.hostAddress()).isEqualTo("172.17.0.1");
      assertThat(cluster.sharedFolder()).isEqualTo(folder);
    }
  }

  private final class FakeNode implements K3sCluster.Node {
    private final List<List<String>> commands = new ArrayList<>();
    private final List<String> seen = new ArrayList<>();
    private final int exitCode;
    private boolean closed;

    FakeNode(int exitCode) {
      this.exitCode = exitCode;
    }

    @Override
    public String kubeconfig() {
      return "kubeconfig of k3s";
    }

    @Override
    public Tools.Result run(List<String> command) {
      commands.add(command);
      Path argument = Path.of(command.getLast());
      try {
        if (Files.isRegularFile(argument)) {
          seen.add(Files.readString(argument));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Tools.Result(exitCode, "", "no such image");
    }

    @Override
    public Path sharedFolder() {
      return folder;
    }

    @Override
    public String address() {
      return "172.17.0.2";
    }

    @Override
    public String gateway() {
      return "172.17.0.1";
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
