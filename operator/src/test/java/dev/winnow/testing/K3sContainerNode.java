package dev.winnow.testing;

import com.github.dockerjava.api.model.ContainerNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/** The container of a {@link K3sCluster}, by Testcontainers. */
final class K3sContainerNode implements K3sCluster.Node {
  private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.34.4-k3s1");

  private final Path sharedFolder = Folders.temporary("k3s");
  private final K3sContainer container = new K3sContainer(IMAGE);

  K3sContainerNode() {
    String folder = sharedFolder.toString();
    container.withFileSystemBind(folder, folder, BindMode.READ_WRITE).start();
  }

  /** Why it cannot be had here. */
  static @Nullable String trouble() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return "no Docker answers";
    }
    try (GenericContainer<?> probe = new GenericContainer<>(IMAGE)) {
      // What k3s does first, and what only a privileged container may.
      probe
          .withPrivilegedMode(true)
          .withCreateContainerCmdModifier(command -> command.withEntrypoint("mount"))
          .withCommand("-t", "tmpfs", "none", "/mnt")
          .withStartupCheckStrategy(
              new OneShotStartupCheckStrategy().withTimeout(Duration.ofMinutes(5)))
          .start();
      return null;
    } catch (RuntimeException e) {
      return trouble(e);
    }
  }

  /** What the failure of a privileged container says to whoever reads it. */
  static String trouble(Throwable failure) {
    StringBuilder reasons = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      reasons.append(reasons.isEmpty() ? "" : ": ").append(cause.getMessage());
    }
    return "Docker does not run a privileged container of "
        + IMAGE
        + " (is the image there, or can it be pulled? rootless Docker, user namespaces and"
        + " authorization plug-ins forbid privileged ones): "
        + reasons;
  }

  @Override
  public String kubeconfig() {
    return container.getKubeConfigYaml();
  }

  @Override
  public Tools.Result run(List<String> command) {
    try {
      ExecResult result = container.execInContainer(command.toArray(String[]::new));
      return new Tools.Result(result.getExitCode(), result.getStdout(), result.getStderr());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public Path sharedFolder() {
    return sharedFolder;
  }

  @Override
  public String address() {
    return Objects.requireNonNull(network().getIpAddress(), "the container has no address");
  }

  @Override
  public String gateway() {
    return Objects.requireNonNull(network().getGateway(), "its network has no gateway");
  }

  @Override
  public void close() {
    try (container) {
      // What its pods wrote there belongs to root.
      run(List.of("sh", "-c", "rm -rf " + sharedFolder + "/*"));
    }
    Folders.delete(sharedFolder);
  }

  private ContainerNetwork network() {
    return container
        .getContainerInfo()
        .getNetworkSettings()
        .getNetworks()
        .values()
        .iterator()
        .next();
  }
}
