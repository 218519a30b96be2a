package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.plan;
import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs from their beginning to their end, by an operator on a real API server and registries. */
@Tag("server")
class RunsTest {
  private static final String NO_DIGEST = "sha256:" + "0".repeat(64);

  private TestRegistry registry;
  private ImagePusher images;
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    use(TestRegistry.of(RegistryVersion.V3).delete(true).start());
    world = new OperatorWorld();
  }

  private void use(TestRegistry other) {
    registry = other;
    images = ImagePusher.to(registry.url());
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
  }

  private List<String> tags() {
    return images.tags("team/app");
  }

  private static Condition condition(RetentionRunStatus status, String type) {
    return Condition.find(status.conditions(), type)
        .orElseThrow(() -> new AssertionError("no condition " + type + " in " + status));
  }

  @EachRegistry
  void previewDeletesNothingAndEnforceDeletesThePlan(RegistryVersion version) {
    close();
    setUp();
    registry.close();
    use(TestRegistry.of(version).delete(true).start());
    world.start();
    OperatorWorld.pushOld(images, 2);
    world.registry(registry.url().toString(), "");
    world.policy("preview", "");
    RetentionRunStatus previewed = world.awaitEnd(world.run("preview", ""));
    assertThat(condition(previewed, "Complete").message())
        .isEqualTo("2 of 3 tags would be deleted");
    assertThat(plan(previewed))
        .returns(3L, RetentionRunStatus.Plan::tags)
        .returns(2L, RetentionRunStatus.Plan::delete)
        .returns(1L, RetentionRunStatus.Plan::keep)
        .returns(Map.of("Expired", 2L, "NotSelected", 1L), RetentionRunStatus.Plan::reasons);
    assertThat(previewed.mostDeleted())
        .containsExactly(new RetentionRunStatus.RepositoryCount("team/app", 2));
    assertThat(previewed.result()).isNull();
    assertThat(tags()).containsExactly("new", "old-1", "old-2");

    world.policy("enforce", "mode: Enforce");
    RetentionRunStatus enforced = world.awaitEnd(world.run("enforce", ""));
    assertThat(condition(enforced, "Complete").message())
        .isEqualTo("2 tags deleted, 0 skipped, 0 failed");
    assertThat(result(enforced)).isEqualTo(new RetentionRunStatus.Result(2, 0, 0, 0));
    assertThat(tags()).containsExactly("new");
    assertThat(world.stored(enforced))
        .anySatisfy(
            text -> assertThat(text).contains("team/app:old-1").contains("Expired old Deleted"));
    world.awaitRegistry(
        "main",
        found ->
            Integer.valueOf(1).equals(found.getStatus().tags())
                && Condition.find(found.getStatus().conditions(), "Deletable")
                    .filter(deletable -> deletable.status() == Status.True)
                    .isPresent());
    world.awaitPolicy(
        "enforce",
        status ->
            status.lastRun() != null && Integer.valueOf(2).equals(status.lastRun().deleted()));
  }

  @Test
  void waitsForTheApprovalOfItsOwnPlan() {
    world.start();
    OperatorWorld.pushOld(images, 2);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String run = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    assertThat(condition(waiting, "AwaitingApproval"))
        .returns("ApprovalRequired", Condition::reason)
        .satisfies(why -> assertThat(why.message()).contains("kubectl winnow approve " + run));
    assertThat(world.stored(waiting).getFirst())
        .contains("team/app:old-1 sha256:")
        .contains("Delete Expired old");
    world.awaitPolicy("builds", status -> run.equals(status.awaitingRun()));

    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(NO_DIGEST));
    world.awaitRun(
        run,
        status ->
            Condition.find(status.conditions(), "AwaitingApproval")
                .filter(condition -> condition.reason().equals("OtherPlanApproved"))
                .isPresent());
    assertThat(tags()).containsExactly("new", "old-1", "old-2");

    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    assertThat(world.awaitEnd(run).phase()).isEqualTo(Phase.Succeeded);
    assertThat(tags()).containsExactly("new");
    world.awaitPolicy("builds", status -> status.awaitingRun() == null);
    await()
        .atMost(OperatorWorld.SOON)
        .untilAsserted(() ->
            assertThat(events(run))
                .containsExactly(
                    "RunStarted",
                    "AwaitingApproval",
                    "OtherPlanApproved",
                    "Approved",
                    "RunSucceeded"));
  }

  @Test
  void overALimitNeedsAnApprovalThatLiftsIt() {
    world.start();
    OperatorWorld.pushOld(images, 3);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce\nlimits: {maxDeletedTags: 2}");
    String run = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    assertThat(condition(waiting, "AwaitingApproval"))
        .returns("LimitExceeded", Condition::reason)
        .satisfies(over ->
            assertThat(over.message())
                .startsWith("3 tags would be deleted, limits.maxDeletedTags is 2"));
    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(3);
    assertThat(events(run)).contains("RunStarted", "LimitExceeded", "RunSucceeded");
  }

  private List<String> events(String name) {
    return world.events(name).stream().map(Event::getReason).toList();
  }

  @Test
  void aPlanThatNobodyApprovesExpires() {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    world.clock(() -> Instant.now().plus(later.get())).start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String run = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    later.set(Duration.ofHours(25));
    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(ended.phase()).isEqualTo(Phase.Cancelled);
    assertThat(condition(ended, "Failed").reason()).isEqualTo("Expired");
    assertThat(tags()).containsExactly("new", "old-1");
  }

  @Test
  void aNewerRunSupersedesOneThatWaitsButALookDoesNot() {
    world.start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String first = world.run("builds", "");
    world.awaitRun(first, Phase.AwaitingApproval);
    String look = world.run("builds", ", mode: Preview");
    assertThat(world.awaitEnd(look).phase()).isEqualTo(Phase.Succeeded);
    assertThat(world.runStatus(first).phase()).isEqualTo(Phase.AwaitingApproval);
    images.push("team/app", "old-2", TestImages.oci("old 2").build());
    String second = world.runLater("builds", first);
    RetentionRunStatus ended = world.awaitEnd(first);
    assertThat(condition(ended, "Failed").reason()).isEqualTo("Superseded");
    world.awaitRun(second, Phase.AwaitingApproval);
    assertThat(tags()).containsExactly("new", "old-1", "old-2");
  }

  /** However often the policy runs, a person has a day to approve a plan that stays the same. */
  @Test
  void aNewerRunOfTheSamePlanLeavesItToTheOneThatWaits() {
    world.start();
    OperatorWorld.pushOld(images, 2);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce\nlimits: {maxDeletedTags: 1}");
    String first = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(first, Phase.AwaitingApproval);
    RetentionRunStatus second = world.awaitEnd(world.runLater("builds", first));
    assertThat(second.phase()).isEqualTo(Phase.Succeeded);
    assertThat(condition(second, "Complete"))
        .returns("SamePlan", Condition::reason)
        .satisfies(why -> assertThat(why.message()).contains(first));
    assertThat(world.runStatus(first)).isEqualTo(waiting);
    world.patchRun(first, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    assertThat(result(world.awaitEnd(first)).deleted()).isEqualTo(2);
  }

  /**
   * With a schedule of each day the one that waits is about to expire when the next has its plan.
   */
  @Test
  void aNewerRunOfTheSamePlanTakesOverFromOneThatIsAboutToExpire() {
    world.start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String first = world.run("builds", "");
    world.awaitRun(first, Phase.AwaitingApproval);
    world.makeWaitSince(first, Instant.now().minus(Duration.ofHours(13)));
    String second = world.runLater("builds", first);
    world.awaitRun(second, Phase.AwaitingApproval);
    assertThat(condition(world.awaitEnd(first), "Failed").reason()).isEqualTo("Superseded");
  }

  @Test
  void anApprovalWaitsForTheNewerRunThatPlans() {
    OperatorWorld.pushOld(images, 1);
    AtomicBoolean holds = new AtomicBoolean();
    CountDownLatch opened = new CountDownLatch(1);
    try (TestProxy proxy =
        TestProxy.before(registry.url())
            .rule(request ->
                holds.get() && request.path().contains("/tags/list")
                    ? new Fault.Hold(opened)
                    : null)) {
      world.start();
      world.registry(proxy.url().toString(), "");
      world.policy("builds", "mode: Approve");
      String first = world.run("builds", "");
      RetentionRunStatus waiting = world.awaitRun(first, Phase.AwaitingApproval);
      images.push("team/app", "old-2", TestImages.oci("old 2").build());
      holds.set(true);
      String second = world.runLater("builds", first);
      world.awaitRun(second, Phase.Planning);
      world.patchRun(first, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
      world.awaitSeen(first, 2);
      assertThat(world.runStatus(first).phase()).isEqualTo(Phase.AwaitingApproval);
      opened.countDown();
      assertThat(condition(world.awaitEnd(first), "Failed").reason()).isEqualTo("Superseded");
      world.awaitRun(second, Phase.AwaitingApproval);
      assertThat(tags()).containsExactly("new", "old-1", "old-2");
    }
  }

  @Test
  void aChangedPolicyVoidsThePlan() {
    world.start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String run = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    world.policy("builds", "mode: Approve\nlimits: {keepAtLeast: 2}");
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(condition(ended, "Failed").reason()).isEqualTo("PolicyChanged");
    assertThat(plan(waiting).digest()).isEqualTo(plan(ended).digest());
    assertThat(tags()).containsExactly("new", "old-1");
  }

  @Test
  void aPolicyChangedWhileItIsPlannedVoidsThePlan() {
    OperatorWorld.pushOld(images, 1);
    CountDownLatch opened = new CountDownLatch(1);
    try (TestProxy proxy =
        TestProxy.before(registry.url())
            .rule(
                request -> request.path().contains("/tags/list") ? new Fault.Hold(opened) : null)) {
      world.start();
      world.registry(proxy.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      String run = world.run("builds", "");
      world.awaitRun(run, Phase.Planning);
      world.policy("builds", "mode: Enforce\nlimits: {keepAtLeast: 2}");
      world.awaitPolicy("builds", status -> Long.valueOf(2).equals(status.observedGeneration()));
      opened.countDown();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Cancelled);
      assertThat(condition(ended, "Failed").reason()).isEqualTo("PolicyChanged");
      assertThat(tags()).containsExactly("new", "old-1");
    }
  }

  @Test
  void aPolicyChangedWhileItIsAppliedStopsTheRun() {
    OperatorWorld.pushOld(images, 6);
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = world.runAtItsFirstDeletion(proxy, gate);
      world.policy("builds", "mode: Enforce\nprotect: {tags: [\"old-*\"], inUse: Ignore}");
      world.awaitPolicy("builds", status -> Long.valueOf(2).equals(status.observedGeneration()));
      gate.open();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Cancelled);
      assertThat(condition(ended, "Failed").reason()).isEqualTo("PolicyChanged");
      assertThat(result(ended).deleted()).isEqualTo(7L - tags().size()).isLessThan(6);
    }
  }

  @Test
  void aNewPolicyThatKeepsIsHeardWhileARunDeletes() {
    OperatorWorld.pushOld(images, 6);
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = world.runAtItsFirstDeletion(proxy, gate);
      world.policy("keeper", "suspend: true\nprotect: {tags: [\"old-*\"], inUse: Ignore}");
      world.awaitPolicy("keeper", status -> status.observedGeneration() != null);
      gate.open();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(result(ended))
          .returns(7L - tags().size(), RetentionRunStatus.Result::deleted)
          .satisfies(result -> assertThat(result.deleted()).isLessThan(6))
          .satisfies(result -> assertThat(result.skipped()).isEqualTo(6 - result.deleted()));
      assertThat(world.stored(ended))
          .anySatisfy(text -> assertThat(text).contains("Skipped NowKept"));
    }
  }

  @Test
  void aDeletedPolicyStopsItsRuns() {
    OperatorWorld.pushOld(images, 6);
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = world.runAtItsFirstDeletion(proxy, gate);
      world.deletePolicy("builds");
      gate.open();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(condition(ended, "Failed").reason()).isEqualTo("PolicyDeleted");
      assertThat(result(ended).deleted()).isEqualTo(7L - tags().size()).isLessThan(6);
    }
  }

  @Test
  void cancelEndsARunInEachPhase() {
    OperatorWorld.pushOld(images, 6);
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      world.start();
      world.registry(proxy.url().toString(), ", client: {concurrency: 1}");
      world.policy("builds", "mode: Approve");
      String waiting = world.run("builds", "");
      world.awaitRun(waiting, Phase.AwaitingApproval);
      world.patchRun(waiting, "{\"cancel\": true}");
      assertThat(condition(world.awaitEnd(waiting), "Failed").reason()).isEqualTo("Cancelled");

      world.policy("builds", "mode: Enforce");
      String applying = world.run("builds", "");
      gate.awaitHeld();
      world.patchRun(applying, "{\"cancel\": true}");
      world.awaitSeen(applying, 2);
      gate.open();
      RetentionRunStatus ended = world.awaitEnd(applying);
      assertThat(ended.phase()).isEqualTo(Phase.Cancelled);
      assertThat(result(ended).deleted()).isEqualTo(7L - tags().size()).isLessThan(6);
    }
  }

  @Test
  void goesNoFurtherThanItsPolicy() {
    world.start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "");
    RetentionRunStatus ended = world.awaitEnd(world.run("builds", ", mode: Enforce"));
    assertThat(condition(ended, "Failed"))
        .returns("ModeNotAllowed", Condition::reason)
        .returns("spec.mode: Enforce goes further than the policy's Preview", Condition::message);
    assertThat(tags()).containsExactly("new", "old-1");
  }

  /** They would stay for ever: no policy prunes them, and none owns them. */
  @Test
  void ofRunsWhosePolicyNeverWasOnlyAFewStayAndThoseThatDeleted() {
    List<String> runs = Stream.generate(() -> world.run("nobody", "")).limit(6).toList();
    String deleted = runs.getFirst();
    world.setStatus(
        deleted,
        RetentionRunStatus.NONE
            .in(Phase.Succeeded, List.of())
            .did(new RetentionRunStatus.Result(3, 0, 0, 0), List.of())
            .finished(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
    world.clock(() -> Instant.now().plus(Duration.ofMinutes(2))).start();
    world.awaitRuns(left -> left.size() == 4);
    assertThat(world.runs()).extracting(run -> run.getMetadata().getName()).contains(deleted);
  }

  @Test
  void aRegistryThatDoesNotDeleteIsSaidToBeSo() {
    registry.close();
    use(TestRegistry.of(RegistryVersion.V3).delete(false).start());
    world.start();
    OperatorWorld.pushOld(images, 1);
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce");
    RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
    assertThat(condition(ended, "Failed"))
        .returns("DeletionDisabled", Condition::reason)
        .satisfies(
            why -> assertThat(why.message()).contains("REGISTRY_STORAGE_DELETE_ENABLED=true"));
    world.awaitRegistry(
        "main",
        found ->
            Condition.find(found.getStatus().conditions(), "Deletable")
                .filter(deletable -> deletable.status() == Status.False)
                .isPresent());
  }

  @Test
  void aRepositoryThatCannotBeReadStaysAndIsReported() {
    OperatorWorld.pushOld(images, 1);
    images.push("team/broken", "old-1", TestImages.oci("b").build());
    try (TestProxy proxy =
        TestProxy.before(registry.url())
            .rule(request ->
                request.path().startsWith("/v2/team/broken/") ? new Fault.Respond(404) : null)) {
      world.start();
      world.registry(proxy.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
      assertThat(ended.phase()).as("%s", ended).isIn(Phase.Failed, Phase.Succeeded);
      assertThat(tags()).containsExactly("new");
      assertThat(images.tags("team/broken")).containsExactly("old-1");
    }
  }

  @Test
  void aRegistryThatIsAwayForAWhileIsWaitedFor() {
    OperatorWorld.pushOld(images, 1);
    registry.stop();
    world.start();
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce");
    String run = world.run("builds", "");
    world.awaitRegistry("main", RunsTest::isUnreachable);
    world.awaitRun(run, Phase.Planning);
    registry.restart();
    assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(1);
    world.awaitRegistry("main", RunsTest::isReachable);
  }

  @Test
  void aRegistryThatGoesAwayWhileARunDeletesIsWaitedFor() {
    OperatorWorld.pushOld(images, 6);
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = world.runAtItsFirstDeletion(proxy, gate);
      registry.stop();
      proxy.forget();
      gate.open();
      // Long enough for more than one deletion to have failed in all its attempts.
      await().atMost(OperatorWorld.SOON).until(() -> proxy.requests().size() > 25);
      registry.restart();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
      assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(6, 0, 0, 0));
      assertThat(tags()).containsExactly("new");
    }
  }

  private static boolean isReachable(RegistryResource found) {
    return Condition.find(found.getStatus().conditions(), "Ready")
        .filter(ready -> ready.status() == Status.True)
        .isPresent();
  }

  private static boolean isUnreachable(RegistryResource found) {
    return Condition.find(found.getStatus().conditions(), "Ready")
        .filter(ready -> ready.reason().equals("Unreachable"))
        .isPresent();
  }
}
