package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A collection that keeps its registry from writing, and lets it write again whatever happens. The
 * test is the Deployment's controller and the kubelet.
 */
@Tag("server")
class ReadOnlyCollectionsTest {
  private static final String FIELDS =
      ", storage: {claimName: data, workloadRef: {kind: Deployment, name: registry}},"
          + " garbageCollection: {mode: ReadOnly}";

  private static TestRegistry registry;

  private CollectionScene scene;
  private OperatorWorld world;

  @BeforeAll
  static void startRegistry() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @BeforeEach
  void setUp() {
    scene = new CollectionScene();
    world = scene.world();
    scene.deployment("env: [{name: OTHER, value: stays}]");
    scene.rolledOut();
    world.registry(registry.url().toString(), FIELDS);
    world.start();
  }

  @AfterEach
  void close() {
    scene.close();
  }

  @ParameterizedTest(name = "with another operator after each step: {0}")
  @ValueSource(booleans = {false, true})
  void takesInItsWindowAndPurgesBehindIt(boolean another) {
    scene.collect("one", "");
    awaitReadOnly(true);
    assertThat(scene.status("one").phase()).isEqualTo(Phase.WaitingForRegistry);
    assertThat(scene.jobs()).as("before the pods are replaced").isEmpty();
    next(another);
    Instant lastWrite = Instant.now();
    scene.rolledOut();
    GarbageCollectionStatus.Window window = window(scene.await("one", Phase.Marking));
    assertThat(window.opened()).isAfter(lastWrite);
    assertThat(String.join(" ", scene.arguments("one")))
        .contains(
            "--cache memory --offline --until "
                + window.until().minusSeconds(120)
                + " --take-only --writers-since "
                + window.opened());
    assertThat(window.until()).isEqualTo(window.began().plusSeconds(1800));
    next(another);
    assertThat(isReadOnly()).isTrue();
    scene.end("one", 0, CollectionsTest.DONE);
    awaitReadOnly(false);
    assertThat(scene.jobs()).as("before the pods write").hasSize(1);
    next(another);
    scene.rolledOut();
    awaitSecond();
    assertThat(scene.arguments("one-2")).doesNotContain("--offline", "--take-only", "--until");
    assertThat(hasIntent()).isFalse();
    next(another);
    scene.end("one-2", 0, CollectionsTest.DONE);
    GarbageCollectionStatus ended = scene.await("one", Phase.Succeeded);
    assertThat(Objects.requireNonNull(ended.result()).quarantined())
        .isEqualTo(new GarbageCollectionStatus.Items(6, 2L, 4096));
    assertThat(ended.freed()).isEqualTo("2.0Mi");
    assertThat(window(ended).seconds()).isNotNull();
    assertThat(world.events("one"))
        .extracting(Event::getReason)
        .containsExactly(
            "ReadOnlyBegan", "CollectionStarted", "ReadOnlyEnded", "CollectionSucceeded");
    if (!another) {
      assertThat(world.metrics()).contains("winnow_collection_read_only_seconds_total");
    }
  }

  private void next(boolean another) {
    if (another) {
      world.stop();
      world.start();
    }
  }

  @Test
  void aContainerThatNobodySawEndIsAskedForBeforeAnybodyIsKeptFromPushing() {
    scene.registryPod("{}");
    scene.runs("registry-0", "containerd://0123456789abcdef", Instant.now());
    awaitCollectable("");
    scene.forget("registry-0");
    scene.annotate("look", "again");
    awaitCollectable("crictl");
    scene.collect("one", "");
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("WritersUnknown");
    assertThat(why.message()).contains("winnow.dev/ended-containers=0123456789ab");
    assertThat(isReadOnly()).isFalse();
    assertThat(hasIntent()).isFalse();
  }

  /** The registry would take no writes until the window's time is over, each night. */
  @Test
  void whatWouldKeepItsWindowFromOpeningIsToldBeforeAnybodyIsKeptFromPushing() {
    scene.registryPod("{}");
    scene.runs("registry-0", "containerd://0123456789abcdef", Instant.now());
    scene.collect("one", "");
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("WriterNotReadOnly");
    assertThat(why.message())
        .startsWith("container registry of pod registry-0 can write to the volume")
        .contains("readOnly: true");
    assertNeverBegan();
    scene.collect("two", ", dryRun: true");
    assertThat(scene.awaitJob("two")).as("needs none").isNotNull();
  }

  @Test
  void podsThatAreNotReadyAreWaitedForAWhileBeforeAWindow() {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    world.stop();
    world.clock(() -> Instant.now().plus(later.get())).start();
    scene.notReady();
    scene.collect("one", "");
    scene.await(
        "one",
        status ->
            status.phase() == Phase.WaitingForRegistry
                && String.valueOf(status.progress()).contains("0 ready"));
    assertThat(hasIntent()).isFalse();
    later.set(Duration.ofMinutes(6));
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("WorkloadNotReady");
    assertNeverBegan();

    scene.collect("two", "");
    scene.await("two", status -> status.startTime() != null);
    scene.rolledOut();
    awaitReadOnly(true);
  }

