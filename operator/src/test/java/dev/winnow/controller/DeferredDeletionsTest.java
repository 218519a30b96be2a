package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.plan;
import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cli.Cli;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.testing.DeafRelay;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.ConfigMapProjection;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deletions that a run leaves to the next collection, which has the volume. */
@Tag("server")
class DeferredDeletionsTest {
  /** Never due while the test runs. */
  private static final String VOLUME =
      ", deletion: Volume, storage: {claimName: data, cache: None},"
          + " garbageCollection: {schedule: \"0 3 29 2 *\"}";

  @TempDir private Path folder;

  private CollectionScene scene;
  private OperatorWorld world;
  private TestRegistry registry;
  private ImagePusher images;

  @BeforeEach
  void setUp() {
    scene = new CollectionScene();
    world = scene.world();
    // It deletes nothing itself, and needs not.
    registry = TestRegistry.of(RegistryVersion.V2_8).delete(false).start();
    images = ImagePusher.to(registry.url());
    push("old-1", "one");
    push("old-2", "two");
    push("new", "one");
    world.registry(registry.url().toString(), VOLUME);
    world.policy("builds", "mode: Enforce");
    world.start();
  }

  private void push(String tag, String image) {
    images.push("team/app", tag, TestImages.oci(image).build());
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
  }

  private PodSpec pod(String job) {
    return scene.awaitJob(job).getSpec().getTemplate().getSpec();
  }

  /** What the containers before the collector write, as the kubelet would run them. */
  private String decided(PodSpec pod) throws IOException {
    Path lists = Files.createTempDirectory(folder, "untag");
    for (Container each : pod.getInitContainers()) {
      Path node = Files.createTempDirectory(folder, "node");
      Files.createSymbolicLink(node.resolve("untag"), lists);
      for (VolumeMount mount : each.getVolumeMounts()) {
        Path at = Files.createDirectories(node.resolve(mount.getMountPath().substring(1)));
        for (Volume volume : pod.getVolumes()) {
          if (volume.getName().equals(mount.getName()) && volume.getProjected() != null) {
            for (VolumeProjection source : volume.getProjected().getSources()) {
              project(source.getConfigMap(), at);
            }
          }
        }
      }
      Cli.Result result =
          new Cli()
              .run(
                  each.getArgs().stream()
                      .map(arg -> arg.startsWith("/") ? node + arg : arg)
                      .map(arg -> arg.equals(node + "/volume") ? registry.root().toString() : arg)
                      .toArray(String[]::new));
      assertThat(result.status()).as("%s", result).isZero();
    }
    StringBuilder all = new StringBuilder();
    for (int number = 1; number <= pod.getInitContainers().size(); number++) {
      all.append(Files.readString(lists.resolve(number + ".jsonl")));
    }
    return all.toString();
  }

  private void project(ConfigMapProjection source, Path at) throws IOException {
    var map =
        world
            .admin()
            .configMaps()
            .inNamespace(world.namespace())
            .withName(source.getName())
            .require();
    for (KeyToPath item : source.getItems()) {
      Path file = at.resolve(item.getPath());
      Files.createDirectories(file.getParent());
      String text = map.getData() == null ? null : map.getData().get(item.getKey());
      Files.write(
          file,
          text != null
              ? text.getBytes(StandardCharsets.UTF_8)
              : Base64.getDecoder().decode(map.getBinaryData().get(item.getKey())));
    }
  }

  @Test
  void areDecidedAgainByTheCollectionAndGivenToItsCollector() throws IOException {
    RetentionRunStatus run = world.awaitEnd(world.run("builds", ""));
    assertThat(run.phase()).as("%s", run).isEqualTo(Phase.Succeeded);
    assertThat(plan(run).delete()).isEqualTo(2);
    assertThat(result(run)).isEqualTo(new RetentionRunStatus.Result(0, 0, 2, 0));
    assertThat(run.why().map(Condition::message).orElse(""))
        .contains("2 left to the next collection");
    assertThat(world.stored(run))
        .anySatisfy(text -> assertThat(text).contains("Skipped LeftToCollection"));
    assertThat(images.tags("team/app")).containsExactly("new", "old-1", "old-2");

    push("old-2", "moved since");
    scene.collect("one", "");
    PodSpec pod = pod("one");
    assertThat(pod.getContainers().getFirst().getArgs()).contains("--untag", "/untag");
    assertThat(pod.getInitContainers())
        .singleElement()
        .satisfies(decider ->
            assertThat(decider.getVolumeMounts())
                .filteredOn(mount -> mount.getMountPath().equals("/volume"))
                .allMatch(VolumeMount::getReadOnly));
    assertThat(decided(pod)).contains("\"tag\":\"old-1\"").doesNotContain("old-2", "new");
  }

