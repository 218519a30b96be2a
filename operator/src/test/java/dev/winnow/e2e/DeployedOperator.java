package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The operator from its own image, under the rights of an overlay of deploy/kustomize. */
final class DeployedOperator implements AutoCloseable {
  private static final Path OVERLAYS = Tools.checkout().resolve("deploy/kustomize");

  private final Kubectl kubectl;
  private final String overlay;

  private DeployedOperator(Kubectl kubectl, Path overlay) {
    this.kubectl = kubectl;
    this.overlay = overlay.toString();
  }

  /** Installs it for all namespaces, as the README says; returns when it is ready. */
  static DeployedOperator install(TestCluster cluster) {
    return install(cluster, "winnow-system", OVERLAYS.resolve("cluster"));
  }

  /** Installs two of it, for all namespaces. */
  static DeployedOperator installTwo(TestCluster cluster, Path folder) {
    Path overlay = overlay(folder, "resources: [%1$s/cluster]\ncomponents: [%1$s/ha]\n");
    return install(cluster, "winnow-system", overlay);
  }

  /** Installs it in a namespace that is there, for that one alone. */
  static DeployedOperator installIn(TestCluster cluster, String namespace, Path folder) {
    Path overlay = overlay(folder, "namespace: " + namespace + "\nresources: [%s/namespaced]\n");
    return install(cluster, namespace, overlay);
  }

  /** Installs it for all namespaces from the image of the tests, with the times of a test. */
  static DeployedOperator installInFastTime(TestCluster cluster, Path folder) {
    return installInFastTime(cluster, folder, Map.of());
  }

  /**
   * The same with more to it.
   *
   * @param more times of a test, by what follows WINNOW_TEST_ in the name of their variable
   */
  static DeployedOperator installInFastTime(
      TestCluster cluster, Path folder, Map<String, String> more) {
    Map<String, String> times = new TreeMap<>(more);
    times.putAll(Map.of("FAST_TIME", "1", "GRACE", "1s", "HOLD", "1s", "UNTAGGED", "1s"));
    StringBuilder patch = new StringBuilder();
    times.forEach((name, time) ->
        patch.append(
            """
                - op: add
                  path: /spec/template/spec/containers/0/env/-
                  value: {name: WINNOW_TEST_%s, value: "%s"}
            """
                .formatted(name, time)));
    Path overlay =
        overlay(
            folder,
            """
            resources: [%s/cluster]
            images: [{name: winnow.dev/winnow, newName: winnow.dev/winnow-test}]
            patches:
            - target: {kind: Deployment, name: winnow-operator}
              patch: |
            """
                + patch);
    return install(cluster, "winnow-system", overlay, "winnow-test-image.tar");
  }

  /** An overlay of a user's own; kustomize wants paths that are relative to it. */
  private static Path overlay(Path folder, String fields) {
    try {
      Path shipped = folder.toRealPath().relativize(OVERLAYS.toRealPath());
      Files.writeString(folder.resolve("kustomization.yaml"), fields.formatted(shipped));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DeployedOperator install(TestCluster cluster, String namespace, Path overlay) {
    return install(cluster, namespace, overlay, "winnow-image.tar");
  }

  private static DeployedOperator install(
      TestCluster cluster, String namespace, Path overlay, String archive) {
    Path image = Tools.checkout().resolve("operator/target").resolve(archive);
    assertThat(image).as("the image; make image writes it").exists();
    cluster.load(image);
    Kubectl kubectl = new Kubectl(cluster.kubeconfig(), namespace);
    kubectl.run("apply", "--server-side", "-k", Tools.checkout().resolve("crds").toString());
    kubectl.run("apply", "--server-side", "-k", overlay.toString());
    DeployedOperator operator = new DeployedOperator(kubectl, overlay);
    operator.awaitReady();
    return operator;
  }

  void awaitReady() {
    Tools.Result result =
        kubectl.call("rollout", "status", "deployment/winnow-operator", "--timeout=90s");
    assertThat(result.exitCode())
        .as(() -> result.out() + kubectl.run("describe", "pods") + log())
        .isZero();
  }

  /** Its pods by name. */
  List<String> pods() {
    return kubectl
        .run("get", "pods", "-l", "app.kubernetes.io/name=winnow", "-o", "name")
        .lines()
        .map(pod -> pod.substring("pod/".length()))
        .toList();
  }

  /** The image that it runs from. */
  String image() {
    return kubectl.run(
        "get",
        "deployment/winnow-operator",
        "-o",
        "jsonpath={.spec.template.spec.containers[0].image}");
  }

  /** Who leads: the name of a pod and something that differs from start to start. */
  String leader() {
    return kubectl.run("get", "lease", "winnow-operator", "-o", "jsonpath={.spec.holderIdentity}");
  }

  /** Kills all of it; its Deployment starts it afresh. */
  void kill() {
    pods().forEach(this::kill);
  }

  /**
   * Ends a pod without a word, as a crash would, where its process is seen from here; elsewhere as
   * fast as Kubernetes does. With its pod goes the wait that Kubernetes puts before a restart.
   */
  void kill(String pod) {
    ContainerProcesses.kill(kubectl, pod);
    kubectl.run("delete", "pod", pod, "--grace-period=0", "--force", "--ignore-not-found");
  }

  /** What it logged. */
  String log() {
    return kubectl.call("logs", "deployment/winnow-operator", "--tail=200").out();
  }

  Kubectl kubectl() {
    return kubectl;
  }

  /** Returns when it is gone; the kinds stay, and with them what users wrote. */
  @Override
  public void close() {
    kubectl.run("delete", "-k", overlay, "--timeout=90s");
  }
}
