package dev.winnow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that is there already and stays. What Kubernetes has no API for, the environment says.
 */
final class ExistingCluster implements TestCluster {
  private static final String KUBECONFIG = "WINNOW_TEST_KUBECONFIG";

  private final Map<String, String> environment;

  ExistingCluster(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Why it cannot be had here. */
  static @Nullable String trouble(Map<String, String> environment) {
    String told = environment.getOrDefault(KUBECONFIG, "");
    if (told.isEmpty()) {
      return KUBECONFIG + " names no kubeconfig";
    }
    return Files.isReadable(Path.of(told)) ? null : "cannot read " + KUBECONFIG + "=" + told;
  }

  @Override
  public Path kubeconfig() {
    return Path.of(told(KUBECONFIG, "the kubeconfig of the cluster"));
  }

  @Override
  public void load(Path image) {
    run(
        told("WINNOW_TEST_LOAD", "the command that gives nodes an image: kind load image-archive"),
        image.toString());
  }

  @Override
  public void trust(String hostPort) {
    run(
        told("WINNOW_TEST_TRUST", "the command that lets nodes pull from HOST:PORT over HTTP"),
        hostPort);
  }

  @Override
  public String nodeAddress() {
    String told = environment.getOrDefault("WINNOW_TEST_NODE_ADDRESS", "");
    return told.isEmpty() ? Kubeconfigs.nodeAddress(config()) : told;
  }

  @Override
  public String hostAddress() {
    String told = environment.getOrDefault("WINNOW_TEST_HOST_ADDRESS", "");
    if (!told.isEmpty()) {
      return told;
    }
    // Whence packets to the node go, thither it can send some. Nothing is sent.
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(InetAddress.getByName(nodeAddress()), 9);
      return socket.getLocalAddress().getHostAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Path sharedFolder() {
    return Path.of(
        told("WINNOW_TEST_SHARED_FOLDER", "a folder that nodes and tests see at the same path"));
  }

  /** It stays, as it was there. */
  @Override
  public void close() {}

  private String told(String variable, String meaning) {
    String value = environment.getOrDefault(variable, "");
    if (value.isEmpty()) {
      throw new IllegalStateException("on an existing cluster set " + variable + ": " + meaning);
    }
    return value;
  }

  private static void run(String command, String argument) {
    List<String> words = new ArrayList<>(List.of(command.strip().split("\\s+")));
    words.add(argument);
    Tools.Result result = Tools.finish(new ProcessBuilder(words));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(String.join(" ", words) + " failed: " + result.err());
    }
  }
}