  @Test
  void ofTwoPoliciesLeaveTogetherWhatEachKeepsAtLeast() throws IOException {
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: news}
        spec:
          registryRef: {name: main}
          mode: Enforce
          protect: {inUse: Ignore}
          rules:
          - {name: new, repositories: ["**"], tags: [new], keep: [{tags: [never]}]}
        """);
    String first = world.run("builds", "");
    assertThat(result(world.awaitEnd(first)).deferred()).isEqualTo(2);
    assertThat(result(world.awaitEnd(world.runLater("news", first))).deferred()).isOne();
    scene.collect("one", "");
    PodSpec pod = pod("one");
    assertThat(pod.getInitContainers()).hasSize(2);
    assertThat(decided(pod))
        .contains("\"tag\":\"old-1\"", "\"tag\":\"old-2\"")
        .doesNotContain("\"tag\":\"new\"");
  }

  /** A watch that is open but dead: a policy that keeps is there, and was not heard of. */
  @Test
  void waitWhereNothingIsHeardOfPolicies() {
    world.stop();
    try (DeafRelay relay = DeafRelay.before(world.server().config().getMasterUrl())) {
      world.apiServer(relay.url()).start();
      world.awaitEnd(world.run("builds", ""));
      holdRegistry();
      scene.collect("one", "");
      scene.await("one", GarbageCollectionStatus.Phase.WaitingForRegistry);
      relay.deafen();
      world.policy("keeper", "protect: {tags: [\"old-*\"], inUse: Ignore}");
      world.admin().leases().inNamespace(world.namespace()).withName(lock()).delete();
      assertThat(pod("one").getInitContainers()).isEmpty();
      assertThat(scene.arguments("one")).doesNotContain("--untag");
      assertThat(world.policyStatus("keeper")).as("was not heard of").isNull();
      assertThat(world.events("one"))
          .extracting(Event::getReason, Event::getNote)
          .anySatisfy(
              told -> assertThat(told.toList().toString()).contains("DeletionsWait", "not heard"));
      world.stop(); // as long as it reaches the API server
    }
  }

  private String lock() {
    return LeaseLocks.name(registry.url().getAuthority());
  }

  /** As another would; nobody renews it. */
  private void holdRegistry() {
    world
        .admin()
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(world.namespace())
                .withName(lock())
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("another")
                .withLeaseDurationSeconds(15)
                .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                .endSpec()
                .build())
        .serverSideApply();
  }

  @Test
  void areOfferedUntilACollectionHasSucceeded() {
    world.awaitEnd(world.run("builds", ""));
    scene.collect("dry", ", dryRun: true");
    assertThat(pod("dry").getInitContainers()).hasSize(1);
    scene.end("dry", 0, CollectionsTest.DONE);
    scene.await("dry", GarbageCollectionStatus.Phase.Succeeded);

    scene.collect("bad", "");
    assertThat(pod("bad").getInitContainers()).hasSize(1);
    scene.end("bad", 1, "{\"exit\":1,\"reason\":\"Partial\",\"message\":\"not all was read\"}");
    scene.await("bad", GarbageCollectionStatus.Phase.Failed);

    scene.collect("good", "");
    assertThat(pod("good").getInitContainers()).hasSize(1);
    world.awaitRegistry("main", it -> Integer.valueOf(3).equals(it.getStatus().tags()));
    scene.end("good", 0, CollectionsTest.DONE);
    scene.await("good", GarbageCollectionStatus.Phase.Succeeded);
    world.awaitRegistry("main", it -> Integer.valueOf(1).equals(it.getStatus().tags()));

    List.of("dry", "bad", "good").forEach(scene::delete); // it is not by them that it is known
    Awaitility.await().atMost(OperatorWorld.SOON).until(() -> scene.all().isEmpty());
    scene.collect("next", "");
    assertThat(pod("next").getInitContainers()).isEmpty();
    assertThat(scene.arguments("next")).doesNotContain("--untag");
  }

  /** What a decider cannot read stays; its run is not done by that. */
  @Test
  void areOfferedAgainWhereNotAllCouldBeRead() {
    world.awaitEnd(world.run("builds", ""));
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).hasSize(1);
    scene.end(
        "one",
        0,
        CollectionsTest.DONE,
        List.of(
            new ContainerStatusBuilder()
                .withName("decider-1")
                .withImage(CollectionScene.IMAGE)
                .withImageID("")
                .withReady(true)
                .withRestartCount(0)
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .withMessage("1 repositories could not be read")
                .endTerminated()
                .endState()
                .build()));
    scene.await("one", GarbageCollectionStatus.Phase.Succeeded);
    scene.collect("two", "");
    assertThat(pod("two").getInitContainers()).hasSize(1);
    assertThat(world.events("one")).extracting(Event::getReason).contains("DeletionsWait");
  }

  /** Each has a container, and they share what a cluster keeps of how containers ended. */
  @Test
  void areGivenToACollectorAFewAtATimeTheOldestFirst() {
    List<String> policies = IntStream.rangeClosed(1, 8).mapToObj(i -> "p" + (9 - i)).toList();
    String before = "";
    for (String policy : policies) {
      world.policy(policy, "mode: Enforce");
      before = before.isEmpty() ? world.run(policy, "") : world.runLater(policy, before);
      world.awaitEnd(before);
    }
    scene.collect("one", "");
    PodSpec pod = pod("one");
    assertThat(pod.getInitContainers())
        .extracting(each -> each.getArgs().get(each.getArgs().indexOf("--policy") + 1))
        .containsExactlyElementsOf(policies.subList(0, 7));
    assertThat(pod.getContainers().getFirst().getArgs()).contains("--result-bytes", "1536");
    scene.end("one", 0, CollectionsTest.DONE);
    scene.await("one", GarbageCollectionStatus.Phase.Succeeded);
    scene.collect("two", "");
    assertThat(pod("two").getInitContainers())
        .extracting(each -> each.getArgs().get(each.getArgs().indexOf("--policy") + 1))
        .containsExactly(policies.getLast());
  }

  @Test
  void aConfigMapOfSomebodyElseIsLeftAlone() {
    world.awaitEnd(world.run("builds", ""));
    world.configMap("one-untag", "mine", "stays");
    scene.collect("one", "");
    GarbageCollectionStatus ended = scene.await("one", GarbageCollectionStatus.Phase.Failed);
    assertThat(ended.why().map(Condition::message).orElse("")).contains("ConfigMap one-untag");
    assertThat(
            world
                .admin()
                .configMaps()
                .inNamespace(world.namespace())
                .withName("one-untag")
                .require()
                .getData())
        .containsEntry("mine", "stays");
  }

  @Test
  void areVoidOnceThePolicyHasChanged() {
    world.awaitEnd(world.run("builds", ""));
    world.policy("builds", "mode: Preview");
    world.awaitPolicy("builds", status -> Long.valueOf(2).equals(status.observedGeneration()));
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).isEmpty();
  }

  @Test
  void areVoidOnceTheRunIsCancelled() {
    String run = world.run("builds", "");
    world.awaitEnd(run);
    world.patchRun(run, "{\"cancel\": true}");
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).isEmpty();
  }

  @Test
  void areVoidOnceTheRunIsCancelledAlsoWhereAJobHasThem() {
    String run = world.run("builds", "");
    world.awaitEnd(run);
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).hasSize(1);
    scene.pod("one");
    scene.decides("one");
    world.patchRun(run, "{\"cancel\": true}");
    GarbageCollectionStatus ended = scene.await("one", GarbageCollectionStatus.Phase.Failed);
    assertThat(ended.why().map(Condition::reason)).contains("RunCancelled");
    Awaitility.await().atMost(OperatorWorld.SOON).until(() -> scene.jobs().isEmpty());
    scene.collect("two", "");
    assertThat(pod("two").getInitContainers()).isEmpty();
  }

  /** A collector that has not begun must not delete what nobody wants deleted any more. */
  @Test
  void areVoidAlsoOnceAJobHasThem() {
    world.awaitEnd(world.run("builds", ""));
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).hasSize(1);
    scene.pod("one");
    scene.decides("one");
    scene.await(
        "one", status -> "decides again what runs have left to it".equals(status.progress()));
    world.policy("keeper", "protect: {tags: [\"old-*\"], inUse: Ignore}");
    GarbageCollectionStatus ended = scene.await("one", GarbageCollectionStatus.Phase.Failed);
    assertThat(ended.why().map(Condition::reason)).contains("PolicyChanged");
    assertThat(ended.why().map(Condition::message).orElse("")).contains("collect again");
    Awaitility.await().atMost(OperatorWorld.SOON).until(() -> scene.jobs().isEmpty());
    scene.collect("two", "");
    assertThat(pod("two").getInitContainers()).as("its decider knows what keeps").hasSize(1);
  }

  @Test
  void nothingIsLeftWithoutApproval() {
    world.policy("asks", "mode: Approve");
    String run = world.run("asks", "");
    world.awaitRun(run, Phase.AwaitingApproval);
    scene.collect("one", "");
    assertThat(pod("one").getInitContainers()).isEmpty();
  }
}