  private void assertNeverBegan() {
    assertThat(isReadOnly()).isFalse();
    assertThat(hasIntent()).isFalse();
    assertThat(scene.jobs()).isEmpty();
    assertThat(world.events("one"))
        .extracting(Event::getReason)
        .doesNotContain("ReadOnlyBegan", "ReadOnlyEnded");
  }

  /** And by an operator that comes in between. */
  @Test
  void whatAPersonHasLookedAtIsGoneOnWithInTheWindow() {
    scene.collect("zero", ", mode: Online");
    scene.end("zero", 3, "{\"exit\":3,\"reason\":\"MostlyUnreferenced\",\"message\":\"odd\"}");
    RegistryResource halted = world.awaitRegistry("main", it -> isReady(it, "MostlyUnreferenced"));
    scene.annotate(
        "winnow.dev/resume",
        Condition.find(halted.getStatus().conditions(), "Ready")
            .orElseThrow()
            .lastTransitionTime()
            .toString());
    world.awaitRegistry("main", it -> isReady(it, "Reachable"));
    scene.collect("one", "");
    awaitReadOnly(true);
    next(true);
    scene.rolledOut();
    assertThat(scene.arguments("one")).contains("--yes");
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    scene.annotate("look", "again");
    world.awaitRegistry(
        "main",
        it ->
            Boolean.TRUE.equals(
                Objects.requireNonNull(
                        Objects.requireNonNull(it.getStatus().collections()).resumed())
                    .used()));
  }

  private void awaitCollectable(String text) {
    world.awaitRegistry(
        "main",
        it ->
            Condition.find(it.getStatus().conditions(), "Collectable")
                .filter(each -> each.message().contains(text))
                .isPresent());
  }

  private static boolean isReady(RegistryResource registry, String reason) {
    return Condition.find(registry.getStatus().conditions(), "Ready")
        .filter(ready -> ready.reason().equals(reason))
        .isPresent();
  }

  @Test
  void ofAShortWindowTheCollectorLeavesAFifth() {
    world.registry(
        registry.url().toString(), FIELDS.replace("ReadOnly}", "ReadOnly, maxReadOnly: 5m}"));
    scene.collect("one", "");
    open();
    GarbageCollectionStatus.Window window = window(scene.await("one", Phase.Marking));
    assertThat(window.until()).isEqualTo(window.began().plusSeconds(300));
    assertThat(scene.arguments("one"))
        .containsSubsequence("--until", window.until().minusSeconds(60).toString());
  }

  /** What broke since may need what would be removed for good. */
  @Test
  void aCollectorThatFindsDamageIsFollowedByAPassThatPurgesNothing() {
    scene.collect("one", "");
    open();
    scene.end("one", 0, CollectionsTest.damaged("\"since\":\"20261120T030000Z\","));
    awaitReadOnly(false);
    scene.rolledOut();
    awaitSecond();
    assertThat(scene.arguments("one-2")).contains("--take-only").doesNotContain("--offline");
  }

  @Test
  void aCollectorThatFailsIsFollowedByAPassThatRestores() {
    scene.collect("one", "");
    open();
    scene.awaitJob("one");
    scene.endJob(scene.awaitJob("one"), false);
    awaitReadOnly(false);
    scene.rolledOut();
    awaitSecond();
    scene.end("one-2", 0, CollectionsTest.DONE);
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("DeadlineExceeded");
  }

  /** What runs had left to it is offered again. */
  @Test
  void aWindowThatIsTooShortForTheCollectorIsTold() {
    scene.collect("one", "");
    open();
    scene.end(
        "one",
        1,
        CollectionsTest.DONE
            .replace("\"exit\":0,\"reason\":\"Collected\"", "\"exit\":1,\"reason\":\"Partial\"")
            .replace("took 1", "nothing was taken: a second mark would not end"));
    awaitReadOnly(false);
    scene.rolledOut();
    awaitSecond();
    scene.end("one-2", 0, CollectionsTest.DONE);
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("Partial");
    assertThat(why.message()).contains("a second mark would not end");
  }

  /** Of a collection that ended before, on pods that do not get ready: nothing closes it. */
  @Test
  void theWindowOfAnotherIsNotWaitedForForEver() {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    world.stop();
    world.clock(() -> Instant.now().plus(later.get())).start();
    scene.collect("one", "");
    awaitReadOnly(true);
    world.stop();
    scene.standsOnDeployment("zero");
    world.start();
    scene.await(
        "one", status -> "waits until the window of zero is closed".equals(status.progress()));
    later.set(Duration.ofMinutes(31));
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("WindowNotOpened");
    assertThat(why.message()).contains("the window of collection zero is still on");
    scene.collect("two", ", mode: Online");
    assertThat(scene.awaitJob("two")).as("the lock is free").isNotNull();
  }

  /** The lock is free then, and the window is closed all the same once they are. */
  @Test
  void podsThatNeverWriteAgainAreNotWaitedForWithTheLock() {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    world.stop();
    world.clock(() -> Instant.now().plus(later.get())).start();
    scene.collect("one", "");
    open();
    scene.end("one", 0, CollectionsTest.DONE);
    awaitReadOnly(false);
    scene.await("one", status -> window(status).ended() != null);
    later.set(Duration.ofMinutes(16));
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("WindowNotClosed");
    assertThat(why.message()).contains("do not write again after 15 minutes");
    assertThat(hasIntent()).isTrue();
    scene.rolledOut();
    await().atMost(OperatorWorld.SOON).until(() -> !hasIntent());
  }

