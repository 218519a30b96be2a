package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What tests may expect of a cluster, whatever provides it. */
@Tag("server")
@ExtendWith(Shared.class)
class TestClusterTest {
  private static final String BUSYBOX = ProgramImage.busybox().reference();

  @TempDir private static Path images;
  private static TestCluster cluster;
  private static Path busybox;

  private String namespace;
  private Kubectl kubectl;

  @BeforeAll
  static void load(TestCluster shared) {
    cluster = shared;
    busybox = ProgramImage.busybox().write(images);
    cluster.load(busybox);
  }

  @BeforeEach
  void createNamespace() {
    namespace = "cluster-" + UUID.randomUUID().toString().substring(0, 8);
    kubectl = new Kubectl(cluster.kubeconfig(), namespace);
    kubectl.run("create", "namespace", namespace);
  }

  @AfterEach
  void deleteNamespace() {
    kubectl.run("delete", "namespace", namespace, "--wait=false");
  }

  @Test
  void runsAPodAndShowsItsLog() {
    pod("hello", BUSYBOX, "Never", "echo hello from $(hostname)");
    awaitPod("hello", "jsonpath={.status.phase}=Succeeded");
    assertThat(kubectl.run("logs", "hello")).isEqualTo("hello from hello");
  }

  @Test
  void runsCommandsInAPod() {
    pod("shell", BUSYBOX, "Never", "sleep 600");
    awaitPod("shell", "condition=Ready");
    assertThat(kubectl.run("exec", "shell", "--", "echo", "inside")).isEqualTo("inside");
  }

  @Test
  void givesPodsAnAccountOfTheApiServer() {
    pod(
        "caller",
        BUSYBOX,
        "Never",
        "wget -qO- --no-check-certificate --header \"Authorization: Bearer $(cat"
            + " /var/run/secrets/kubernetes.io/serviceaccount/token)\""
            + " https://kubernetes.default.svc/version");
    awaitPod("caller", "jsonpath={.status.phase}=Succeeded");
    assertThat(kubectl.run("logs", "caller")).contains("gitVersion");
  }

  @Test
  void reachesServersOfTheTestsFromPods() {
    try (TestRegistry registry =
        TestRegistry.of(RegistryVersion.V3).listen(cluster.hostAddress()).start()) {
      pod("client", BUSYBOX, "Never", "wget -qO- " + registry.url() + "/v2/ && echo reached");
      awaitPod("client", "jsonpath={.status.phase}=Succeeded");
      assertThat(kubectl.run("logs", "client")).contains("reached");
    }
  }

  @EachRegistry
  void pullsFromARegistryThatItRuns(RegistryVersion version) throws Exception {
    ClusterRegistry deployed = ClusterRegistry.deploy(cluster, namespace, version, images);
    String registry = deployed.hostPort();
    Tools.find().run("crane", "push", "--insecure", busybox.toString(), registry + "/team/shell:1");
    assertThat(
            deployed.root().resolve("docker/registry/v2/repositories/team/shell/_manifests/tags/1"))
        .as("on the volume, as the tests see it")
        .exists();

    cluster.trust(registry);
    pod(
        "pulled",
        registry + "/team/shell:1",
        "Always",
        "wget -qO- http://registry:5000/v2/_catalog");
    awaitPod("pulled", "jsonpath={.status.phase}=Succeeded");
    assertThat(kubectl.run("logs", "pulled")).contains("team/shell");
    deployed.close();
  }

  private void awaitPod(String name, String condition) {
    Tools.Result result =
        kubectl.call("wait", "--for=" + condition, "pod/" + name, "--timeout=60s");
    assertThat(result.exitCode())
        .as(() -> kubectl.run("describe", "pod", name) + kubectl.call("logs", name).out())
        .isZero();
  }

  private void pod(String name, String image, String pull, String command) {
    kubectl.run(
        "run",
        name,
        "--image=" + image,
        "--image-pull-policy=" + pull,
        "--restart=Never",
        "--command",
        "--",
        "sh",
        "-c",
        command);
  }
}
