package dev.winnow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Pattern;

/** A k3s whose node is a container. */
final class K3sCluster implements TestCluster {
  // Where k3s has its containerd look.
  private static final String REGISTRIES = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d/";
  private static final Pattern HOST_PORT = Pattern.compile("[A-Za-z0-9.-]+:\\d+");

  private final Node node;
  private final Path kubeconfig;

  /** Takes charge of a node that runs. */
  K3sCluster(Node node) {
    this.node = node;
    this.kubeconfig = node.sharedFolder().resolve("kubeconfig");
    try {
      Files.writeString(kubeconfig, node.kubeconfig());
    } catch (IOException | RuntimeException e) {
      node.close();
      throw new IllegalStateException("k3s gave no kubeconfig", e);
    }
  }

  /** The container. */
  interface Node extends AutoCloseable {
    /** A kubeconfig for this machine. */
    String kubeconfig();

    /** Runs a command in the container. */
    Tools.Result run(List<String> command);

    /** A folder that is mounted at the same path. */
    Path sharedFolder();

    /** The container's address. */
    String address();

    /** This machine's address in the container's network. */
    String gateway();

    @Override
    void close();
  }

  @Override
  public Path kubeconfig() {
    return kubeconfig;
  }

  @Override
  public void load(Path image) {
    try {
      Path copy = Files.createTempFile(sharedFolder(), "image", ".tar");
      Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
      run("ctr", "-n", "k8s.io", "images", "import", copy.toString());
      Files.delete(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void trust(String hostPort) {
    if (!HOST_PORT.matcher(hostPort).matches()) {
      throw new IllegalArgumentException("not host:port: " + hostPort);
    }
    String folder = REGISTRIES + hostPort;
    String hosts = "[host.\"http://" + hostPort + "\"]";
    run("sh", "-c", "mkdir -p " + folder + " && echo '" + hosts + "' >" + folder + "/hosts.toml");
  }

  @Override
  public String nodeAddress() {
    return node.address();
  }

  @Override
  public String hostAddress() {
    return node.gateway();
  }

  @Override
  public Path sharedFolder() {
    return node.sharedFolder();
  }

  @Override
  public void close() {
    node.close();
  }

  private void run(String... command) {
    Tools.Result result = node.run(List.of(command));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + " failed in k3s: " + result.err() + result.out());
    }
  }
}
