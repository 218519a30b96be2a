package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestCluster;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;

/** A user's namespace with a Registry main and a RetentionPolicy builds, all through kubectl. */
final class UserNamespace implements AutoCloseable {
  /** Long enough for anything that is not broken on a machine that has other work, too. */
  static final Duration SOON = Duration.ofMinutes(2);

  private final String name;
  private final Kubectl kubectl;

  private UserNamespace(TestCluster cluster, String name) {
    this.name = name;
    this.kubectl = new Kubectl(cluster.kubeconfig(), name);
    kubectl.run("create", "namespace", name);
  }

  static UserNamespace create(TestCluster cluster) {
    return create(cluster, "user-" + UUID.randomUUID().toString().substring(0, 8));
  }

  static UserNamespace create(TestCluster cluster, String name) {
    return new UserNamespace(cluster, name);
  }

  String name() {
    return name;
  }

  Kubectl kubectl() {
    return kubectl;
  }

  void registry(ClusterRegistry registry, String fields) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main}
        spec: {url: "%s"%s}
        """
            .formatted(registry.url(), fields));
  }

  /** Asks for a collection, and returns once it has ended; gives how. */
  String collect(String name, String fields, Supplier<String> log) {
    startCollection(name, fields);
    awaitCollection(name, log, "Succeeded", "Failed");
    return collection(name, "phase");
  }

  void startCollection(String name, String fields) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: GarbageCollection
        metadata: {name: %s}
        spec: {registryRef: {name: main}%s}
        """
            .formatted(name, fields));
  }

  /** Returns once a collection is in one of these phases. */
  void awaitCollection(String name, Supplier<String> log, String... phases) {
    awaitText("collection " + name, () -> collection(name, "phase"), List.of(phases), log);
  }

  /** A field of the status of a collection. */
  String collection(String name, String path) {
    return kubectl.run("get", "wgc", name, "-o", status(path));
  }

  /** Whether the registry's pods take no writes, or are about not to. */
  boolean isReadOnly() {
    return deployment().contains("name: REGISTRY_STORAGE_MAINTENANCE_READONLY\n");
  }

  /** Returns once nothing of a read-only window is left on the registry's Deployment. */
  void awaitNoWindow(Supplier<String> log) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() ->
            assertThat(deployment())
                .as(log)
                .doesNotContain(
                    "name: REGISTRY_STORAGE_MAINTENANCE_READONLY\n",
                    "winnow.dev/read-only-window:"));
    kubectl.run("rollout", "status", "deployment/registry", "--timeout=90s");
  }

  private String deployment() {
    return kubectl.run("get", "deployment", "registry", "-o", "yaml");
  }

  /** A policy by which all tags that begin with old go. */
  void policy(String fields) {
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          rules:
          - name: old
            repositories: ["**"]
            tags: ["old*"]
            keep: [{tags: [new]}]
          protect: {inUse: Ignore}
        %s
        """
            .formatted(fields.indent(2)));
  }

  void runNow(String request) {
    kubectl.run("annotate", "--overwrite", "wpol", "builds", "winnow.dev/requested-at=" + request);
  }

  /** A field of the status of the policy. */
  String policyStatus(String path) {
    return kubectl.run("get", "wpol", "builds", "-o", status(path));
  }

  /** Returns once a field of the status of the policy has this value. */
  void awaitPolicy(String path, String value, Supplier<String> log) {
    awaitText(value, log, "get", "wpol", "builds", "-o", status(path));
  }

  void awaitText(String text, Supplier<String> log, String... command) {
    awaitText(String.join(" ", command), () -> kubectl.run(command), List.of(text), log);
  }

  /** Asks often: what is waited for may be over soon. */
  private void awaitText(
      String what, Callable<String> found, List<String> wanted, Supplier<String> log) {
    try {
      await()
          .alias(what)
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(300))
          .untilAsserted(() -> assertThat(found.call()).isIn(wanted));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(e.getMessage() + "\n" + log.get() + state(), e);
    }
  }

  /** What there is, for whoever reads why a test failed. */
  String state() {
    return kubectl.call("get", "wpol,wrun,wreg,wgc,jobs,pods", "-o", "yaml").out();
  }

  static String status(String path) {
    return "jsonpath={.status." + path + "}";
  }

  @Override
  public void close() {
    kubectl.run("delete", "namespace", name, "--wait=false");
  }
}
