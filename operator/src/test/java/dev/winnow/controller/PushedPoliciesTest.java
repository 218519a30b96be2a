package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.plan;
import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies that ask when a tag was pushed, which only the registry's volume tells. */
@Tag("server")
class PushedPoliciesTest {
  private static final String STORAGE = ", storage: {claimName: data, cache: None}";

  @TempDir private Path folder;

  private CollectionScene scene;
  private OperatorWorld world;
  private TestRegistry registry;
  private ImagePusher images;
  private PlannerScene planner;

  @BeforeEach
  void setUp() {
    use(RegistryVersion.V3);
  }

  private void use(RegistryVersion version) {
    scene = new CollectionScene();
    world = scene.world();
    registry = TestRegistry.of(version).delete(true).start();
    images = ImagePusher.to(registry.url());
    planner = new PlannerScene(scene, registry.root(), folder);
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
    planner.close();
  }

  private void push(String tag, String image, Duration ago) {
    images.push("team/app", tag, TestImages.oci(image).build());
    Path link =
        registry
            .root()
            .resolve("docker/registry/v2/repositories/team/app/_manifests/tags")
            .resolve(tag)
            .resolve("current/link");
    try {
      Files.setLastModifiedTime(link, FileTime.from(Instant.now().minus(ago)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void pushSome() {
    push("old-1", "one", Duration.ofDays(30));
    push("old-2", "two", Duration.ofDays(20));
    push("young", "three", Duration.ofDays(2));
  }

  private void start(String mode) {
    world.registry(registry.url().toString(), STORAGE);
    policy("pushed", "**", mode);
    world.start();
  }

  private void policy(String name, String repositories, String mode) {
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: %s}
        spec:
          registryRef: {name: main}
          mode: %s
          protect: {inUse: Ignore}
          rules:
          - name: aged
            repositories: ["%s"]
            keep: [{youngerThan: 14d, ageBy: Pushed}]
        """
            .formatted(name, mode, repositories));
  }

  private static Condition failed(RetentionRunStatus status) {
    return Condition.find(status.conditions(), "Failed")
        .orElseThrow(() -> new AssertionError("has not failed: " + status));
  }

  private List<String> tags() {
    return images.tags("team/app");
  }

  @EachRegistry
  void whatTheVolumeTellsIsPlannedByAJobAndDeletedOverTheApi(RegistryVersion version) {
    close();
    use(version);
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    planner.plan(run + "-plan");
    planner.plan(run + "-again");
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(result(ended)).as("%s", ended).isEqualTo(new RetentionRunStatus.Result(2, 0, 0, 0));
    assertThat(plan(ended))
        .returns(3L, RetentionRunStatus.Plan::tags)
        .returns(1L, RetentionRunStatus.Plan::keep)
        .returns(2L, RetentionRunStatus.Plan::delete);
    assertThat(plan(ended).reasons()).containsEntry("Young", 1L).containsEntry("Expired", 2L);
    assertThat(tags()).containsExactly("young");
    assertThat(world.stored(ended))
        .anySatisfy(text -> assertThat(text).contains("team/app:old-1").contains("Deleted"));
    planner.awaitNothingLeft();
  }

  @Test
  void theJobReadsTheVolumeAndHasNoWayIn() {
    scene.registryPod("{runAsUser: 1000, fsGroup: 2000}");
    pushSome();
    world.secret("auth", "somebody", "hunter2");
    world.registry(registry.url().toString(), STORAGE + ", credentialsSecretRef: {name: auth}");
    policy("pushed", "**", "Preview");
    world.start();
    String run = world.run("pushed", "");
    Job job = scene.awaitJob(run + "-plan");
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().getFirst();
    assertThat(container.getVolumeMounts())
        .filteredOn(mount -> mount.getName().equals("registry"))
        .singleElement()
        .returns(true, VolumeMount::getReadOnly);
    assertThat(String.join(" ", container.getArgs()))
        .matches(
            "plan --filename /documents --policy pushed --store /volume --deletes-by tag"
                + " --now [^ ]+Z --output jsonl --without-kept");
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(1000);
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(job.getMetadata().getOwnerReferences().getFirst().getName()).isEqualTo(run);
    assertThat(
            world
                .admin()
                .configMaps()
                .inNamespace(world.namespace())
                .withName(run + "-plan")
                .require()
                .getData()
                .toString())
        .contains(registry.url().toString())
        .doesNotContain("hunter2", "auth");
  }

  /** A copy of the volume may have lost the times, until a person says that it is meant. */
  @Test
  void theJobReadsTheVolumeThatWasCollected() {
    pushSome();
    world.registry(
        registry.url().toString(), STORAGE + ", garbageCollection: {schedule: \"0 3 29 2 *\"}");
    policy("pushed", "**", "Preview");
    world.start();
    scene.collect("one", "");
    scene.end("one", 0, CollectionsTest.DONE);
    scene.await("one", GarbageCollectionStatus.Phase.Succeeded);
    world.awaitRegistry("main", it -> "volume-1".equals(CollectionMemory.of(it).instance()));
    String run = world.run("pushed", "");
    assertThat(scene.arguments(run + "-plan")).endsWith("--expect", "volume-1");
    planner.plan(run + "-plan");
    Condition why = failed(world.awaitEnd(run));
    assertThat(why.reason()).isEqualTo("PlanFailed");
    assertThat(why.message()).contains("is a volume that was never collected and not volume-1");
  }

  @Test
  void whatBecameYoungOrMovedSinceThePlanStays() {
    pushSome();
    push("old-3", "four", Duration.ofDays(30));
    start("Approve");
    String run = world.run("pushed", "");
    planner.plan(run + "-plan");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    planner.awaitNothingLeft();
    assertThat(plan(waiting).delete()).isEqualTo(3);
    push("old-1", "one", Duration.ZERO); // the same image, pushed again: only the volume tells
    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    String log = planner.logOf(run + "-again");
    push("old-2", "other", Duration.ZERO); // after the Job has looked
    planner.tell(run + "-again", log);
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(result(ended)).as("%s", ended).isEqualTo(new RetentionRunStatus.Result(1, 2, 0, 0));
    assertThat(tags()).containsExactly("old-1", "old-2", "young");
    assertThat(world.stored(ended))
        .anySatisfy(text -> assertThat(text).contains("NowKept").contains("Moved"));
  }

  @Test
  void whatAnotherPolicyKeepsByItsPushTimeIsKept() {
    pushSome();
    start("Preview");
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: keeper}
        spec:
          registryRef: {name: main}
          rules:
          - name: longer
            repositories: ["**"]
            keep: [{youngerThan: 25d, ageBy: Pushed}]
        """);
    world.awaitPolicy("keeper", status -> true);
    String run = world.run("pushed", "");
    planner.plan(run + "-plan");
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
    assertThat(plan(ended).delete()).isEqualTo(1);
    assertThat(plan(ended).reasons()).containsEntry("KeptByPolicy", 1L);
  }

  @Test
  void aLogWithoutItsLastLineFailsTheRunAndDeletesNothing() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    String log = planner.logOf(run + "-plan");
    planner.tell(run + "-plan", log.substring(0, log.strip().lastIndexOf('\n') + 1));
    assertThat(failed(world.awaitEnd(run)).reason()).isEqualTo("PlanFailed");
    assertThat(tags()).hasSize(3);
    planner.awaitNothingLeft();
  }

  @Test
  void aLogThatLostALineFailsTheRunAndDeletesNothing() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    String log = planner.logOf(run + "-plan");
    planner.tell(run + "-plan", log.replaceFirst("\\{\"repository\".*old-1.*\n", ""));
    Condition why = failed(world.awaitEnd(run));
    assertThat(why.reason()).isEqualTo("PlanFailed");
    assertThat(why.message()).contains("2 deletions").contains("1 and 0 arrived");
    assertThat(tags()).hasSize(3);
  }

