package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.Content;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people rely on from one day to the next once a registry is collected. */
@Deployed
class DailyCollectionTest {
  private static final String VOLUME = ", storage: {claimName: registry, cache: None}";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir private static Path folder;
  private final TestCluster cluster;
  private final DeployedOperator operator;
  private final UserNamespace user;

  private final TestImage kept = TestImages.oci("kept").build();

  DailyCollectionTest(TestCluster cluster, DeployedOperator operator, UserNamespace user) {
    this.cluster = cluster;
    this.operator = operator;
    this.user = user;
  }

  @Test
  void isMadeEachMinuteBesideRetention() {
    eachMinute(2);
  }

  @Test
  @Tag("soak")
  void isMadeEachMinuteBesideRetentionForTwenty() {
    eachMinute(20);
  }

  private void eachMinute(int minutes) {
    try (LockHistory history = LockHistory.of(cluster, user.name());
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "new", kept);
      schedule(registry, "schedule: \"* * * * *\"");
      Instant first = awaitSchedule();
      Set<String> made = new TreeSet<>();
      awaitWhile(first.plus(MINUTE.multipliedBy(minutes)), made, images);
      awaitRest(made); // else the run would be cancelled by the change of its policy
      schedule(registry, "schedule: \"* * * * *\", suspend: true");
      awaitRest(made);

      assertThat(history.faults()).as("a Job without the lock, or two at once").isEmpty();
      for (int minute = 0; minute < minutes; minute++) {
        Instant due = first.plus(MINUTE.multipliedBy(minute));
        assertThat(madeFor(due, "gc-", made)).as("collections of %s in %s", due, made).isTrue();
        assertThat(madeFor(due, "builds-", made)).as("runs of %s in %s", due, made).isTrue();
      }
      assertThat(history.jobs()).hasSizeGreaterThanOrEqualTo(minutes);
      assertThat(history.runs()).as("those that deleted").hasSizeGreaterThanOrEqualTo(minutes);
      assertNothingIsLeftOver();
      assertEverythingOldIsGone(registry, images);
    }
  }

  private void schedule(ClusterRegistry registry, String schedule) {
    user.registry(registry, VOLUME + ", garbageCollection: {" + schedule + "}");
    user.policy(
        "mode: Enforce\n"
            + schedule.replace(", ", "\n")
            + "\nlimits: {maxDeletedTags: 1000, maxDeletedPercent: 100}");
  }

  /** The first minute for which both are scheduled. */
  private Instant awaitSchedule() {
    String[] run = {"get", "wpol", "builds", "-o", UserNamespace.status("nextRunTime")};
    String[] collection = {
      "get", "wreg", "main", "-o", UserNamespace.status("collections.nextTime")
    };
    await()
        .atMost(UserNamespace.SOON)
        .until(
            () -> !user.kubectl().run(run).isEmpty() && !user.kubectl().run(collection).isEmpty());
    Instant one = Instant.parse(user.kubectl().run(run));
    Instant other = Instant.parse(user.kubectl().run(collection));
    return one.isAfter(other) ? one : other;
  }

  /** Pushes what a policy deletes, and notes what is made, up to an instant. */
  private void awaitWhile(Instant until, Set<String> made, ImagePusher images) {
    await()
        .atMost(Duration.between(Instant.now(), until).plus(MINUTE))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          String tag = "old-" + Instant.now().toEpochMilli();
          images.push("team/app", tag, TestImages.oci(tag).build());
          made.addAll(names("wgc,wrun"));
          return Instant.now().isAfter(until);
        });
  }

  private void awaitRest(Set<String> made) {
    await()
        .atMost(UserNamespace.SOON)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> {
          made.addAll(names("wgc,wrun"));
          assertThat(
                  user.kubectl()
                      .run("get", "wgc,wrun", "-o", "jsonpath={.items[*].status.phase}")
                      .split(" "))
              .as(operator::log)
              .containsOnly("Succeeded");
          assertThat(Instant.now().getEpochSecond() % 60)
              .as("not just before the next")
              .isLessThan(50);
        });
  }

  /** Whether there was one of a minute, or an event tells why not. */
  private boolean madeFor(Instant due, String kind, Set<String> made) {
    String minute = "-" + due.getEpochSecond() / MINUTE.toSeconds();
    String time = due.atZone(ZoneOffset.UTC).toLocalTime().toString();
    String missed = (kind.equals("gc-") ? "no collection for " : "no run for ") + "[^:]*" + time;
    return made.stream().anyMatch(name -> name.contains(kind) && name.endsWith(minute))
        || user.kubectl()
            .run("get", "events", "-o", "jsonpath={range .items[*]}{.note}{.message}\n{end}")
            .lines()
            .anyMatch(text -> text.matches(missed + ".*"));
  }

  private void assertNothingIsLeftOver() {
    List<String> collections = names("wgc");
    List<String> runs = names("wrun");
    assertThat(collections).as("the history").hasSizeLessThanOrEqualTo(3);
    // What goes with its owner goes a moment later.
    await()
        .atMost(UserNamespace.SOON)
        .untilAsserted(() -> {
          assertThat(collections).containsAll(names("jobs"));
          assertThat(collections)
              .containsAll(
                  words(
                      "pods", "-l", "batch.kubernetes.io/job-name", "{.metadata.labels.job-name}"));
          assertThat(Stream.concat(collections.stream(), runs.stream()))
              .containsAll(
                  words(
                      "configmaps",
                      "-l",
                      "app.kubernetes.io/managed-by=winnow",
                      "{.metadata.ownerReferences[0].name}"));
        });
  }

  private List<String> words(String kind, String option, String selector, String path) {
    return user.kubectl()
        .run("get", kind, option, selector, "-o", "jsonpath={range .items[*]}" + path + "\n{end}")
        .lines()
        .toList();
  }

  /** The names of objects, without their kinds. */
  private List<String> names(String kinds) {
    return user.kubectl()
        .run("get", kinds, "-o", "name")
        .lines()
        .map(name -> name.substring(name.indexOf('/') + 1))
        .toList();
  }

  /** Of the disk, too, once what was pushed last is collected. */
  private void assertEverythingOldIsGone(ClusterRegistry registry, ImagePusher images) {
    user.runNow("last");
    await()
        .atMost(UserNamespace.SOON)
        .untilAsserted(
            () -> assertThat(images.tags("team/app")).as(operator::log).containsExactly("new"));
    // Seen, taken, purged; then the links to it taken and purged.
    for (int pass = 1; pass <= 5; pass++) {
      assertThat(user.collect("last-" + pass, "", operator::log)).isEqualTo("Succeeded");
    }
    assertThat(files(registry.root().resolve("docker/registry/v2/blobs")))
        .as("the kept image, and the blob that only other collectors would remove")
        .isEqualTo(kept.blobs().size() + 2);
    assertThat(files(registry.root().resolve(".winnow/trash"))).isZero();
  }

  private static long files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the template of a restore says it. */
  @Test
  void whatWasTakenIsBroughtBackAndPulls() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(
                cluster,
                user.name(),
                RegistryVersion.V3,
                folder,
                "cache: {blobdescriptor: inmemory}");
        ImagePusher images = registry.pusher()) {
      TestImage missed = TestImages.oci("missed").build();
      images.push("team/app", "new", kept);
      images.push("team/app", "missed", missed);
      images.send("DELETE", "/v2/team/app/manifests/missed");
      // What a registry remembers holds what was taken until it has been started again.
      user.registry(
          registry,
          ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}, cache:"
              + " InMemory}, garbageCollection: {restart: Allowed}");
      StoreWriter store = new StoreWriter(registry.root());
      for (int pass = 1; pass <= 3; pass++) { // seen, found to wait for a restart, taken
        assertThat(user.collect("gc-" + pass, "", operator::log)).isEqualTo("Succeeded");
      }
      assertThat(store.blob(missed.digest())).as("taken").doesNotExist();
      assertThat(images.send("GET", "/v2/team/app/manifests/" + missed.digest()).statusCode())
          .isEqualTo(404);

      assertThat(onTheVolume("restore", template -> template)).contains("3 blobs");
      assertThat(images.send("GET", "/v2/team/app/manifests/" + missed.digest()).body())
          .isEqualTo(missed.bytes());
      for (Content blob : missed.blobs()) {
        assertThat(images.send("GET", "/v2/team/app/blobs/" + blob.digest()).body())
            .isEqualTo(blob.bytes());
      }
    }
  }

  /** As docs/garbage-collection.md says it is done. */
  @Test
  void aRegistryThatIsStoppedIsCollectedAtOnce() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V2_8, folder);
        ImagePusher images = registry.pusher()) {
      Stock stock = Stock.push(registry, images, RegistryVersion.V2_8);
      user.kubectl().run("scale", "deployment", "registry", "--replicas=0");
      user.kubectl().run("wait", "--for=delete", "pod", "-l", "app=registry", "--timeout=90s");
      String stopped = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1).toString();
      String collect =
          "collect, --root, /var/lib/registry, --cache, none, --offline, --hold, 0s, --writers-since,"
              + " \""
              + stopped
              + "\"";
      assertThat(onTheVolume("young", arguments(collect))).contains("eligible from");
      assertThat(stock.has(stock.dropped().manifest())).isTrue();
      assertThat(onTheVolume("now", arguments(collect + ", --grace, 0s"))).contains("purged");
      assertThat(stock.has(stock.dropped().manifest())).isFalse();
      user.kubectl().run("scale", "deployment", "registry", "--replicas=1");
      registry.awaitAnswer();
      try (ImagePusher fresh = registry.pusher()) {
        stock.assertKept(fresh);
        fresh.push("team/app", "after", TestImages.oci("after").build());
      }
    }
  }

  private static UnaryOperator<String> arguments(String arguments) {
    return template -> template.replaceFirst("args: .*", "args: [" + arguments + "]");
  }

  /** Does something on the volume by the Job of restore.yaml, or one like it; what that says. */
  private String onTheVolume(String name, UnaryOperator<String> change) {
    try {
      user.kubectl()
          .apply(
              change
                  .apply(
                      Files.readString(Tools.checkout().resolve("examples/templates/restore.yaml")))
                  .replace("generateName: restore-", "name: " + name)
                  .replaceFirst("image: \\S+", "image: " + operator.image())
                  .replace("registry-data", "registry"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    user.awaitText("1", operator::log, "get", "job", name, "-o", UserNamespace.status("succeeded"));
    return user.kubectl().run("logs", "job/" + name);
  }

  /** A volume for one node has a Job where the registry is, although another node is idle. */
  @Test
  void theJobGoesToTheNodeThatHasTheVolume() {
    try (ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, user.name(), RegistryVersion.V2_8, folder);
        ImagePusher images = registry.pusher()) {
      images.push("team/app", "new", kept);
      user.registry(
          registry,
          ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}, cache:"
              + " None}");
      String here = node("-l", "app=registry");
      try (IdleNode other = IdleNode.add(user.kubectl(), "idle-" + user.name())) {
        user.kubectl()
            .run("run", "free", "--image=" + operator.image(), "--image-pull-policy=Never");
        await()
            .atMost(UserNamespace.SOON)
            .untilAsserted(() ->
                assertThat(node("--field-selector", "metadata.name=free"))
                    .as("whatever may be anywhere")
                    .isEqualTo(other.name()));
        assertThat(user.collect("gc-1", "", operator::log)).isEqualTo("Succeeded");
        assertThat(node("-l", "batch.kubernetes.io/job-name=gc-1")).isEqualTo(here);
      }
    }
  }

  private String node(String option, String selector) {
    return user.kubectl()
        .run("get", "pods", option, selector, "-o", "jsonpath={.items[*].spec.nodeName}");
  }

  /** A node that the scheduler takes for a good one; no kubelet is behind it. */
  private record IdleNode(Kubectl kubectl, String name) implements AutoCloseable {
    static IdleNode add(Kubectl kubectl, String name) {
      kubectl.apply(
          """
          apiVersion: v1
          kind: Node
          metadata: {name: %1$s, labels: {kubernetes.io/hostname: %1$s}}
          """
              .formatted(name));
      kubectl.run(
          "patch",
          "node",
          name,
          "--subresource=status",
          "--type=merge",
          "-p",
          """
          {"status": {
            "capacity": {"cpu": "64", "memory": "256Gi", "pods": "100"},
            "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "100"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "Said",
              "lastHeartbeatTime": "%1$s", "lastTransitionTime": "%1$s"}]}}
          """
              .formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
      // It is made with taints, which somebody takes off a moment after it is ready.
      await()
          .atMost(UserNamespace.SOON)
          .until(() -> kubectl.run("get", "node", name, "-o", "jsonpath={.spec.taints}").isEmpty());
      return new IdleNode(kubectl, name);
    }

    @Override
    public void close() {
      kubectl.run("delete", "node", name);
      kubectl.run("delete", "pod", "free", "--force", "--grace-period=0");
    }
  }
}
