package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.DeafRelay;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That a policy that keeps is found, wherever and however it names its registry. */
@Tag("server")
class KeepersTest {
  private TestRegistry registry;
  private ImagePusher images;
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
    images = ImagePusher.to(registry.url());
    images.push("team/app", "old-1", TestImages.oci("one").build());
    images.push("team/app", "new", TestImages.oci("new").build());
    world = new OperatorWorld().start();
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
  }

  /** A second Registry, and a policy of it that keeps what the other deletes. */
  private void keeper(String url) {
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: second}
        spec: {url: "%s"}
        ---
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: keeper}
        spec:
          registryRef: {name: second}
          protect: {tags: ["old-*"], inUse: Ignore}
          rules: [{name: all, repositories: ["**"], keep: [{tags: ["*"]}]}]
        """
            .formatted(url));
    world.awaitPolicy("keeper", status -> status.observedGeneration() != null);
  }

  private static Condition failed(RetentionRunStatus run) {
    return Condition.find(run.conditions(), "Failed").orElseThrow();
  }

  @Test
  void underAnAliasOfTheRegistry() {
    try (TestProxy alias = TestProxy.before(registry.url())) {
      world.registry(
          registry.url().toString(), ", aliases: [\"" + alias.url().getAuthority() + "\"]");
      world.awaitRegistry("main", each -> each.getStatus() != null);
      keeper(alias.url().toString());
      world.policy("builds", "mode: Enforce");
      RetentionRunStatus run = world.awaitEnd(world.run("builds", ""));
      assertThat(run.phase()).isEqualTo(Phase.Succeeded);
      assertThat(OperatorWorld.plan(run).reasons()).containsEntry("KeptByPolicy", 1L);
      assertThat(images.tags("team/app")).contains("old-1");
      world.awaitRegistry(
          "second",
          each ->
              Condition.find(each.getStatus().conditions(), "Ready")
                  .filter(ready -> ready.reason().equals("DuplicateRegistry"))
                  .isPresent());
    }
  }

  @Test
  void whoseRegistryIsAwayForAMoment() {
    world.registry(registry.url().toString(), "");
    keeper(registry.url().toString());
    world.policy("builds", "mode: Enforce");
    world.deleteRegistry("second");
    world.awaitPolicy(
        "keeper",
        status ->
            status.conditions().stream()
                .anyMatch(condition -> condition.reason().equals("RegistryMissing")));
    RetentionRunStatus run = world.awaitEnd(world.run("builds", ""));
    assertThat(run.phase()).isEqualTo(Phase.Failed);
    assertThat(failed(run).reason()).isEqualTo("PolicyInvalid");
    assertThat(failed(run).message()).contains("keeper", "there is no usable Registry second");
    assertThat(images.tags("team/app")).contains("old-1");
    keeper(registry.url().toString());
    world.awaitPolicy(
        "builds",
        status ->
            status.conditions().stream().anyMatch(condition -> condition.reason().equals("Valid")));
  }

  /** The watch is dead and does not know it. */
  @Test
  void ofWhichNothingIsHeard() {
    world.stop();
    CountDownLatch opened = new CountDownLatch(1);
    try (DeafRelay relay = DeafRelay.before(world.server().config().getMasterUrl());
        TestProxy proxy =
            TestProxy.before(registry.url())
                .rule(request ->
                    request.path().contains("/tags/list") ? new Fault.Hold(opened) : null)) {
      world
          .apiServer(relay.url())
          .start(
              new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(3)));
      world.registry(proxy.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      String run = world.run("builds", "");
      world.awaitRun(run, Phase.Planning);
      relay.deafen();
      world.policy("keeper", "protect: {tags: [\"old-*\"], inUse: Ignore}");
      opened.countDown();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(failed(ended).reason()).isEqualTo("ViewOutdated");
      assertThat(world.policyStatus("keeper")).as("was not heard of").isNull();
      assertThat(images.tags("team/app")).contains("old-1");
      world.stop(); // as long as it reaches the API server
    }
  }

  @Test
  void aLongNameWithADotHasRuns() {
    world.registry(registry.url().toString(), "");
    String name = "a".repeat(39) + ".bcd";
    world.policy(name, "");
    world.annotatePolicy(name, PolicyReconciler.REQUESTED_AT, "1");
    world.awaitRuns(runs -> runs.size() == 1);
    assertThat(world.runs().getFirst().getMetadata().getName()).startsWith("a".repeat(39) + "-");
  }
}