  @Test
  void whatAJobSaysOfItsFailureIsInTheRun() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    planner.fail(run + "-plan", "winnow: --store: /volume holds no registry\n", 3, "Error");
    Condition why = failed(world.awaitEnd(run));
    assertThat(why.reason()).isEqualTo("PlanFailed");
    assertThat(why.message()).contains("/volume holds no registry");

    String other = world.run("pushed", "");
    planner.fail(other + "-plan", "", 137, "OOMKilled");
    assertThat(failed(world.awaitEnd(other)).reason()).isEqualTo("OutOfMemory");
    assertThat(tags()).hasSize(3);
  }

  @Test
  void aSecondLookThatFailsDeletesNothing() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    planner.plan(run + "-plan");
    planner.fail(run + "-again", "winnow: disk on fire\n", 1, "Error");
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(failed(ended).message()).contains("disk on fire");
    assertThat(result(ended).deleted()).isZero();
    assertThat(tags()).hasSize(3);
    planner.awaitNothingLeft();
  }

  @Test
  void anotherOperatorPlansWithAJobOfItsOwn() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    scene.awaitJob(run + "-plan");
    world.stop();
    planner.awaitNothingLeft();
    Job left = scene.jobOf(world.runs().getFirst(), run + "-plan"); // as one that is killed leaves
    world.start();
    Awaitility.await()
        .atMost(OperatorWorld.SOON)
        .until(
            () -> scene.awaitJob(run + "-plan").getMetadata().getUid(),
            uid -> !uid.equals(left.getMetadata().getUid()));
    planner.plan(run + "-plan");
    Job again = scene.awaitJob(run + "-again");
    world.stop();
    world.start();
    Awaitility.await()
        .atMost(OperatorWorld.SOON)
        .until(
            () -> scene.awaitJob(run + "-again").getMetadata().getUid(),
            uid -> !uid.equals(again.getMetadata().getUid()));
    planner.plan(run + "-again");
    assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(2);
  }

  @Test
  void aRunThatIsCancelledTakesItsJobAway() {
    pushSome();
    start("Enforce");
    String run = world.run("pushed", "");
    scene.awaitJob(run + "-plan");
    world.patchRun(run, "{\"cancel\": true}");
    assertThat(world.awaitEnd(run).phase()).isEqualTo(Phase.Cancelled);
    planner.awaitNothingLeft();
  }

  @Test
  void aJobOfSomebodyElseIsLeftAlone() {
    pushSome();
    start("Enforce");
    String run = "mine";
    scene.jobOfSomebodyElse(run + "-plan");
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionRun
        metadata: {name: mine}
        spec: {policyRef: {name: pushed}}
        """);
    assertThat(failed(world.awaitEnd(run)).reason()).isEqualTo("JobNameTaken");
    assertThat(planner.jobs()).hasSize(1);
  }

  @Test
  void withoutStorageItIsSaid() {
    world.registry(registry.url().toString(), "");
    policy("pushed", "**", "Enforce");
    world.start();
    world.awaitPolicy(
        "pushed",
        status ->
            Condition.find(status.conditions(), "Ready")
                .filter(ready -> ready.reason().equals("PushTimesUnknown"))
                .filter(ready -> ready.message().contains("spec.storage"))
                .isPresent());
  }
}
