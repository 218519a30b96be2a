package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is so of a {@link LocalCluster} beyond what every {@link TestCluster} owes. */
@Tag("server")
class LocalClusterTest {
  @TempDir private Path folder;

  @BeforeAll
  static void isTheProvider() {
    LocalCluster.assumeChosen();
  }

  @Test
  void leavesTheSettingsOfTheHostAlone() throws IOException {
    List<String> before = settings();
    try (LocalCluster cluster = new LocalCluster()) {
      runPod(cluster);
      assertThat(settings()).isEqualTo(before);
    }
    assertThat(settings()).isEqualTo(before);
  }

  @Test
  void restartsItsApiServer() {
    try (LocalCluster cluster = new LocalCluster()) {
      kubectl(cluster.kubeconfig()).run("create", "configmap", "kept");
      cluster.send("kill apiserver");
      cluster.send("start apiserver");
      kubectl(cluster.kubeconfig()).run("get", "configmap", "kept");
      runPod(cluster);
    }
  }

  @Test
  void saysWhyItDidNotStart() throws Exception {
    Path tools = Files.createDirectories(folder.resolve("bin"));
    Path broken = tools.resolve("kube-apiserver");
    Files.writeString(broken, "#!/bin/sh\necho out of order >&2\nexit 1\n");
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    String name = "broken-" + UUID.randomUUID().toString().substring(0, 8);
    ProcessBuilder builder = script("up", name);
    builder.environment().put("WINNOW_TOOLS", folder.toString());
    builder
        .environment()
        .merge("PATH", Tools.find().folder() + "/bin:", (path, more) -> more + path);
    Tools.Result result = Tools.finish(builder);
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.err()).contains("apiserver ended by itself", "out of order");
    assertThat(hackCluster("status").out()).doesNotContain(name);
  }

  /** The provider that uses a cluster that is there, on one of ours. */
  @Test
  void canBeTheExistingOne() throws Exception {
    try (LocalCluster local = new LocalCluster()) {
      String script = Tools.checkout().resolve("hack/cluster").toString();
      TestCluster existing =
          new ExistingCluster(
              Map.of(
                  "WINNOW_TEST_KUBECONFIG", local.kubeconfig().toString(),
                  "WINNOW_TEST_LOAD", script + " load " + local.name(),
                  "WINNOW_TEST_TRUST", script + " trust " + local.name()));
      assertThat(existing.nodeAddress()).isEqualTo(local.nodeAddress());
      assertThat(existing.hostAddress()).isEqualTo(local.hostAddress());
      runPod(existing);
      existing.trust("registry.example:5000");
      assertThat(local.file("registries/registry.example:5000/hosts.toml")).contains("http://");
      assertThatThrownBy(() -> existing.load(folder.resolve("none.tar")))
          .hasMessageContaining("none.tar");
      existing.close();
      assertThat(kubectl(local.kubeconfig()).run("get", "nodes")).contains("Ready");
    }
  }

  private void runPod(TestCluster cluster) {
    ProgramImage busybox = ProgramImage.busybox();
    cluster.load(busybox.write(folder));
    Kubectl kubectl = kubectl(cluster.kubeconfig());
    kubectl.run(
        "run",
        "pod",
        "--image=" + busybox.reference(),
        "--image-pull-policy=Never",
        "--",
        "-c",
        "sleep 600");
    kubectl.run("wait", "--for=condition=Ready", "pod/pod", "--timeout=60s");
  }

  private static Kubectl kubectl(Path kubeconfig) {
    return new Kubectl(kubeconfig, "default");
  }

  /** What a kubelet or a container runtime would set, and folders where they would write. */
  private static List<String> settings() throws IOException {
    List<String> settings = new ArrayList<>();
    for (String name :
        List.of(
            "kernel/hostname",
            "kernel/panic",
            "kernel/panic_on_oops",
            "kernel/keys/root_maxkeys",
            "net/ipv4/ip_forward",
            "vm/overcommit_memory",
            "vm/panic_on_oom")) {
      settings.add(name + "=" + Files.readString(Path.of("/proc/sys", name)));
    }
    for (String folder : List.of("/var/lib", "/var/log", "/run", "/etc")) {
      try (Stream<Path> entries = Files.list(Path.of(folder))) {
        entries.sorted().map(Path::toString).forEach(settings::add);
      }
    }
    return settings;
  }

  private static Tools.Result hackCluster(String... arguments) {
    return Tools.finish(script(arguments));
  }

  private static ProcessBuilder script(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(Tools.checkout().resolve("hack/cluster").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("WINNOW_TOOLS", Tools.find().folder().toString());
    return builder;
  }
}
