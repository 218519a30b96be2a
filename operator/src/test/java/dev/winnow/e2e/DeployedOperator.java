package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.Tools;
import java.nio.file.Path;

/** The operator from its own image, under the rights of an overlay of deploy/kustomize. */
final class DeployedOperator implements AutoCloseable {
  private final Kubectl kubectl;
  private final String overlay;

  private DeployedOperator(Kubectl kubectl, String overlay) {
    this.kubectl = kubectl;
    this.overlay = overlay;
  }

  /** Installs it as the README says, and returns when it is ready. */
  static DeployedOperator install(TestCluster cluster) {
    Path image = Tools.checkout().resolve("operator/target/winnow-image.tar");
    assertThat(image).as("the image; make image writes it").exists();
    cluster.load(image);
    Kubectl kubectl = new Kubectl(cluster.kubeconfig(), "winnow-system");
    String overlay = Tools.checkout().resolve("deploy/kustomize/cluster").toString();
    kubectl.run("apply", "--server-side", "-k", overlay);
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

  /** What it logged. */
  String log() {
    return kubectl.call("logs", "deployment/winnow-operator", "--tail=200").out();
  }

  Kubectl kubectl() {
    return kubectl;
  }

  @Override
  public void close() {
    kubectl.run("delete", "-k", overlay, "--wait=false");
  }
}
