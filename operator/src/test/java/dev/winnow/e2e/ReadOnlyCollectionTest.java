package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.e2e.ReadOnlyScene.Moment;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Collections that keep their registry from writing for a while: clients that push all the time see
 * some seconds of clean refusals, and whatever happens meanwhile the registry writes again and has
 * all that was acknowledged.
 */
@Deployed
class ReadOnlyCollectionTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  ReadOnlyCollectionTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  /** Without a cache. */
  private ReadOnlyScene scene(RegistryVersion version) {
    return scene(version, "", "cache: None");
  }

  private ReadOnlyScene scene(RegistryVersion version, String config, String cache) {
    ClusterRegistry registry =
        ClusterRegistry.deploy(cluster, user.name(), version, folder, config);
    return new ReadOnlyScene(user, registry, version, cache, operator::log);
  }

  @Test
  void pushesAreRefusedForSomeSecondsAndNothingIsLost() {
    pushesToOneThatRemembers(RegistryVersion.V2_8); // the other tests here have 3.x, and no cache
  }

  @ParameterizedTest
  @Tag("soak")
  @EnumSource
  void pushesAreRefusedForSomeSecondsWithoutACache(RegistryVersion version) {
    try (ReadOnlyScene scene = scene(version)) {
      pushes(version + " without a cache", scene);
    }
  }

  @Test
  @Tag("soak")
  void pushesAreRefusedForSomeSecondsByANewRegistryThatRemembers() {
    pushesToOneThatRemembers(RegistryVersion.V3);
  }

  @ParameterizedTest
  @Tag("soak")
  @EnumSource
  void pushesAreRefusedForSomeSecondsWithARedis(RegistryVersion version) throws Exception {
    try (TestRedis redis = TestRedis.listen(cluster.hostAddress())) {
      ClusterRegistry registry = ClusterRegistry.deploy(cluster, user.name(), version, folder);
      registry.rememberInRedis(version, redis.url());
      String cache = "cache: Redis, redis: {url: \"" + redis.url() + "\"}";
      try (ReadOnlyScene scene = new ReadOnlyScene(user, registry, version, cache, operator::log)) {
        pushes(version + " with a Redis", scene);
      }
    }
  }

  private void pushesToOneThatRemembers(RegistryVersion version) {
    String config = "cache: {blobdescriptor: inmemory}";
    try (ReadOnlyScene scene = scene(version, config, "cache: InMemory")) {
      pushes(version + " that remembers", scene);
    }
  }

  private void pushes(String what, ReadOnlyScene scene) {
    scene.begin();
    scene.awaitMoment(Moment.COLLECTING);
    int before = scene.attempts().taken();
    int refused = scene.attempts().refused();
    await().atMost(UserNamespace.SOON).until(() -> scene.attempts().refused() > refused);
    assertThat(scene.awaitEnd()).as(operator::log).isEqualTo("Collected");
    scene.assertWritesAndIsWhole();
    assertThat(scene.attempts().taken()).as("taken before").isGreaterThan(before);
    print(what, scene);
    assertThat(scene.attempts().longestPause()).isLessThan(LONGEST);
    // From the intent to the last pod that writes again; one may refuse while it ends.
    assertThat(scene.seconds())
        .isBetween(scene.attempts().longestRefusal().minusSeconds(3), LONGEST);
    assertThat(scene.stock().dropped().blobs()).noneMatch(scene.stock()::has);
    // A push that the window broke off may have left a layer of its own that goes, too.
    assertThat(Integer.parseInt(user.collection("gc", "result.quarantined.blobs")))
        .isGreaterThanOrEqualTo(scene.stock().dropped().blobs().size());
  }

  @Test
  void anOperatorThatIsKilledInTheWindowLeavesTheRegistryWriting() {
    killedAt(Moment.COLLECTING, Moment.CLOSING);
  }

  @Test
  @Tag("soak")
  void anOperatorThatIsKilledAtEachStepLeavesTheRegistryWriting() {
    killedAt(Moment.values());
  }

  @ParameterizedTest
  @EnumSource
  @Tag("soak")
  void anOperatorThatIsKilledLeavesTheRegistryWriting(Moment moment) {
    killedAt(moment);
  }

  private static void print(String what, ReadOnlyScene scene) {
    System.out.printf(
        Locale.ROOT,
        "%s: writes refused for %.1f s, none taken for %.1f s, by the status for %d s;"
            + " %d pushes taken, %d refused, %d unanswered%n",
        what,
        scene.attempts().longestRefusal().toMillis() / 1e3,
        scene.attempts().longestPause().toMillis() / 1e3,
        scene.seconds().toSeconds(),
        scene.attempts().taken(),
        scene.attempts().refused(),
        scene.attempts().unanswered());
  }

  private void killedAt(Moment... moments) {
    try (ReadOnlyScene scene = scene(RegistryVersion.V3)) {
      scene.begin();
      for (Moment moment : moments) {
        scene.awaitMoment(moment);
        operator.kill();
      }
      assertThat(scene.awaitEnd()).as(operator::log).isEqualTo("Collected");
      assertThat(user.kubectl().run("get", "jobs", "-o", "name").lines())
          .containsExactlyInAnyOrder("job.batch/gc", "job.batch/gc-2");
      scene.assertWritesAndIsWhole();
      assertThat(scene.stock().dropped().blobs()).noneMatch(scene.stock()::has);
      print("killed at " + List.of(moments), scene);
    }
  }

  @Test
  void aCollectorThatIsKilledLeavesTheRegistryWriting() {
    try (ReadOnlyScene scene = scene(RegistryVersion.V3)) {
      scene.slow();
      scene.begin();
      String pod = scene.awaitCollector();
      assertThat(user.isReadOnly()).isTrue();
      scene.fast();
      ContainerProcesses.kill(user.kubectl(), pod);
      assertThat(scene.awaitEnd()).as(operator::log).isEqualTo("CollectorLost");
      assertThat(user.collection("gc", "job.name")).as("the one that restores").isEqualTo("gc-2");
      scene.assertWritesAndIsWhole();
    }
  }

  @Test
  void aCollectionThatIsDeletedLeavesTheRegistryWriting() {
    try (ReadOnlyScene scene = scene(RegistryVersion.V3)) {
      scene.slow();
      scene.begin();
      scene.awaitCollector();
      assertThat(user.isReadOnly()).isTrue();
      user.kubectl().run("delete", "wgc", "gc");
      scene.assertWritesAndIsWhole();
      assertThat(user.kubectl().run("get", "jobs", "-o", "name")).isEmpty();
    }
  }
}
