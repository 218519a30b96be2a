package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That {@code hack/cluster} makes clusters side by side and leaves nothing of any. */
@Tag("server")
class ClusterScriptTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Tools tools = Tools.find();
  private final List<String> rules = ClusterTraces.rules();
  private final String name = "script-" + UUID.randomUUID().toString().substring(0, 8);
  private final ClusterTraces traces = new ClusterTraces(name);

  @BeforeAll
  static void isForTheLocalProvider() {
    LocalCluster.assumeChosen();
  }

  @Test
  void runsTwoSideBySideAndLeavesNothingOfEither() {
    ClusterProcess one = new ClusterProcess("one");
    ClusterTraces ofOne;
    ClusterTraces ofTwo;
    Set<String> devices;
    try (ClusterProcess two = new ClusterProcess("two")) {
      try (one) {
        runPod(one.kubeconfig());
        runPod(two.kubeconfig());
        ofOne = new ClusterTraces(one.name()).look(one.pid());
        ofTwo = new ClusterTraces(two.name()).look(two.pid());
        assertThat(ofOne.networks()).as("of the node and its pod").hasSize(2);
        assertThat(ofTwo.networks()).hasSize(2).doesNotContainAnyElementsOf(ofOne.networks());
        assertThat(ofOne.processes()).hasSizeGreaterThan(10);
        assertThat(one.file("address")).isNotEqualTo(two.file("address"));
        devices = ClusterTraces.devices();
        assertThat(ofOne.left()).as("that traces are seen").isNotEmpty();
      }
      assertThat(ofOne.left()).isEmpty();
      assertThat(kubectl(two.kubeconfig(), "get", "--raw", "/readyz").out()).isEqualTo("ok");
    }
    assertThat(ofTwo.left()).isEmpty();
    assertThat(ClusterTraces.devices()).hasSizeLessThanOrEqualTo(devices.size() - 2);
    assertThat(ClusterTraces.rules()).isEqualTo(rules);
  }

  /** A file of the cluster that shows how far it is. */
  @ParameterizedTest
  @ValueSource(strings = {"pid", "device", "containerd.toml", "kubelet.yaml", "ready"})
  void leavesNothingWhenItsCallerIsKilled(String when) throws Exception {
    Process caller = start("bash", "-c", "coproc hack/cluster run \"$0\" && wait", name);
    awaitFile(when);
    traces.look(caller.pid());
    caller.destroyForcibly().waitFor();
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "containerd.toml", "ready"})
  void leavesNothingWhenTheProcessInChargeIsKilled(String when) throws Exception {
    Process caller = start("bash", "-c", "sleep 600 | hack/cluster run \"$0\"", name);
    awaitFile(when);
    traces.look(Long.parseLong(Files.readString(traces.folder().resolve("pid")).strip()));
    ProcessHandle.of(Long.parseLong(Files.readString(traces.folder().resolve("pid")).strip()))
        .orElseThrow()
        .destroyForcibly();
    assertNothingIsLeft();
    caller.descendants().forEach(ProcessHandle::destroyForcibly);
    caller.waitFor();
  }

  @Test
  void isThereForPeople() throws Exception {
    Tools.Result up = cluster("up", name);
    assertThat(up.exitCode()).as(up.err()).isZero();
    Path kubeconfig = Path.of(up.out());
    traces.look(Long.parseLong(Files.readString(traces.folder().resolve("pid")).strip()));
    try {
      assertThat(cluster("kubeconfig", name).out()).isEqualTo(kubeconfig.toString());
      assertThat(cluster("status").out().lines())
          .anySatisfy(line -> assertThat(line).startsWith(name).contains("node", "ok"));
      assertThat(kubectl(kubeconfig, "get", "nodes").out()).contains(" Ready ");
      assertThat(cluster("up", name).err()).contains("the cluster " + name + " is there already");
    } finally {
      assertThat(cluster("down", name).exitCode()).isZero();
    }
    assertNothingIsLeft();
    assertThat(cluster("status").out()).doesNotContain(name);
  }

  @Test
  void refusesWhatItCannotDo() {
    assertThat(cluster("kubeconfig", name).err()).contains("no cluster " + name, "hack/cluster up");
    assertThat(cluster("down", name).err()).contains("no cluster " + name);
    assertThat(cluster("up", "../" + name).err()).contains("a name is of a-z, 0-9 and -");
    assertThat(cluster("explode").exitCode()).isEqualTo(2);
  }

  private void assertNothingIsLeft() {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(traces.left()).isEmpty());
    assertThat(ClusterTraces.rules()).isEqualTo(rules);
  }

  private void awaitFile(String file) {
    Path path = traces.folder().resolve(file);
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> Files.exists(path));
  }

  /** A pod of the one image that every node has; it runs until it is deleted. */
  private void runPod(Path kubeconfig) {
    kubectl(kubeconfig, "run", "pod", "--image=winnow.dev/pause:1", "--image-pull-policy=Never");
    Tools.Result ready =
        kubectl(kubeconfig, "wait", "--for=condition=Ready", "pod/pod", "--timeout=60s");
    assertThat(ready.exitCode()).as(ready.err()).isZero();
  }

  private Tools.Result kubectl(Path kubeconfig, String... arguments) {
    return tools.call(Map.of("KUBECONFIG", kubeconfig.toString()), "kubectl", arguments);
  }

  private Tools.Result cluster(String... arguments) {
    List<String> command = new ArrayList<>(List.of("hack/cluster"));
    command.addAll(List.of(arguments));
    return Tools.finish(builder(command));
  }

  private Process start(String... command) throws IOException {
    return builder(List.of(command))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(Tools.checkout().toFile());
    builder.environment().put("WINNOW_TOOLS", tools.folder().toString());
    return builder;
  }
}
