package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.ProgramImage;
import dev.winnow.testing.PushStorm;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRedis;
import dev.winnow.testing.Tools;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Collections of a registry in the cluster while clients push through its Service: what was
 * acknowledged is there, what a policy deleted is gone from the disk, and pods that run from what
 * is kept are started again.
 */
@Deployed
class CollectionStormTest {
  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  CollectionStormTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  @ParameterizedTest
  @CsvSource({
    "V2_8, None",
    "V3, None",
    "V2_8, Redis",
    "V3, Redis",
    "V2_8, InMemory",
    "V3, InMemory"
  })
  void losesNothingUnderPushes(RegistryVersion version, String cache) throws Exception {
    try (TestRedis redis = TestRedis.listen(cluster.hostAddress());
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), version, folder, cacheOf(cache));
        ImagePusher images = registry.pusher()) {
      if (cache.equals("Redis")) {
        registry.rememberInRedis(version, redis.url());
      }
      TestImage old = TestImages.oci("old").build();
      images.push("team/kept", "old", old);
      images.push("team/kept", "new", TestImages.oci("new").build());
      cluster.trust(registry.hostPort());
      String first = pushShell(registry, "first");
      String second = pushShell(registry, "second");
      runs(user, "before", first);
      user.registry(
          registry,
          ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}, cache: "
              + cache
              + (cache.equals("Redis") ? ", redis: {url: \"" + redis.url() + "\"}" : "")
              + "}, garbageCollection: {restart: Allowed}");
      user.policy("mode: Enforce\nlimits: {maxDeletedTags: 100, maxDeletedPercent: 100}");
      user.runNow("one");
      user.awaitPolicy("lastRun.phase", "Succeeded", operator::log);
      assertThat(new StoreWriter(registry.root()).blob(old.digest())).exists();
      try (PushStorm storm = new PushStorm(URI.create("http://" + registry.hostPort()), 1)) {
        await().atMost(UserNamespace.SOON).until(() -> storm.acknowledged() > 10);
        for (int pass = 1; pass <= 3; pass++) {
          assertThat(user.collect("gc-" + pass, "", operator::log)).isEqualTo("Succeeded");
          assertThat(storm.lost()).isEmpty();
        }
        storm.end();
        // Without one that remembers, the third purges; with one, it is restarted before something
        // is taken and again before that is purged.
        for (int pass = 4; pass <= (cache.equals("InMemory") ? 6 : 3); pass++) {
          assertThat(user.collect("gc-" + pass, "", operator::log)).isEqualTo("Succeeded");
          assertThat(storm.lost()).isEmpty();
        }
        System.out.printf(
            "%s %s: %d pushes acknowledged, %d refused%n",
            version, cache, storm.acknowledged(), storm.refused());
      }
      assertThat(new StoreWriter(registry.root()).blob(old.digest())).doesNotExist();
      runs(user, "again", first);
      runs(user, "pulled", second);
    }
  }

  private static String cacheOf(String cache) {
    return cache.equals("InMemory") ? "cache: {blobdescriptor: inmemory}" : "";
  }

  /** Pushes an image with a shell, of which nothing is on the node yet. */
  private static String pushShell(ClusterRegistry registry, String tag) {
    Path shell = ProgramImage.busybox().link("bin/" + tag, "busybox").write(folder);
    String image = registry.hostPort() + "/team/kept:" + tag;
    Tools.find().run("crane", "push", "--insecure", shell.toString(), image);
    return image;
  }

  /** Returns once a pod of an image that the node pulls from the registry has run. */
  private static void runs(UserNamespace user, String pod, String image) {
    user.kubectl()
        .run(
            "run",
            pod,
            "--image=" + image,
            "--image-pull-policy=Always",
            "--restart=Never",
            "--command",
            "--",
            "true");
    user.awaitText(
        "Succeeded",
        () -> user.kubectl().call("describe", "pod", pod).out(),
        "get",
        "pod",
        pod,
        "-o",
        UserNamespace.status("phase"));
  }
}