  @Test
  void somethingThatCanWriteEndsTheWindowAndItsCollector() {
    scene.collect("one", "");
    open();
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    Pod collector = scene.pod("one");
    scene.registryPod("{}");
    scene.runs("registry-0", "containerd://0123456789abcdef", Instant.now());
    scene.await(
        "one", status -> String.valueOf(status.progress()).contains("the end of the Job one"));
    assertThat(scene.jobs()).isEmpty();
    assertThat(isReadOnly()).as("as long as the collector may work").isTrue();
    world.admin().resource(collector).withGracePeriod(0).delete();
    awaitReadOnly(false);
    scene.rolledOut();
    scene.end("one-2", 0, CollectionsTest.DONE);
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("WindowBroken");
  }

  @ParameterizedTest(name = "while no operator runs: {0}")
  @ValueSource(booleans = {false, true})
  void aWindowIsClosedWhenItsCollectionIsDeleted(boolean unseen) {
    scene.collect("one", "");
    open();
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    Pod collector = scene.pod("one");
    if (unseen) {
      world.stop();
    }
    scene.delete("one");
    await().atMost(OperatorWorld.SOON).until(() -> scene.all().isEmpty());
    if (unseen) {
      world.admin().resource(scene.awaitJob("one")).delete();
      world.start();
    }
    await().atMost(OperatorWorld.SOON).until(() -> scene.jobs().isEmpty());
    assertThat(isReadOnly()).as("as long as the collector may work").isTrue();
    world.admin().resource(collector).withGracePeriod(0).delete();
    awaitReadOnly(false);
    scene.rolledOut();
    await().atMost(OperatorWorld.SOON).until(() -> !hasIntent());
    await()
        .atMost(OperatorWorld.SOON)
        .until(() ->
            world.events("main").stream()
                .anyMatch(each -> each.getReason().equals("ReadOnlyEnded")));
    assertThat(world.metrics()).contains("winnow_collection_read_only_seconds_total");
  }

  /** Nothing says any more where the registry is, or something else than before. */
  @ParameterizedTest
  @ValueSource(strings = {"RegistryMissing", "StorageMissing", "WorkloadMissing", "WindowReverted"})
  void aWindowIsClosedWhateverBecomesOfItsRegistry(String reason) {
    scene.collect("one", "");
    open();
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    String url = registry.url().toString();
    switch (reason) {
      case "RegistryMissing" ->
          world
              .admin()
              .resources(RegistryResource.class)
              .inNamespace(world.namespace())
              .withName("main")
              .delete();
      case "StorageMissing" -> world.registry(url, "");
      case "WorkloadMissing" ->
          world.registry(url, FIELDS.replace("name: registry}", "name: nowhere}"));
      default -> {
        scene.deployment("other", "env: []");
        world.registry(url, FIELDS.replace("name: registry}", "name: other}"));
      }
    }
    awaitReadOnly(false);
    scene.rolledOut();
    await().atMost(OperatorWorld.SOON).until(() -> !hasIntent());
    if (reason.equals("WindowReverted")) {
      assertThat(window(scene.status("one")).reason()).isEqualTo(reason);
    } else {
      assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason()).isEqualTo(reason);
    }
  }

  @Test
  void aDeploymentThatCannotBeReplacedIsLeftAlone() {
    world
        .admin()
        .resource(scene.deployment())
        .edit(it -> {
          it.getSpec().setPaused(true);
          return it;
        });
    scene.collect("one", "");
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("RolloutBlocked");
    assertThat(isReadOnly()).isFalse();
    assertThat(scene.jobs()).isEmpty();
  }

  private void awaitSecond() {
    await()
        .atMost(OperatorWorld.SOON)
        .untilAsserted(() ->
            assertThat(scene.status("one").job())
                .as(() -> String.valueOf(scene.status("one")))
                .returns("one-2", GarbageCollectionStatus.Job::name));
  }

  private void open() {
    awaitReadOnly(true);
    scene.rolledOut();
  }

  private void awaitReadOnly(boolean wanted) {
    await()
        .alias("read-only " + wanted)
        .atMost(OperatorWorld.SOON)
        .until(() -> isReadOnly() == wanted);
  }

  private boolean isReadOnly() {
    return scene.deployment().getSpec().getTemplate().getSpec().getContainers().stream()
        .flatMap(each -> each.getEnv().stream())
        .anyMatch(each -> each.getName().equals("REGISTRY_STORAGE_MAINTENANCE_READONLY"));
  }

  private boolean hasIntent() {
    return scene
        .deployment()
        .getMetadata()
        .getAnnotations()
        .containsKey("winnow.dev/read-only-window");
  }

  private static GarbageCollectionStatus.Window window(GarbageCollectionStatus status) {
    return Objects.requireNonNull(status.window());
  }
}
