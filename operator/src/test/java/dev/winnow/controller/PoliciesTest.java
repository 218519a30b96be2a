package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionPolicyStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a policy says of itself, and of what it needs. */
@Tag("server")
class PoliciesTest {
  private TestRegistry registry;
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
    world = new OperatorWorld().start();
  }

  @AfterEach
  void close() {
    world.close();
    registry.close();
  }

  private static Predicate<RetentionPolicyStatus> ready(Status is, String reason, String message) {
    return status ->
        Condition.find(status.conditions(), "Ready")
            .filter(ready -> ready.status() == is)
            .filter(ready -> ready.reason().equals(reason))
            .filter(ready -> ready.message().contains(message))
            .isPresent();
  }

  private static boolean isStalled(RetentionPolicyStatus status) {
    return Condition.find(status.conditions(), "Stalled").isPresent();
  }

  @Test
  void waitsForARegistryThatAppearsAndGoes() {
    world.policy("builds", "");
    RetentionPolicyStatus stalled =
        world.awaitPolicy(
            "builds",
            ready(Status.False, "RegistryMissing", "there is no Registry main in namespace"));
    assertThat(isStalled(stalled)).isTrue();
    world.registry(registry.url().toString(), "");
    RetentionPolicyStatus valid =
        world.awaitPolicy("builds", ready(Status.True, "Valid", "Registry main"));
    assertThat(isStalled(valid)).isFalse();
    world.deleteRegistry("main");
    world.awaitPolicy("builds", ready(Status.False, "RegistryMissing", ""));
    awaitEvents("PolicyStalled: RegistryMissing", "PolicyStalled: RegistryMissing");
  }

  /** Those of policy builds, without what a Registry that is not there yet is told of. */
  private void awaitEvents(String... reasons) {
    await()
        .atMost(OperatorWorld.SOON)
        .untilAsserted(() ->
            assertThat(world.events("builds"))
                .extracting(
                    event -> event.getReason() + ": " + event.getNote().replaceAll(":.*", ""))
                .containsExactly(reasons));
  }

  @Test
  void saysWhereItIsWrong() {
    world.registry(registry.url().toString(), "");
    world.policy("regex", "protect: {tags: [\"/(/\"], inUse: Ignore}");
    assertThat(
            isStalled(
                world.awaitPolicy("regex", ready(Status.False, "Invalid", "spec.protect.tags[0]"))))
        .isTrue();
    world.policy("cron", "schedule: \"61 * * * *\"");
    world.awaitPolicy("cron", ready(Status.False, "Invalid", "spec.schedule"));
    world.policy("zone", "schedule: \"1 * * * *\"\ntimeZone: Mars/Olympus");
    world.awaitPolicy("zone", ready(Status.False, "Invalid", "spec.timeZone"));
  }

  @Test
  void whatIsNotBuiltYetIsSaidAndStopsNoOther() {
    world.registry(registry.url().toString(), "");
    world.policy("usage", "protect: {inUse: Required}");
    assertThat(
            isStalled(
                world.awaitPolicy(
                    "usage", ready(Status.False, "UsageUnknown", "spec.protect.inUse"))))
        .isFalse();
    world.policy("undo", "undo: Required");
    world.awaitPolicy("undo", ready(Status.False, "NotYetSupported", "spec.undo"));
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: pushed}
        spec:
          registryRef: {name: main}
          protect: {inUse: Ignore}
          rules: [{name: r, repositories: ["**"], keep: [{youngerThan: 1d, ageBy: Pushed}]}]
        """);
    world.awaitPolicy("pushed", ready(Status.False, "PushTimesUnknown", "spec.rules[0].keep[0]"));
    world.policy("other", "");
    world.awaitPolicy("other", ready(Status.True, "Valid", ""));
    RetentionRunStatus refused = world.awaitEnd(world.run("usage", ""));
    assertThat(Condition.find(refused.conditions(), "Failed"))
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo("UsageUnknown"));
  }

  @Test
  void aStalledPolicyStopsTheOthersOfItsRegistryUntilItIsMended() {
    world.registry(registry.url().toString(), "");
    world.policy("builds", "");
    world.awaitPolicy("builds", ready(Status.True, "Valid", ""));
    world.policy("broken", "protect: {tags: [\"/(/\"], inUse: Ignore}");
    world.awaitPolicy("builds", ready(Status.False, "PolicyInvalid", "/broken"));
    world.policy("builds", "mode: Enforce");
    RetentionRunStatus refused = world.awaitEnd(world.run("builds", ""));
    assertThat(Condition.find(refused.conditions(), "Failed"))
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo("PolicyInvalid"));
    world.policy("broken", "");
    world.awaitPolicy("builds", ready(Status.True, "Valid", ""));
    world.policy("broken", "protect: {tags: [\"/(/\"], inUse: Ignore}");
    world.awaitPolicy("builds", ready(Status.False, "PolicyInvalid", "/broken"));
    world.deletePolicy("broken");
    world.awaitPolicy("builds", ready(Status.True, "Valid", ""));
    awaitEvents("PolicyNotReady: PolicyInvalid", "PolicyNotReady: PolicyInvalid");
  }

  @Test
  void aLookIsNotStoppedByStalledPoliciesAndNamesAllOfThem() {
    try (ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "new", TestImages.oci("new").build());
    }
    world.registry(registry.url().toString(), "");
    world.policy("builds", "");
    world.policy("cron", "schedule: \"61 * * * *\"");
    world.policy("zone", "schedule: \"1 * * * *\"\ntimeZone: Mars/Olympus");
    world.awaitPolicy("cron", PoliciesTest::isStalled);
    world.awaitPolicy("zone", PoliciesTest::isStalled);
    Predicate<RetentionPolicyStatus> namesBoth =
        ready(Status.False, "PolicyInvalid", "/cron, " + world.namespace() + "/zone ");
    assertThat(isStalled(world.awaitPolicy("builds", namesBoth))).isFalse();
    RetentionRunStatus looked = world.awaitEnd(world.run("builds", ""));
    assertThat(looked.phase()).as("%s", looked).isEqualTo(Phase.Succeeded);
    assertThat(OperatorWorld.plan(looked).delete()).isEqualTo(1);
    assertThat(looked.why())
        .hasValueSatisfying(why ->
            assertThat(why.message())
                .contains("nothing is deleted for now (PolicyInvalid)")
                .contains("/cron: spec.schedule: ", "/zone: spec.timeZone: "));
    world.policy("builds", "mode: Enforce");
    assertThat(world.awaitEnd(world.run("builds", ", mode: Preview")).phase())
        .isEqualTo(Phase.Succeeded);
    assertThat(world.awaitEnd(world.run("builds", "")).why())
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo("PolicyInvalid"));
  }

  /** Whoever wrote it has a newer Winnow, whose field could be the one that keeps. */
  @Test
  void aPolicyThatSaysMoreThanWeKnowStopsTheOthersOfItsRegistry() {
    try (TestApiServer newer = TestApiServer.start()) {
      OperatorWorld.installKinds(newer);
      OperatorWorld.allowUnknownFields(newer, "retentionpolicies");
      try (OperatorWorld own = new OperatorWorld(newer).start()) {
        own.registry(registry.url().toString(), "");
        own.policy("builds", "");
        own.awaitPolicy("builds", ready(Status.True, "Valid", ""));
        own.policy("newer", "signedBy: somebody");
        assertThat(
                isStalled(
                    own.awaitPolicy("newer", ready(Status.False, "Invalid", "spec.signedBy"))))
            .isTrue();
        own.awaitPolicy("builds", ready(Status.False, "PolicyInvalid", "/newer"));
        own.deletePolicy("newer");
        own.awaitPolicy("builds", ready(Status.True, "Valid", ""));
      }
    }
  }

  @Test
  void keepsWhatAnotherPolicyKeeps() {
    try (ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
    }
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce\nlimits: {keepAtLeast: 0}");
    world.policy("keeper", "suspend: true\nprotect: {tags: [old-1], inUse: Ignore}");
    world.awaitPolicy("keeper", ready(Status.True, "Valid", ""));
    RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
    assertThat(ended.phase()).isEqualTo(Phase.Succeeded);
    assertThat(OperatorWorld.plan(ended).reasons())
        .containsEntry("KeptByPolicy", 1L)
        .containsEntry("Expired", 1L);
  }

  @Test
  void runsOnRequestOnceARequest() {
    world.registry(registry.url().toString(), "");
    world.policy("builds", "");
    world.annotatePolicy("builds", "winnow.dev/requested-at", "today");
    RetentionPolicyStatus status =
        world.awaitPolicy("builds", found -> "today".equals(found.lastHandledRequest()));
    assertThat(status.observedGeneration()).isEqualTo(1);
    world.awaitPolicy(
        "builds", found -> found.lastRun() != null && found.lastRun().phase().isEnd());
    assertThat(world.runs())
        .singleElement()
        .satisfies(run ->
            assertThat(run.getMetadata().getName()).matches("builds-[0-9a-f]{8}-r[0-9a-f]{8}"));
    world.annotatePolicy("builds", "winnow.dev/requested-at", "tomorrow");
    world.awaitPolicy("builds", found -> "tomorrow".equals(found.lastHandledRequest()));
    assertThat(world.runs()).hasSize(2);
  }

  @Test
  void aSuspendedOneRunsOnRequestAlone() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    Instant due = now.get().plus(Duration.ofMinutes(2));
    String schedule = hourlyAt(due);
    world.stop();
    world.clock(now::get).start();
    world.registry(registry.url().toString(), "");
    world.policy("builds", schedule + "\nsuspend: true");
    assertThat(world.awaitPolicy("builds", ready(Status.True, "Valid", "")).nextRun()).isNull();
    now.set(due.plus(Duration.ofMinutes(2)));
    world.annotatePolicy("builds", "winnow.dev/requested-at", "now");
    world.awaitPolicy(
        "builds", found -> found.lastRun() != null && found.lastRun().phase().isEnd());
    world.policy("builds", schedule);
    world.awaitPolicy("builds", found -> found.nextRun() != null);
    assertThat(world.runs())
        .singleElement()
        .satisfies(run -> assertThat(run.getMetadata().getName()).matches(".*-r[0-9a-f]{8}"));
  }

  /** Also at the second look, which does not see any more that it was changed. */
  @Test
  void aChangedScheduleRunsNothingOfItsPast() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    world.stop();
    world.clock(now::get).start();
    world.registry(registry.url().toString(), "");
    world.policy("builds", hourlyAt(now.get().plus(Duration.ofMinutes(45))));
    world.awaitPolicy("builds", found -> found.nextRun() != null);
    now.updateAndGet(at -> at.plus(Duration.ofMinutes(40)));
    world.policy("builds", hourlyAt(now.get().minus(Duration.ofMinutes(20))));
    world.awaitPolicy("builds", found -> Long.valueOf(2).equals(found.observedGeneration()));
    world.annotatePolicy("builds", "winnow.dev/requested-at", "now");
    world.awaitPolicy(
        "builds", found -> found.lastRun() != null && found.lastRun().phase().isEnd());
    assertThat(world.runs())
        .singleElement()
        .satisfies(run -> assertThat(run.getMetadata().getName()).matches(".*-r[0-9a-f]{8}"));
  }

  private static String hourlyAt(Instant time) {
    return "schedule: \"" + time.atZone(ZoneOffset.UTC).getMinute() + " * * * *\"";
  }

  @Test
  void keepsOnlyTheHistoryThatItIsAskedTo() {
    world.registry(registry.url().toString(), "");
    world.policy("builds", "history: {succeeded: 1, failed: 0}");
    for (String request : new String[] {"a", "b", "c"}) {
      world.annotatePolicy("builds", "winnow.dev/requested-at", request);
      world.awaitPolicy(
          "builds",
          found ->
              request.equals(found.lastHandledRequest())
                  && found.lastRun() != null
                  && found.lastRun().phase().isEnd());
    }
    world.awaitRuns(runs -> runs.size() == 1);
  }
}
