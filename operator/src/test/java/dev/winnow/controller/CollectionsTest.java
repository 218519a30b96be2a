package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a GarbageCollection, and which Job it has. */
@Tag("server")
class CollectionsTest {
  private static final String STORAGE = ", storage: {claimName: data, cache: None}";

  static final String DONE =
      "{\"exit\":0,\"reason\":\"Collected\",\"message\":\"took 1\",\"result\":{\"pass\":\"p\","
          + "\"instance\":\"volume-1\",\"repositories\":2,\"manifests\":9,"
          + "\"blobs\":{\"total\":20,\"live\":15,\"bytes\":3145728},"
          + "\"waiting\":{\"blobs\":2,\"manifests\":0,\"bytes\":1024,\"earliest\":\"2026-11-25T00:00:00Z\"},"
          + "\"held\":{\"blobs\":3,\"bytes\":2048,\"earliest\":\"2026-11-24T02:00:00Z\",\"why\":\"Hold\"},"
          + "\"quarantined\":{\"blobs\":3,\"manifests\":1,\"bytes\":2048},"
          + "\"restored\":{\"blobs\":0,\"bytes\":0},\"purged\":{\"blobs\":1,\"bytes\":1048576}}}";

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
  }

  @AfterEach
  void close() {
    scene.close();
  }

  private void start(String fields) {
    world.registry(registry.url().toString(), fields);
    world.start();
  }

  @Test
  void theJobIsTheCollectorBesideTheRegistryAndAsRestrictedAsItCanBe() {
    scene.registryPod(
        "{runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [7]}");
    start(
        ", storage: {claimName: data, rootDirectory: store/, cache: Redis,"
            + " redis: {url: \"redis://redis:6379/0\", passwordSecretRef: {name: redis, key: pw}}},"
            + " garbageCollection: {gracePeriod: 25h, holdPeriod: 3d, untagged: {olderThan: Never},"
            + " job: {resources: {limits: {memory: 2Gi}}, nodeSelector: {disk: fast},"
            + " tolerations: [{key: dedicated, operator: Exists}], securityContext: {fsGroup: 2001}}}");
    scene.collect("one", ", dryRun: true");
    Job job = scene.awaitJob("one");
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().getFirst();
    assertThat(container.getImage()).isEqualTo(CollectionScene.IMAGE);
    assertThat(String.join(" ", container.getArgs()))
        .matches(
            "collect --root /volume/store -o json --result /dev/termination-log --grace 25h"
                + " --hold 3d --untagged never --cache redis --redis redis://redis:6379/0"
                + " --writers-since [^ ]+Z --dry-run");
    assertThat(container.getEnv()).hasSize(1);
    assertThat(container.getEnv().getFirst().getValueFrom().getSecretKeyRef().getName())
        .isEqualTo("redis");
    assertThat(container.getResources().getLimits()).containsEntry("memory", new Quantity("2Gi"));
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container.getVolumeMounts()).allMatch(mount -> mount.getSubPath() == null);
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(1000);
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsGroup()).isEqualTo(1000);
    assertThat(pod.getSecurityContext().getFsGroup()).isEqualTo(2001);
    assertThat(pod.getSecurityContext().getSupplementalGroups()).containsExactly(7L);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getNodeSelector()).containsEntry("disk", "fast");
    assertThat(pod.getTolerations()).anyMatch(each -> "dedicated".equals(each.getKey()));
    assertThat(
            pod.getAffinity()
                .getNodeAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution()
                .getNodeSelectorTerms()
                .getFirst()
                .getMatchFields()
                .getFirst()
                .getValues())
        .containsExactly("node-b");
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    world.restrictPods();
    assertThat(scene.pod("one").getMetadata().getUid()).as("admitted").isNotEmpty();
    assertThat(job.getSpec().getBackoffLimit()).isZero();
    assertThat(job.getSpec().getActiveDeadlineSeconds()).isPositive();
    assertThat(job.getSpec().getTtlSecondsAfterFinished()).isPositive();
    assertThat(job.getMetadata().getOwnerReferences().getFirst().getName()).isEqualTo("one");
  }

  @Test
  void whatTheJobSaysIsInTheStatusOfTheCollectionAndOfItsRegistry() {
    start(STORAGE);
    scene.collect("one", "");
    GarbageCollectionStatus working = scene.await("one", Phase.Marking);
    assertThat(working.settings()).isNotNull();
    scene.end("one", 0, DONE);
    GarbageCollectionStatus ended = scene.await("one", Phase.Succeeded);
    assertThat(ended.freed()).isEqualTo("1.0Mi");
    assertThat(ended.held()).isEqualTo("3.0Ki");
    assertThat(ended.why().map(Condition::message)).contains("took 1");
    RegistryStatus status =
        world.awaitRegistry("main", it -> it.getStatus().lastCollection() != null).getStatus();
    assertThat(status.size()).isEqualTo("3.0Mi");
    assertThat(status.held()).isEqualTo("3.0Ki Hold");
    Condition held = Condition.find(status.conditions(), "SpaceHeldBack").orElseThrow();
    assertThat(held.reason()).isEqualTo("Hold");
    assertThat(held.message())
        .isEqualTo(
            "3 blobs (2.0Ki) in the trash can still be brought back, until 2026-11-24 02:00 UTC at"
                + " the earliest (spec.garbageCollection.holdPeriod); 2 blobs (1.0Ki) in place must"
                + " be seen unneeded once more, until 2026-11-25 00:00 UTC at the earliest"
                + " (spec.garbageCollection.gracePeriod)");
    assertThat(status.repositories()).isEqualTo(2);
    await() // each is counted by a look of its own
        .untilAsserted(() ->
            assertThat(world.metrics())
                .contains("winnow_collections_total{phase=\"Succeeded\",reason=\"Collected\"} 1.0")
                .contains("winnow_collected_bytes_total{step=\"purged\"} 1048576.0")
                .contains(
                    "winnow_collection_held_bytes{registry=\""
                        + world.namespace()
                        + "/main\"} 3072.0")
                .containsPattern(
                    "winnow_collection_since_success_seconds\\{[^}]*/main\"} \\d{1,2}\\.0")
                .contains("winnow_collection_last_success_timestamp_seconds{")
                .contains("winnow_collected_blobs_total{step=\"purged\"} 1.0"));

    scene.collect("two", "");
    assertThat(scene.arguments("two")).contains("--expect", "volume-1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -                                                     | StorageMissing  | spec.storage: the field is missing
          , storage: {claimName: other}                         | ClaimMissing    | spec.storage.claimName: there is no PersistentVolumeClaim other
          , storage: {claimName: data}, garbageCollection: {holdPeriod: 0s} | Invalid | spec.garbageCollection.holdPeriod
          , storage: {claimName: data}, garbageCollection: {gracePeriod: 59m} | Invalid | spec.garbageCollection.gracePeriod: must be at least 1h
          , storage: {claimName: data}, garbageCollection: {schedule: daily} | Invalid | spec.garbageCollection.schedule
          , storage: {claimName: data}, garbageCollection: {mode: ReadOnly} | WorkloadUnknown | mode: ReadOnly needs spec.storage.workloadRef
          , storage: {claimName: data, rootDirectory: other, workloadRef: {kind: Deployment, name: registry}} | RootDirectoryContradicted | but the registry's root directory /var/lib/registry is ""
          , storage: {claimName: data, workloadRef: {kind: Deployment, name: registry, container: other}} | ContainerMissing | has no container other
          , storage: {claimName: data}, garbageCollection: {maxReadOnly: 4m} | Invalid | spec.garbageCollection.maxReadOnly: must be at least 5m
          , storage: {claimName: data, cache: Redis, redis: {url: "redis://redis:6379/main"}} | Invalid | spec.storage.redis.url: is no address of a Redis
          , storage: {claimName: data}, garbageCollection: {job: {resources: {limits: {memory: much}}}} | JobRefused | the API server refuses the Job
          , storage: {claimName: data}, garbageCollection: {job: {tolerations: [{key: [a]}]}} | Invalid | spec.garbageCollection.job.tolerations
          """)
  void whatCannotBeHasNoJobAndSaysWhy(String fields, String reason, String message) {
    scene.deployment("env: [{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: none}]");
    scene.registryPod("{}");
    start(fields == null ? "" : fields);
    scene.collect("one", "");
    GarbageCollectionStatus ended = scene.await("one", Phase.Failed);
    Condition why = ended.why().orElseThrow();
    assertThat(why.reason()).isEqualTo(reason);
    assertThat(why.message()).contains(message);
    assertThat(scene.jobs()).isEmpty();
  }

  @Test
  void whatForbidsACollectionStandsInTheRegistryUntilItIsMended() {
    start(", storage: {claimName: data, workloadRef: {kind: Deployment, name: registry}}");
    assertThat(awaitCollectable("WorkloadMissing").message())
        .isEqualTo(
            "spec.storage.workloadRef: there is no Deployment registry in namespace "
                + world.namespace());
    scene.collect("one", "");
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("WorkloadMissing");
    scene.deployment("env: [{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: none}]");
    annotate("look", "again");
    assertThat(awaitCollectable("Collectable").status()).isEqualTo(Condition.Status.True);
    scene.collect("two", "");
    assertThat(scene.arguments("two")).containsSubsequence("--cache", "none");
    assertThat(scene.jobs()).hasSize(1);
  }

  /** Its pod is gone, and with it what would have said that it ended. */
  @Test
  void aContainerThatNobodySawEndIsToldUntilSomebodySaysSo() {
    scene.registryPod("{}");
    scene.runs("registry-0", "containerd://0123456789abcdef", Instant.now());
    start(", storage: {claimName: data}");
    awaitCollectable("Collectable");
    scene.forget("registry-0");
    annotate("look", "again");
    world.awaitRegistry("main", it -> collectable(it).message().contains("crictl"));
    scene.collect("one", "");
    assertThat(scene.arguments("one")).doesNotContain("--writers-since", "--cache");
    scene.end("one", 0, DONE);
    scene.await("one", Phase.Succeeded);
    annotate("winnow.dev/ended-containers", "0123456789ab");
    world.awaitRegistry("main", it -> !collectable(it).message().contains("crictl"));
    scene.collect("two", "");
    assertThat(scene.arguments("two")).contains("--writers-since");
  }

  @Test
  void theRedisOfTheRegistryIsTheCollectors() {
    String cache = "env: [{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: redis}";
    scene.deployment(cache + "]");
    start(", storage: {claimName: data, workloadRef: {kind: Deployment, name: registry}}");
    scene.collect("one", "");
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("RedisUnknown");
    awaitCollectable("RedisUnknown");

    String address = cache + ", {name: REGISTRY_REDIS_ADDR, value: 'cache:6380'}";
    scene.deployment(address + "]");
    scene.collect("two", "");
    assertThat(scene.arguments("two"))
        .containsSubsequence("--cache", "redis", "--redis", "redis://cache:6380/0");
    scene.end("two", 0, DONE);
    scene.await("two", Phase.Succeeded);

    scene.deployment(
        address
            + ", {name: REGISTRY_REDIS_DB, value: '3'}, {name: REGISTRY_REDIS_PASSWORD,"
            + " valueFrom: {secretKeyRef: {name: redis, key: pw}}}]");
    scene.collect("three", "");
    assertThat(scene.arguments("three")).contains("redis://cache:6380/3");
    assertThat(
            scene
                .awaitJob("three")
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv())
        .singleElement()
        .returns("WINNOW_REDIS_PASSWORD", EnvVar::getName)
        .returns("redis", each -> each.getValueFrom().getSecretKeyRef().getName());
    scene.end("three", 0, DONE);
    scene.await("three", Phase.Succeeded);

    scene.deployment(cache + "]");
    scene.collect("four", "");
    assertThat(scene.await("four", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("RedisUnknown");
  }

  private Condition awaitCollectable(String reason) {
    return collectable(
        world.awaitRegistry(
            "main",
            it ->
                Condition.find(it.getStatus().conditions(), "Collectable")
                    .filter(each -> each.reason().equals(reason))
                    .isPresent()));
  }

  private static Condition collectable(RegistryResource registry) {
    return Condition.find(registry.getStatus().conditions(), "Collectable").orElseThrow();
  }

  @Test
  void ofTwoRegistriesOnOneClaimTheFirstIsCollected() {
    start(STORAGE);
    RegistryResource first = world.awaitRegistry("main", it -> true);
    await()
        .until(() ->
            Instant.now()
                .isAfter(Instant.parse(first.getMetadata().getCreationTimestamp()).plusSeconds(1)));
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: second}
        spec: {url: "http://127.0.0.1:9", storage: {claimName: data}}
        ---
        apiVersion: winnow.dev/v1alpha1
        kind: GarbageCollection
        metadata: {name: of-second}
        spec: {registryRef: {name: second}}
        """);
    GarbageCollectionStatus ended = scene.await("of-second", Phase.Failed);
    assertThat(ended.why().orElseThrow().reason()).isEqualTo("ClaimShared");
    world.awaitRegistry(
        "second",
        it ->
            Condition.find(it.getStatus().conditions(), "Collectable")
                .filter(not -> not.reason().equals("ClaimShared"))
                .isPresent());
  }

  @Test
  void anOperatorGoesOnWithTheJobOfTheOneBefore() {
    start(STORAGE);
    scene.collect("one", "");
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    world.stop();
    world.start();
    scene.collect("two", "");
    scene.await("two", status -> "waits for collection one".equals(status.progress()));
    scene.end("one", 0, DONE);
    scene.await("one", Phase.Succeeded);
    scene.await("two", Phase.Marking);
    assertThat(scene.awaitJob("two")).isNotNull();
  }

  @Test
  void aJobThatIsGoneOrSomebodyElsesEndsTheCollection() {
    start(STORAGE);
    scene.collect("one", "");
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    world.admin().resource(scene.awaitJob("one")).delete();
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("JobDeleted");

    Job other = scene.jobOfSomebodyElse("two");
    scene.collect("two", "");
    assertThat(scene.await("two", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("JobNameTaken");
    assertThat(scene.awaitJob("two").getMetadata().getUid())
        .isEqualTo(other.getMetadata().getUid());
  }

  @Test
  void aCollectorThatCouldNotSayHowItEndedIsTold() {
    start(STORAGE);
    scene.collect("one", "");
    scene.endJob(scene.awaitJob("one"), false);
    Condition why = scene.await("one", Phase.Failed).why().orElseThrow();
    assertThat(why.reason()).isEqualTo("DeadlineExceeded");
    assertThat(why.message()).contains("the next collection goes on from there");
  }

  /** Between two containers that decide again none runs. */
  @Test
  void aCollectorWhoseDecidersTakeLongIsNotGivenUp() {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    world.clock(() -> Instant.now().plus(later.get()));
    world.registry(registry.url().toString(), STORAGE);
    world.start(Patience.DEFAULT);
    scene.collect("one", "");
    scene.podWithDecider("one");
    Instant decided = Instant.now().plus(Duration.ofMinutes(30));
    scene.decided("one", decided, "first look");
    scene.await("one", status -> String.valueOf(status.progress()).contains("first look"));
    later.set(Duration.ofMinutes(35));
    scene.decided("one", decided, "second look");
    scene.await("one", status -> String.valueOf(status.progress()).contains("second look"));
    later.set(Duration.ofMinutes(41));
    assertThat(scene.await("one", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("NotStarted");
  }

  /** The same with damage of these fields. */
  static String damaged(String fields) {
    return DONE.replace(
        "\"pass\"",
        "\"damaged\":{\"count\":2,"
            + fields
            + "\"first\":[\"a:1 sha256:ff has no data\"]},\"pass\"");
  }

  @Test
  void damageStopsFurtherCollectionsUntilItIsKnown() {
    start(STORAGE);
    String found = damaged("\"before\":1,\"since\":\"20261120T030000Z\",");
    scene.collect("one", "");
    scene.end("one", 0, found);
    RegistryResource halted = awaitReady("Damaged");
    assertThat(ready(halted).status()).isEqualTo(Condition.Status.False);
    assertThat(halted.getStatus().conditions())
        .extracting(Condition::type)
        .as("it waits for a person")
        .contains("Stalled")
        .doesNotContain("Reconciling");
    assertThat(ready(halted).message())
        .contains(
            "2 things",
            "1 of them since before the first collection",
            "a:1 sha256:ff has no data",
            "winnow.dev/resume=");
    assertThat(damaged(halted).reason()).isEqualTo("Found");
    scene.collect("two", "");
    assertThat(scene.await("two", Phase.Failed).why().orElseThrow().reason()).isEqualTo("Damaged");

    annotate("winnow.dev/resume", ready(halted).lastTransitionTime().toString());
    assertThat(damaged(awaitReady("Reachable")).reason()).isEqualTo("Acknowledged");
    scene.collect("three", "");
    scene.end("three", 0, found.replace("\"count\":2", "\"count\":1"));
    scene.await("three", Phase.Succeeded);
    assertThat(scene.arguments("three")).doesNotContain("--yes");
    scene.collect("four", "");
    scene.end("four", 0, found.replace("20261120T", "20261121T"));
    awaitReady("Damaged");
  }

  /** No collection did it, and none makes it worse. */
  @Test
  void damageOfBeforeTheFirstCollectionIsToldAndStopsNothing() {
    start(STORAGE);
    scene.collect("one", "");
    scene.end("one", 0, damaged("\"before\":2,"));
    RegistryResource told =
        world.awaitRegistry(
            "main", it -> Condition.find(it.getStatus().conditions(), "Damaged").isPresent());
    assertThat(damaged(told).reason()).isEqualTo("BeforeFirstCollection");
    assertThat(damaged(told).message())
        .startsWith(
            "2 things that tags need are not on the volume, as before the first collection: a:1");
    assertThat(ready(told).reason()).isEqualTo("Reachable");
    scene.collect("two", "");
    scene.end("two", 0, DONE);
    scene.await("two", Phase.Succeeded);
    world.awaitRegistry(
        "main", it -> Condition.find(it.getStatus().conditions(), "Damaged").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"MostlyUnreferenced", "RepositoriesMissing", "ForeignCollector"})
  void whatAPersonHasLookedAtIsGoneOnWithOnce(String reason) {
    start(STORAGE);
    scene.collect("one", "");
    scene.end("one", 3, "{\"exit\":3,\"reason\":\"" + reason + "\",\"message\":\"odd\"}");
    RegistryResource halted = awaitReady(reason);
    assertThat(ready(halted).message()).startsWith("odd; nothing is collected until");
    annotate("winnow.dev/resume", ready(halted).lastTransitionTime().toString());
    awaitReady("Reachable");
    scene.collect("two", "");
    assertThat(scene.arguments("two")).contains("--yes");
    scene.end("two", 0, DONE);
    scene.await("two", Phase.Succeeded);
    scene.collect("three", "");
    assertThat(scene.arguments("three")).doesNotContain("--yes");
  }

  /** A registry that was away all the while was not ready since before the first of both. */
  @Test
  void whatAPersonHasLookedAtDoesNotLiftWhatComesLater() {
    world.registry("http://127.0.0.1:1", STORAGE);
    world.start();
    RegistryResource away = awaitReady("Unreachable");
    scene.collect("one", "");
    scene.end("one", 3, "{\"exit\":3,\"reason\":\"MostlyUnreferenced\",\"message\":\"odd\"}");
    Condition first = ready(awaitReady("MostlyUnreferenced"));
    assertThat(first.message()).contains("winnow.dev/resume=" + first.lastTransitionTime());
    assertThat(ready(away).status()).isEqualTo(Condition.Status.False);
    annotate("winnow.dev/resume", first.lastTransitionTime().toString());
    awaitReady("Unreachable");
    scene.collect("two", "");
    scene.end("two", 3, "{\"exit\":3,\"reason\":\"RepositoriesMissing\",\"message\":\"odd\"}");
    Condition second = ready(awaitReady("RepositoriesMissing"));
    assertThat(second.message()).contains("winnow.dev/resume=" + second.lastTransitionTime());
    scene.collect("three", "");
    assertThat(scene.await("three", Phase.Failed).why().orElseThrow().reason())
        .isEqualTo("RepositoriesMissing");
  }

  /** It is another one from then on. */
  @Test
  void anotherVolumeIsTakenOnceAPersonHasSaidSo() {
    start(STORAGE);
    scene.collect("one", "");
    scene.end("one", 0, DONE);
    scene.await("one", Phase.Succeeded);
    scene.collect("two", "");
    assertThat(scene.arguments("two")).contains("--expect");
    scene.end("two", 3, "{\"exit\":3,\"reason\":\"OtherVolume\",\"message\":\"odd\"}");
    annotate("winnow.dev/resume", ready(awaitReady("OtherVolume")).lastTransitionTime().toString());
    awaitReady("Reachable");
    scene.collect("three", "");
    assertThat(scene.arguments("three")).doesNotContain("--expect");
  }

  private RegistryResource awaitReady(String reason) {
    return world.awaitRegistry(
        "main",
        it ->
            Condition.find(it.getStatus().conditions(), "Ready")
                .filter(ready -> ready.reason().equals(reason))
                .isPresent());
  }

  private static Condition damaged(RegistryResource registry) {
    return Condition.find(registry.getStatus().conditions(), "Damaged").orElseThrow();
  }

  private static Condition ready(RegistryResource registry) {
    return Condition.find(registry.getStatus().conditions(), "Ready").orElseThrow();
  }

  private void annotate(String key, String value) {
    scene.annotate(key, value);
  }

  @Test
  void aRunThatDeletesWaitsForTheJobAlsoOfAnOperatorThatIsGone() {
    try (ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "new", TestImages.oci("new").build());
      start(STORAGE);
      scene.collect("one", "");
      scene.await("one", status -> status.job() != null && status.job().uid() != null);
      world.stop();
      world.start();
      world.policy("builds", "mode: Enforce");
      String run = world.run("builds", "");
      world.awaitRun(
          run, status -> String.valueOf(status.progress()).contains("waits for collection"));
      scene.end("one", 0, DONE);
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(OperatorWorld.result(ended).deleted()).isEqualTo(1);
    }
  }

  @Test
  void aCollectionThatIsDeletedTakesItsJobAlong() {
    start(STORAGE);
    scene.collect("one", "");
    scene.await("one", status -> status.job() != null && status.job().uid() != null);
    scene.delete("one");
    await().atMost(OperatorWorld.SOON).until(() -> scene.jobs().isEmpty());
    scene.collect("two", "");
    scene.awaitJob("two");
  }

  /** Each is looked at, and what the one before it had is let go of. */
  @Test
  void oneThatIsMadeUnderTheNameOfOneThatWasJustDeleted() {
    start(STORAGE);
    scene.collect("one", "");
    scene.awaitJob("one");
    for (int i = 0; i < 20; i++) {
      scene.delete("one");
      scene.collect("one", "");
      scene.await("one", status -> status.phase() != null);
    }
    scene.delete("one");
    scene.collect("two", "");
    scene.awaitJob("two");
  }

  /** What the first one took is purged by the second, once nobody remembers it. */
  @Test
  void theRegistryIsRestartedBetweenThePassThatTookAndTheOneThatPurges() {
    scene.deployment("env: [{name: OTHER, value: stays}]");
    scene.rolledOut();
    start(
        ", storage: {claimName: data, workloadRef: {kind: Deployment, name: registry}},"
            + " garbageCollection: {restart: Allowed}");
    scene.collect("one", "");
    scene.end("one", 0, DONE.replace("\"why\":\"Hold\"", "\"why\":\"RegistryNotRestarted\""));
    scene.await("one", Phase.Succeeded);
    assertThat(restartedFor()).as("nothing waited for it").isNull();

    scene.collect("two", "");
    String two = scene.get("two").getMetadata().getUid();
    await().atMost(OperatorWorld.SOON).until(() -> two.equals(restartedFor()));
    world.stop();
    world.start();
    scene.await("two", status -> String.valueOf(status.progress()).contains("is restarted"));
    assertThat(scene.jobs()).hasSize(1);
    scene.rolledOut();
    assertThat(scene.arguments("two")).contains("--writers-since");
    GarbageCollectionStatus status = scene.await("two", Phase.Marking);
    assertThat(Objects.requireNonNull(status.restart()).done()).isNotNull();
    scene.end("two", 0, DONE);
    scene.await("two", Phase.Succeeded);
    assertThat(world.events("two"))
        .extracting(Event::getReason)
        .containsExactly("RegistryRestarted", "CollectionStarted", "CollectionSucceeded");

    scene.collect("three", "");
    scene.awaitJob("three");
    assertThat(restartedFor()).as("nothing waits for another").isEqualTo(two);
  }

  private @Nullable String restartedFor() {
    var metadata = scene.deployment().getMetadata();
    return metadata.getAnnotations() == null
        ? null
        : metadata.getAnnotations().get("winnow.dev/restarted-for");
  }

  @Test
  void aRequestMakesOneAndTheOldestGo() {
    start(STORAGE);
    for (int i = 1; i <= 5; i++) {
      annotate("winnow.dev/requested-at", "request " + i);
      int number = i;
      String name =
          await()
              .atMost(OperatorWorld.SOON)
              .until(
                  () ->
                      scene.all().stream()
                          .filter(each -> !CollectionCreator.phase(each).isEnd())
                          .map(each -> each.getMetadata().getName())
                          .findFirst()
                          .orElse(""),
                  found -> !found.isEmpty());
      assertThat(name).as("request %d", number).matches("main-gc-\\w{8}-r\\w{8}");
      scene.end(name, 0, DONE);
      scene.await(name, Phase.Succeeded);
    }
    await().atMost(OperatorWorld.SOON).untilAsserted(() -> assertThat(scene.all()).hasSize(3));
  }

  /** They have taken nothing, and what others have taken is to be asked for. */
  @Test
  void dryRunsPushNoOtherCollectionOut() {
    start(STORAGE);
    scene.collect("real", "");
    scene.end("real", 0, DONE);
    scene.await("real", Phase.Succeeded);
    for (int i = 1; i <= 4; i++) {
      scene.collect("dry-" + i, ", dryRun: true");
      scene.end("dry-" + i, 0, DONE);
      scene.await("dry-" + i, Phase.Succeeded);
    }
    await()
        .atMost(OperatorWorld.SOON)
        .untilAsserted(() ->
            assertThat(scene.all())
                .extracting(each -> each.getMetadata().getName())
                .containsExactlyInAnyOrder("real", "dry-2", "dry-3", "dry-4"));
  }
}
