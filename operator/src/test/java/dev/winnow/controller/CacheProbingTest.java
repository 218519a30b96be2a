package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.GarbageCollectionStatus.Probe;
import dev.winnow.api.GarbageCollectionStatus.Said;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.testing.LogKubelet;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCertificates;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the registry's own pods say they remember, and what follows from that. */
@Tag("server")
class CacheProbingTest {
  private static final String NONE = "storage: {claimName: data, cache: None}";

  @TempDir private Path folder;

  private CollectionScene scene;
  private OperatorWorld world;
  private LogKubelet kubelet;
  private @Nullable TestRegistry registry;

  @BeforeEach
  void setUp() {
    scene = new CollectionScene();
    world = scene.world();
    kubelet = new LogKubelet(world.admin(), "node-" + world.namespace());
  }

  @AfterEach
  void close() {
    kubelet.close();
    scene.close();
    if (registry != null) {
      registry.close();
    }
  }

  private void start(RegistryOptions options, String fields) {
    registry = options.start();
    pod("127.0.0.1", "");
    world.registry(registry.url().toString(), ", " + fields);
    world.start();
  }

  /** The registry's pod, whose process is the one of this test. */
  private void pod(String address, String fields) {
    world.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: registry-0}
        spec:
          nodeName: node-b
          containers:
          - name: registry
            image: registry.example.com/ours
            ports: [{containerPort: %d}]
            volumeMounts: [{name: data, mountPath: /var/lib/registry}]
            %s
          volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
        """
            .formatted(URI.create("http://" + registry().hostPort()).getPort(), fields));
    scene.runs("registry-0", "containerd://one", Instant.now().minusSeconds(60));
    world.bare().address("registry-0", address);
  }

  private TestRegistry registry() {
    return Objects.requireNonNull(registry);
  }

  private void status(String pod, String patch) {
    world
        .admin()
        .pods()
        .inNamespace(world.namespace())
        .withName(pod)
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private Path data(Digest digest) {
    return registry()
        .root()
        .resolve("docker/registry/v2/blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  /** Does what a collector does: places a probe, and says so. */
  private Digest place(String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.sha256(bytes);
    Path link =
        registry()
            .root()
            .resolve("docker/registry/v2/repositories")
            .resolve(ProbeRepository.NAME)
            .resolve("_layers/sha256")
            .resolve(digest.hex())
            .resolve("link");
    Files.createDirectories(link.getParent());
    Files.writeString(link, digest.text());
    Files.createDirectories(data(digest).getParent());
    Files.write(data(digest), bytes);

    Pod pod = scene.like(name);
    pod.getSpec().setNodeName(kubelet.node());
    world.admin().resource(pod).create();
    kubelet.log(
        pod.getMetadata().getName(),
        "{\"probe\":\"" + digest.text() + "\",\"repository\":\"" + ProbeRepository.NAME + "\"}\n");
    container(name, "{\"running\": {\"startedAt\": \"2026-11-21T03:00:00Z\"}}", "Running");
    return digest;
  }

  private void container(String name, String state, String phase) {
    status(
        name + "-pod",
        """
        {"status": {"phase": "%s", "containerStatuses": [{"name": "collector", "image": "i",
         "imageID": "", "ready": false, "restartCount": 0, "containerID": "containerd://c",
         "state": %s}]}}
        """
            .formatted(phase, state));
  }

  /** Takes it, and ends. */
  private void take(String name, Digest digest) throws IOException {
    Instant now = Instant.now();
    Files.delete(data(digest));
    String message =
        CollectionsTest.DONE.replace(
            "\"pass\":",
            "\"probed\":{\"repository\":\"%s\",\"digest\":\"%s\",\"at\":\"%s\"},\"pass\":"
                .formatted(ProbeRepository.NAME, digest.text(), now));
    Job job = scene.awaitJob(name);
    String quoted = message.replace("\\", "\\\\").replace("\"", "\\\"");
    container(
        name,
        "{\"running\": null, \"terminated\": {\"exitCode\": 0, \"message\": \"" + quoted + "\"}}",
        "Succeeded");
    scene.endJob(job, true);
  }

  /** A whole collection whose probe pods saw, or not. */
  private GarbageCollectionStatus collect(String name, Said placed) throws IOException {
    scene.collect(name, "");
    scene.awaitJob(name);
    Digest digest = place(name);
    scene.await(name, status -> status.probe() != null && status.probe().placed() != null);
    assertThat(Objects.requireNonNull(probe(scene.status(name)).placed()).said())
        .as(() -> scene.status(name).toString())
        .isEqualTo(placed);
    take(name, digest);
    return scene.await(name, status -> status.phase() != null && status.phase().isEnd());
  }

  private static Probe probe(GarbageCollectionStatus status) {
    return Objects.requireNonNull(status.probe());
  }

  private static Said after(GarbageCollectionStatus status) {
    return Objects.requireNonNull(probe(status).after()).said();
  }

  private Condition awaitReady(String reason) {
    RegistryResource found = world.awaitRegistry("main", it -> ready(it).reason().equals(reason));
    return ready(found);
  }

  private static Condition ready(RegistryResource registry) {
    return Condition.find(registry.getStatus().conditions(), "Ready").orElseThrow();
  }

  private void resume(Condition halted) {
    world
        .admin()
        .resources(RegistryResource.class)
        .inNamespace(world.namespace())
        .withName("main")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}"
                .formatted(RegistryCollections.RESUME, halted.lastTransitionTime()));
  }

  @Test
  void aPodThatServesWhatWasTakenStopsCollectionsUntilItDoesNot() throws IOException {
    world.secret("auth", "robot", "password");
    start(
        TestRegistry.of(RegistryVersion.V3).cacheInMemory().htpasswd("robot", "password"),
        NONE + ", credentialsSecretRef: {name: auth}");
    GarbageCollectionStatus one = collect("one", Said.Found);
    assertThat(one.phase()).isEqualTo(Phase.Failed);
    assertThat(one.why().orElseThrow().reason()).isEqualTo("CacheRefuted");
    assertThat(one.why().orElseThrow().message()).contains("registry-0", "NONE");
    assertThat(one.result()).as("what it did is told all the same").isNotNull();
    assertThat(after(one)).isEqualTo(Said.Found);
    Condition halted = awaitReady("CacheRefuted");

    scene.collect("two", "");
    assertThat(scene.await("two", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("CacheRefuted");
    resume(halted);
    awaitReady("Reachable");
    scene.collect("three", "");
    GarbageCollectionStatus three = scene.await("three", Phase.Failed);
    assertThat(three.why().orElseThrow().reason()).isEqualTo("CacheRefuted");
    assertThat(Objects.requireNonNull(probe(three).before()).said()).isEqualTo(Said.Found);
    halted = awaitReady("CacheRefuted");
    assertThat(scene.jobs()).as("nothing could be purged").hasSize(1);

    registry().restart();
    resume(halted);
    awaitReady("Reachable");
    scene.collect("four", "");
    scene.awaitJob("four");
    GarbageCollectionStatus four = scene.await("four", Phase.Marking);
    assertThat(Objects.requireNonNull(probe(four).before()).said()).isEqualTo(Said.NotFound);
    assertThat(scene.arguments("four")).contains("--probe").doesNotContain("--yes");
  }

  @Test
  void podsThatHaveForgottenAreAskedAgainBeforeTheNextJob() throws IOException {
    start(TestRegistry.of(RegistryVersion.V2_8), NONE);
    GarbageCollectionStatus one = collect("one", Said.Found);
    assertThat(one.phase()).isEqualTo(Phase.Succeeded);
    assertThat(probe(one).before()).isNull();
    assertThat(after(one)).isEqualTo(Said.NotFound);
    scene.collect("two", "");
    scene.awaitJob("two");
    GarbageCollectionStatus two = scene.await("two", Phase.Marking);
    assertThat(Objects.requireNonNull(probe(two).before()).said()).isEqualTo(Said.NotFound);
  }

  @Test
  void whereTheRegistryMayRememberNothingIsRefuted() throws IOException {
    start(
        TestRegistry.of(RegistryVersion.V3).cacheInMemory(),
        "storage: {claimName: data, cache: InMemory}");
    GarbageCollectionStatus one = collect("one", Said.Found);
    assertThat(one.phase()).isEqualTo(Phase.Succeeded);
    assertThat(after(one)).isEqualTo(Said.Found);
    scene.collect("two", "");
    scene.awaitJob("two");
    assertThat(scene.await("two", Phase.Marking).probe()).as("none that says more").isNull();
  }

  @Test
  void whereNobodyCanBeAskedItIsSaidAndNothingElse() throws IOException {
    start(TestRegistry.of(RegistryVersion.V3).htpasswd("robot", "password"), NONE);
    GarbageCollectionStatus one = collect("one", Said.Unknown);
    assertThat(one.phase()).isEqualTo(Phase.Succeeded);
    assertThat(after(one)).isEqualTo(Said.Unknown);
    assertThat(Objects.requireNonNull(probe(one).after()).message())
        .contains("registry-0", "password");
    scene.collect("two", "");
    scene.awaitJob("two");
  }

  /** A pod has the certificate of its Service, and not that of its own address. */
  @ParameterizedTest
  @CsvSource({"localhost, Found", "registry.invalid, Unknown"})
  void aPodIsKnownByTheNameOfItsRegistry(String host, Said placed) throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    registry = TestRegistry.of(RegistryVersion.V3).tls(certificates).start();
    int port = registry.url().getPort();
    pod(
        "127.0.0.1",
        "env: [{name: REGISTRY_HTTP_ADDR, value: \":"
            + port
            + "\"}, {name: REGISTRY_HTTP_TLS_CERTIFICATE, value: /tls.crt}]");
    world.configMap("ca", "ca.crt", Files.readString(certificates.authority()));
    world.registry(
        "https://" + host + ":" + port, ", caBundleRef: {name: ca, key: ca.crt}, " + NONE);
    world.start();
    assertThat(collect("one", placed).phase()).isEqualTo(Phase.Succeeded);
  }
}
