package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry in a cluster has its volume collected by Jobs, and serves meanwhile. */
@Deployed
class GarbageCollectionTest {
  private static final int MANY = 3_000;
  private static final String READY =
      UserNamespace.status("conditions[?(@.type==\"Ready\")].status");

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  GarbageCollectionTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  @EachRegistry
  void whatNothingNeedsIsFree(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, user.name(), version, folder);
        ImagePusher images = registry.pusher()) {
      Stock stock = Stock.push(registry, images, version);
      user.registry(registry, ", storage: {claimName: registry, cache: None}");
      for (int pass = 1; pass <= 3; pass++) {
        assertThat(user.collect("gc-" + pass, "", operator::log))
            .as(() -> operator.log() + user.kubectl().run("get", "wgc", "-o", "yaml"))
            .isEqualTo("Succeeded");
        assertThat(stock.has(stock.dropped().manifest()))
            .as("before it is taken")
            .isEqualTo(pass < 2);
        assertThat(user.collection("gc-" + pass, "result.purged.blobs"))
            .as("only once the pods were asked what they remember of it")
            .isEqualTo(pass < 3 ? "0" : "3");
      }
      assertThat(
              user.kubectl()
                  .run(
                      "get",
                      "job",
                      "gc-3",
                      "-o",
                      "jsonpath={.spec.template.spec.containers[0].args}"))
          .as("its pod has said that it is idle")
          .contains("--drained");
      assertThat(stock.dropped().blobs()).noneMatch(stock::has);
      assertThat(stock.trash()).isEmpty();
      assertThat(user.collection("gc-2", "result.quarantined.blobs")).isEqualTo("3");
      assertThat(user.collection("gc-2", "probe.placed.said")).isEqualTo("Found");
      assertThat(user.collection("gc-2", "probe.after.said")).isEqualTo("NotFound");
      assertThat(user.collection("gc-3", "probe.before.said")).isEqualTo("NotFound");
      assertThat(user.kubectl().run("get", "wgc", "gc-3", "--no-headers"))
          .matches("gc-3 +main +Succeeded +[\\d.]+(B|Ki) +0B +0B +\\d+s +\\w+\\s*");
      assertThat(
              user.kubectl()
                  .run("get", "wreg", "main", "-o", UserNamespace.status("lastCollection")))
          .isNotEmpty();
      stock.assertKept(images);
    }
  }

  /** As the official image is configured; nobody told the Registry what its cache is. */
  @EachRegistry
  void aRegistryThatRemembersSaysWhyItsBytesAreHeldAndWhatToChange(RegistryVersion version) {
    String cache = "cache: {blobdescriptor: inmemory}";
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), version, folder, cache);
        ImagePusher images = registry.pusher()) {
      Stock stock = Stock.push(registry, images, version);
      user.registry(
          registry,
          ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}}");
      for (int pass = 1; pass <= 2; pass++) {
        assertThat(user.collect("gc-" + pass, "", operator::log)).isEqualTo("Succeeded");
      }
      assertThat(stock.has(stock.dropped().manifest())).isTrue();
      await()
          .atMost(UserNamespace.SOON)
          .untilAsserted(() ->
              assertThat(user.kubectl().run("get", "wreg", "main", "--no-headers", "-o", "wide"))
                  .containsPattern(" [\\d.]+(B|Ki) RegistryNotRestarted ")
                  .contains("3 blobs", "kubectl rollout restart deployment/registry"));
      stock.assertKept(images);
    }
  }

  /** What its Registry says of its cache is not true, and no configuration shows that. */
  @EachRegistry
  void aRegistryThatRemembersWhatItIsSaidNotToIsFoundOut(RegistryVersion version) {
    try (ClusterRegistry registry = ClusterRegistry.deploy(cluster, user.name(), version, folder);
        ImagePusher images = registry.pusher()) {
      rememberInMemory();
      registry.awaitAnswer();
      Stock stock = Stock.push(registry, images, version);
      user.registry(
          registry,
          ", storage: {claimName: registry, cache: None,"
              + " workloadRef: {kind: Deployment, name: registry}}");
      assertThat(user.collect("gc-1", "", operator::log)).isEqualTo("Succeeded");
      assertThat(user.collect("gc-2", "", operator::log)).isEqualTo("Failed");
      assertThat(user.collection("gc-2", "conditions[0].reason")).isEqualTo("CacheRefuted");
      user.awaitText(
          "CacheRefuted",
          operator::log,
          "get",
          "wreg",
          "main",
          "-o",
          UserNamespace.status("conditions[?(@.type==\"Ready\")].reason"));
      assertThat(user.collect("gc-3", "", operator::log)).isEqualTo("Failed");
      assertThat(user.kubectl().run("get", "jobs", "-o", "name")).doesNotContain("gc-3");
      assertThat(user.collection("gc-2", "result.purged.blobs")).isEqualTo("0");
      assertThat(stock.trash()).as("all can be brought back").hasSizeGreaterThan(3);
      assertThat(stock.has(stock.dropped().manifest())).isFalse();
      stock.assertKept(images);
    }
  }

  /** By a Secret, which nobody reads. */
  private void rememberInMemory() {
    user.kubectl().run("create", "secret", "generic", "cache", "--from-literal=kind=inmemory");
    user.kubectl()
        .run(
            "patch",
            "deployment",
            "registry",
            "-p",
            """
            {"spec": {"template": {"spec": {"containers": [{"name": "registry", "env": [
              {"name": "REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR",
               "valueFrom": {"secretKeyRef": {"name": "cache", "key": "kind"}}}]}]}}}}
            """);
    user.kubectl().run("rollout", "status", "deployment/registry", "--timeout=60s");
  }

  @Test
  void anOperatorThatIsKilledFindsTheJobAgain() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      Stock stock = Stock.push(registry, images, RegistryVersion.V3);
      user.registry(registry, ", storage: {claimName: registry, cache: None}");
      assertThat(user.collect("gc-1", "", operator::log)).isEqualTo("Succeeded");
      user.startCollection("gc-2", "");
      for (String phase : List.of("Marking", "Quarantining")) {
        user.awaitCollection("gc-2", operator::log, phase, "Quarantining", "Purging", "Succeeded");
        operator.kill();
      }
      user.awaitCollection("gc-2", operator::log, "Succeeded", "Failed");
      assertThat(user.collection("gc-2", "phase")).isEqualTo("Succeeded");
      assertThat(user.collection("gc-2", "result.quarantined.blobs")).isEqualTo("3");
      assertThat(user.kubectl().run("get", "jobs", "-o", "name").lines())
          .containsExactlyInAnyOrder("job.batch/gc-1", "job.batch/gc-2");
      assertThat(user.kubectl().run("get", "jobs", "gc-2", "-o", "jsonpath={.metadata.uid}"))
          .isEqualTo(user.collection("gc-2", "job.uid"));
      stock.assertKept(images);
    }
  }

  @Test
  void isMadeOnItsScheduleAndNeverBesideARunThatDeletes() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      StoreWriter store = new StoreWriter(registry.root());
      for (int i = 0; i < MANY; i++) {
        store.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
      }
      Stock stock = Stock.push(registry, images, RegistryVersion.V3);
      user.registry(
          registry,
          ", client: {concurrency: 1}, storage: {claimName: registry, cache: None},"
              + " garbageCollection: {schedule: \"* * * * *\"}");
      user.policy("mode: Enforce\nlimits: {maxDeletedTags: 100000, maxDeletedPercent: 100}");
      user.awaitText("True", operator::log, "get", "wpol", "builds", "-o", READY);
      user.runNow("one");
      user.awaitPolicy("lastRun.phase", "Applying", operator::log);
      user.startCollection("beside", "");
      user.awaitCollection("beside", operator::log, "WaitingForRegistry");
      assertThat(user.collection("beside", "progress")).contains(" run builds-");
      user.awaitCollection("beside", operator::log, "Succeeded");
      String run =
          user.kubectl().run("get", "wrun", "-o", "jsonpath={.items[0].status.finishTime}");
      assertThat(Instant.parse(user.collection("beside", "startTime")))
          .isAfterOrEqualTo(Instant.parse(run));

      user.awaitText(
          "Succeeded",
          operator::log,
          "get",
          "wgc",
          "-l",
          "app.kubernetes.io/managed-by=winnow",
          "-o",
          "jsonpath={.items[0].status.phase}");
      stock.assertKept(images);
    }
  }

  @Test
  void anotherCollectorThatHasTheVolumeIsNotDisturbed() throws IOException {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      Stock.push(registry, images, RegistryVersion.V3);
      user.registry(registry, ", storage: {claimName: registry, cache: None}");
      assertThat(user.collect("first", "", operator::log)).isEqualTo("Succeeded");
      try (FileChannel channel =
              FileChannel.open(registry.root().resolve(".winnow/lock"), StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        assertThat(lock.isValid()).isTrue();
        assertThat(user.collect("second", "", operator::log)).isEqualTo("Failed");
      }
      assertThat(user.collection("second", "conditions[0].reason")).isEqualTo("Locked");
      assertThat(user.collect("third", "", operator::log)).isEqualTo("Succeeded");
    }
  }

  @Test
  void whatIsOddStopsItUntilAPersonHasLooked() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V2_8, folder);
        ImagePusher images = registry.pusher()) {
      TestImage dropped = TestImages.oci("dropped").build();
      images.push("team/app", "dropped", dropped);
      images.send("DELETE", "/v2/team/app/manifests/" + dropped.digest());
      user.registry(registry, ", storage: {claimName: registry, cache: None}");
      assertThat(user.collect("first", "", operator::log)).isEqualTo("Failed");
      String ready = "conditions[?(@.type==\"Ready\")]";
      user.awaitText(
          "MostlyUnreferenced",
          operator::log,
          "get",
          "wreg",
          "main",
          "-o",
          UserNamespace.status(ready + ".reason"));
      assertThat(user.collect("second", "", operator::log)).isEqualTo("Failed");
      assertThat(user.kubectl().run("get", "jobs", "-o", "name").strip())
          .as("no Job for what would be refused again")
          .isEqualTo("job.batch/first");
      String since =
          user.kubectl()
              .run(
                  "get", "wreg", "main", "-o", UserNamespace.status(ready + ".lastTransitionTime"));
      user.kubectl().run("annotate", "wreg", "main", "winnow.dev/resume=" + since);
      user.awaitText(
          "Reachable",
          operator::log,
          "get",
          "wreg",
          "main",
          "-o",
          UserNamespace.status(ready + ".reason"));
      assertThat(user.collect("third", "", operator::log)).isEqualTo("Succeeded");
      assertThat(user.kubectl().run("get", "job", "third", "-o", "yaml")).contains("- --yes\n");
      assertThat(user.collect("fourth", "", operator::log)).isEqualTo("Succeeded");
      assertThat(user.kubectl().run("get", "job", "fourth", "-o", "yaml"))
          .doesNotContain("- --yes\n");
    }
  }

  /** Nobody is to bring test times into production. */
  @Test
  void theReleasedImageRefusesTheTimesOfATest() {
    cluster.load(Tools.checkout().resolve("operator/target/winnow-image.tar"));
    user.kubectl()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: fast}
            spec:
              restartPolicy: Never
              containers:
              - name: fast
                image: %s
                imagePullPolicy: Never
                args: [--version]
                env: [{name: WINNOW_TEST_FAST_TIME, value: "1"}]
            """
                .formatted(operator.image().replace("winnow-test", "winnow")));
    user.awaitText(
        "2",
        () -> user.kubectl().call("describe", "pod", "fast").out(),
        "get",
        "pod",
        "fast",
        "-o",
        UserNamespace.status("containerStatuses[0].state.terminated.exitCode"));
    assertThat(user.kubectl().run("logs", "fast"))
        .contains("WINNOW_TEST_FAST_TIME is for tests, and this is a released image");
  }
}
