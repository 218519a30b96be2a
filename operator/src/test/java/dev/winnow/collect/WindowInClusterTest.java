package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Registry;
import dev.winnow.api.Storage.WorkloadKind;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.StoredSpec;
import dev.winnow.collect.ReadOnlyWindow.Wish;
import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.collect.RegistryWorkload.Writer;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.Content;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.ProgramImage;
import dev.winnow.testing.PushAttempts;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real registries in pods of a real kubelet: what is believed of them is so, a window keeps pushes
 * out, and closes whoever is killed. Each step is done by somebody new, who knows only what the
 * cluster says.
 */
@Tag("server")
@ExtendWith(Shared.class)
class WindowInClusterTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final WorkloadRef REF =
      new WorkloadRef(WorkloadKind.Deployment, "registry", "registry");

  @TempDir private static Path images;
  private static TestCluster cluster;

  private final String namespace = "window-" + UUID.randomUUID().toString().substring(0, 8);
  private Kubectl kubectl;
  private KubernetesClient client;

  @BeforeAll
  static void installKinds(TestCluster shared) {
    cluster = shared;
    new Kubectl(cluster.kubeconfig(), "default")
        .run("apply", "--server-side", "-k", Tools.checkout().resolve("crds").toString());
  }

  @BeforeEach
  void createNamespace() {
    kubectl = new Kubectl(cluster.kubeconfig(), namespace);
    kubectl.run("create", "namespace", namespace);
    client = Kubernetes.client(cluster.config());
  }

  @AfterEach
  void deleteNamespace() {
    client.close();
    kubectl.run("delete", "namespace", namespace, "--wait=false");
  }

  @EachRegistry
  void keepsPushesOutAndLetsThemInAgain(RegistryVersion version, TestReporter reporter) {
    try (ClusterRegistry registry = deploy(version);
        ImagePusher pusher = registry.pusher();
        PushAttempts attempts = PushAttempts.against(registry)) {
      push(pusher, "before");
      look();
      WindowRecord order = order(Instant.now().plusSeconds(600));
      Instant since = advance(Wish.OPEN, order, WindowState.Open.class).since();
      assertThat(look().workload())
          .returns(List.of(), RegistryWorkload::takingWrites)
          .satisfies(found -> assertThat(found.writersSince()).contains(since))
          .satisfies(found ->
              assertThat(found.writers())
                  .isNotEmpty()
                  .allSatisfy(writer -> assertThat(writer.startedAt()).isNotNull())
                  .extracting(Writer::terminating)
                  .containsOnly(false));
      int before = attempts.taken();
      for (int i = 0; i < 20; i++) {
        assertThat(pusher.send("POST", "/v2/team/app/blobs/uploads/").statusCode()).isEqualTo(405);
      }
      assertThat(pull(pusher, "before")).isEqualTo(200);
      assertThat(attempts.taken()).as("pushes taken inside of the window").isEqualTo(before);

      advance(Wish.CLOSE, order, WindowState.Closed.class);
      awaitPush(registry, "after");
      assertThat(pull(pusher, "after")).isEqualTo(200);
      attempts.end();
      Duration refused = attempts.longestRefusal();
      reporter.publishEntry("seconds of refused writes", String.valueOf(refused.toSeconds()));
      assertThat(refused).isLessThan(Duration.ofSeconds(90));
      assertThat(attempts.others()).as("neither taken nor refused").isEmpty();
    }
  }

  /** Whoever opens is killed after each of its steps. */
  @Test
  void isClosedBySomebodyElseFromEveryStep() {
    try (ClusterRegistry registry = deploy(RegistryVersion.V3)) {
      WindowRecord order = order(Instant.now().plusSeconds(600));
      for (int steps = 1; steps <= 3; steps++) {
        for (int i = 0; i < steps; i++) {
          once(Wish.OPEN, order, REF);
        }
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(200))
            .until(() ->
                new WindowSweep(client, InstantSource.system(), Set.of(namespace))
                    .advance(List.of(), (namespace, record) -> false)
                    .equals(new WindowSweep.Look(List.of(), List.of())));
        awaitPush(registry, "after-" + steps);
        assertThat(kubectl.run("get", "deployment", "registry", "-o", "yaml"))
            .doesNotContain(ReadOnlyVariable.NAME + "\n", WindowRecord.ANNOTATION + ":");
      }
    }
  }

  @Test
  void worksOnAStatefulSet() {
    WorkloadRef ref = new WorkloadRef(WorkloadKind.StatefulSet, "registry", "registry");
    try (ClusterRegistry registry = deploy(RegistryVersion.V2_8);
        ImagePusher pusher = registry.pusher()) {
      statefulSet();
      WindowRecord order = order(Instant.now().plusSeconds(600));
      advance(Wish.OPEN, order, ref, WindowState.Open.class);
      registry.awaitAnswer(); // its only pod is another one
      assertThat(pusher.send("POST", "/v2/team/app/blobs/uploads/").statusCode()).isEqualTo(405);
      advance(Wish.CLOSE, order, ref, WindowState.Closed.class);
      awaitPush(registry, "after");
    }
  }

  /** Has a StatefulSet run the registry instead of its Deployment. */
  private void statefulSet() {
    kubectl.run("delete", "deployment", "registry", "--cascade=foreground", "--timeout=90s");
    kubectl.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: registry, namespace: %1$s}
        spec:
          serviceName: registry
          selector: {matchLabels: {app: registry}}
          template:
            metadata: {labels: {app: registry}}
            spec:
              containers:
              - name: registry
                image: %2$s
                imagePullPolicy: Never
                readinessProbe: {httpGet: {path: /v2/, port: 5000}, periodSeconds: 1}
                volumeMounts: [{name: data, mountPath: /var/lib/registry}]
              volumes: [{name: data, persistentVolumeClaim: {claimName: registry}}]
        """
            .formatted(namespace, ProgramImage.registry(RegistryVersion.V2_8).reference()));
    kubectl.run("rollout", "status", "statefulset/registry", "--timeout=90s");
    kubectl.run(
        "patch",
        "registry.winnow.dev/main",
        "--type=merge",
        "--patch={\"spec\":{\"storage\":{\"workloadRef\":{\"kind\":\"StatefulSet\"}}}}");
  }

  @Test
  void restartsOnceAndSeesTheOldOnesEnd() {
    try (ClusterRegistry registry = deploy(RegistryVersion.V2_8)) {
      Reading before = look();
      Writer old = before.workload().writers().getFirst();
      try (Followed followed = new Followed()) {
        RollingRestart.State.Done done =
            await()
                        .atMost(SOON)
                        .pollInterval(Duration.ofMillis(300))
                        .until(
                            () ->
                                new RollingRestart(client, InstantSource.system(), namespace, REF)
                                    .advance("collection", () -> followed.look().workload()),
                            RollingRestart.State.Done.class::isInstance)
                    instanceof RollingRestart.State.Done is
                ? is
                : null;
        RegistryWorkload after = followed.look().workload();
        assertThat(Objects.requireNonNull(done).since())
            .isAfterOrEqualTo(Objects.requireNonNull(old.startedAt()));
        assertThat(after.writers())
            .hasSize(1)
            .extracting(Writer::containerId)
            .doesNotContain(old.containerId());
        assertThat(after.writersSince()).contains(done.since());
      }
      assertThat(registry.hostPort()).isNotEmpty();
    }
  }

  /** A container that the kubelet starts again in its pod is another one, of which it says so. */
  @Test
  void seesAContainerEndInItsPod() {
    try (ClusterRegistry registry = deploy(RegistryVersion.V2_8);
        Followed followed = new Followed()) {
      Writer old = followed.look().workload().writers().getFirst();
      endRegistry(old);
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(300))
          .untilAsserted(() ->
              assertThat(followed.look().workload().writers())
                  .hasSize(1)
                  .extracting(Writer::containerId)
                  .doesNotContain(old.containerId()));
      assertThat(followed.look().workload().writersSince()).isPresent();
      assertThat(registry.hostPort()).isNotEmpty();
    }
  }

  @Test
  void remembersAPodThatWasDeletedByForce() {
    try (ClusterRegistry registry = deploy(RegistryVersion.V3)) {
      Writer old = look().workload().writers().getFirst();
      kubectl.run("delete", "pod", old.pod(), "--grace-period=0", "--force");
      kubectl.run("rollout", "status", "deployment/registry", "--timeout=90s");
      Reading after = look();
      assertThat(after.workload().writersSince()).isEmpty();
      assertThat(after.workload().writers())
          .extracting(Writer::containerId)
          .contains(old.containerId());
      assertThat(after.remarks()).anyMatch(each -> each.contains(old.pod()));
      assertThat(registry.hostPort()).isNotEmpty();
    }
  }

  @EachRegistry
  void believesTheCacheThatTheRegistryHas(RegistryVersion version) throws IOException {
    try (ClusterRegistry registry = deploy(version);
        ImagePusher pusher = registry.pusher()) {
      for (String kind : List.of("inmemory", "none")) {
        kubectl.run(
            "set", "env", "deployment/registry", "REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR=" + kind);
        kubectl.run("rollout", "status", "deployment/registry", "--timeout=90s");
        awaitOnePod();
        Cache believed = look().workload().cache();
        assertThat(believed).isEqualTo(kind.equals("none") ? Cache.NONE : Cache.MEMORY);
        assertThat(answersForWhatIsGone(registry, pusher, kind)).isEqualTo(believed != Cache.NONE);
      }
    }
  }

  private static boolean answersForWhatIsGone(
      ClusterRegistry registry, ImagePusher pusher, String name) throws IOException {
    TestImage image = TestImages.oci(name).build();
    new StoreWriter(registry.root()).push("team/" + name, "one", image);
    Content layer = image.blobs().getFirst();
    String path = "/v2/team/" + name + "/blobs/" + layer.digest();
    assertThat(pusher.send("HEAD", path).statusCode()).isEqualTo(200);
    String hex = layer.digest().substring("sha256:".length());
    Files.delete(
        registry
            .root()
            .resolve("docker/registry/v2/blobs/sha256/" + hex.substring(0, 2))
            .resolve(hex)
            .resolve("data"));
    return pusher.send("HEAD", path).statusCode() == 200;
  }

  private ClusterRegistry deploy(RegistryVersion version) {
    ClusterRegistry registry = ClusterRegistry.deploy(cluster, namespace, version, images);
    kubectl.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main, namespace: %s}
        spec:
          url: %s
          storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}}
        """
            .formatted(namespace, registry.url()));
    return registry;
  }

  /** Ends the process of a container from within; the kubelet starts another one in its pod. */
  private void endRegistry(Writer of) {
    ProgramImage busybox = ProgramImage.busybox();
    cluster.load(busybox.write(images));
    kubectl.run(
        "debug",
        "pod/" + of.pod(),
        "--image=" + busybox.reference(),
        "--image-pull-policy=Never",
        "--target=registry",
        "--",
        "sh",
        "-c",
        "kill -TERM 1");
  }

  private void awaitOnePod() {
    await()
        .atMost(SOON)
        .until(() ->
            kubectl.run("get", "pods", "-l", "app=registry", "-o", "name").lines().count() == 1);
  }

  private WindowRecord order(Instant until) {
    return new WindowRecord("main", "gc", "uid-1", "registry", until, false);
  }

  private <T extends WindowState> T advance(Wish wish, WindowRecord order, Class<T> until) {
    return advance(wish, order, REF, until);
  }

  private <T extends WindowState> T advance(
      Wish wish, WindowRecord order, WorkloadRef ref, Class<T> until) {
    return until.cast(
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(300))
            .until(() -> once(wish, order, ref), until::isInstance));
  }

  /** A step by somebody new; what happened meanwhile is known to the API server. */
  private WindowState once(Wish wish, WindowRecord order, WorkloadRef ref) {
    try (Followed followed = new Followed()) {
      Supplier<RegistryWorkload> writers = () -> followed.look().workload();
      return new ReadOnlyWindow(client, InstantSource.system(), namespace, ref)
          .advance(wish, order, writers);
    }
  }

  private Reading look() {
    try (Followed followed = new Followed()) {
      return followed.look();
    }
  }

  /** Somebody who looks, and hears of ends meanwhile. */
  private final class Followed implements AutoCloseable {
    private final ClusterWorkloads workloads =
        new ClusterWorkloads(client, InstantSource.system(), in -> {});

    Reading look() {
      RegistryResource registry =
          client
              .resources(RegistryResource.class)
              .inNamespace(namespace)
              .withName("main")
              .require();
      return workloads.look(
          registry, ((StoredSpec.Known<Registry.Spec>) registry.getSpec()).value());
    }

    @Override
    public void close() {
      workloads.close();
    }
  }

  private static void push(ImagePusher pusher, String tag) {
    pusher.push("team/app", tag, TestImages.oci(tag).build());
  }

  /** A connection that is kept stays with its pod, which may be one that ends by now. */
  private static void awaitPush(ClusterRegistry registry, String tag) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> {
          try (ImagePusher fresh = registry.pusher()) {
            push(fresh, tag);
          }
        });
  }

  private static int pull(ImagePusher pusher, String tag) {
    return pusher.send("GET", "/v2/team/app/manifests/" + tag).statusCode();
  }
}
