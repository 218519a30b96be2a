package dev.winnow.testing;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Processes of this machine, as {@code hack/cluster} runs them. */
final class LocalCluster implements TestCluster, TestNode {
  private final ClusterProcess process = new ClusterProcess("test");

  /** Why it cannot be had here. */
  static @Nullable String trouble() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return "it needs Linux";
    }
    try {
      Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return user.equals(0) ? null : "it needs root";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves out the tests of this provider where another one is chosen. */
  static void assumeChosen() {
    assumeThat(ClusterProvider.choose(System.getenv())).isEqualTo(ClusterProvider.LOCAL);
  }

  String name() {
    return process.name();
  }

  /** The process in charge of all others. */
  long pid() {
    return process.pid();
  }

  /** What one of the cluster's own files says. */
  String file(String path) {
    return process.file(path);
  }

  /** Stops, kills or starts the API server or the kubelet: {@code stop apiserver}. */
  void send(String command) {
    process.send(command);
  }

  @Override
  public Path kubeconfig() {
    return process.kubeconfig();
  }

  @Override
  public void load(Path image) {
    process.call("load", image.toString());
  }

  @Override
  public void trust(String hostPort) {
    process.call("trust", hostPort);
  }

  @Override
  public String nodeAddress() {
    return process.file("address");
  }

  @Override
  public String hostAddress() {
    return process.file("host-address");
  }

  @Override
  public Path sharedFolder() {
    return Path.of(process.file("shared-folder"));
  }

  @Override
  public Optional<TestNode> node() {
    return Optional.of(this);
  }

  @Override
  public void stopKubelet() {
    send("stop kubelet");
  }

  @Override
  public void startKubelet() {
    send("start kubelet");
  }

  @Override
  public Path mountDisk(Path folder, int megabytes) {
    send("disk " + folder + " " + megabytes);
    return Path.of("/proc", process.file("init"), "root").resolve(folder.toString().substring(1));
  }

  @Override
  public void close() {
    process.close();
  }
}
