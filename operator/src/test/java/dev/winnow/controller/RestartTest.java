package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.plan;
import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A run goes on where the operator before left it, in whatever phase that was. */
@Tag("server")
class RestartTest {
  private static final int OLD = 6;

  private TestRegistry registry;
  private ImagePusher images;
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
    images = ImagePusher.to(registry.url());
    world = new OperatorWorld();
    OperatorWorld.pushOld(images, OLD);
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
  }

  @Test
  void whilePlanning() {
    CountDownLatch opened = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    try (TestProxy proxy =
        TestProxy.before(registry.url())
            .rule(request ->
                request.path().contains("/tags/list") && first.getAndSet(false)
                    ? new Fault.Hold(opened)
                    : null)) {
      world.start();
      world.registry(proxy.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      String run = world.run("builds", "");
      RetentionRunStatus before = world.awaitRun(run, Phase.Planning);
      world.stop();
      opened.countDown();
      assertThat(world.runStatus(run).phase()).isEqualTo(Phase.Planning);
      world.start();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
      assertThat(result(ended).deleted()).isEqualTo(OLD);
      assertThat(before.policyUid()).isEqualTo(ended.policyUid());
    }
  }

  @Test
  void whileItAwaitsApproval() {
    world.start();
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Approve");
    String run = world.run("builds", "");
    RetentionRunStatus waiting = world.awaitRun(run, Phase.AwaitingApproval);
    world.stop();
    world.patchRun(run, "{\"approvedPlan\": \"%s\"}".formatted(plan(waiting).digest()));
    world.start();
    assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(OLD);
  }

  @Test
  void whileItApplies() {
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = stoppedInTheMiddle(proxy, gate);
      RetentionRunStatus between = world.runStatus(run);
      assertThat(between.phase()).isEqualTo(Phase.Applying);
      assertThat(result(between).deleted()).isEqualTo(2);
      world.start();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
      assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
      await()
          .atMost(OperatorWorld.SOON)
          .untilAsserted(() ->
              assertThat(world.metrics().lines().filter(line -> !line.startsWith("#")))
                  .contains(
                      "winnow_runs_total{phase=\"Succeeded\",reason=\"Applied\"} 1.0",
                      "winnow_deletions_total{outcome=\"Deleted\"} " + OLD + ".0")
                  .noneMatch(line -> line.startsWith("winnow_deletions_total{outcome=\"Skipped")));
    }
  }

  /** Cancelled while no operator ran. */
  @Test
  void afterWhichItIsCancelled() {
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = stoppedInTheMiddle(proxy, gate);
      world.patchRun(run, "{\"cancel\": true}");
      world.start();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).isEqualTo(Phase.Cancelled);
      assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(2, OLD - 2, 0, 0));
      assertThat(world.stored(ended))
          .anySatisfy(text -> assertThat(text).contains("not tried: spec.cancel was set"));
    }
  }

  /** What is deleted counts, also where nothing tells the next operator but the status. */
  @Test
  void afterWhichItsPolicyIsGone() {
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      String run = stoppedInTheMiddle(proxy, gate);
      world.deletePolicy("builds");
      world.start();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.why())
          .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo("PolicyDeleted"));
      assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(2, OLD - 2, 0, 0));
    }
  }

  /** A run of which two deletions are done when its operator stops. */
  private String stoppedInTheMiddle(TestProxy proxy, Gate gate) {
    String run = world.runAtItsFirstDeletion(proxy, gate);
    Thread stopping = Thread.startVirtualThread(world::stop);
    // It is stopped once it says that it records nothing but what is under way.
    gate.openOnce(() -> world.isStopping());
    join(stopping);
    return run;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void ofTheApiServerWhileItApplies() {
    Gate gate = new Gate();
    try (TestApiServer server = TestApiServer.start();
        TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold)) {
      OperatorWorld.installKinds(server);
      try (OperatorWorld own = new OperatorWorld(server).start()) {
        own.registry(proxy.url().toString(), ", client: {concurrency: 1}");
        own.policy("builds", "mode: Enforce");
        String run = own.run("builds", "");
        gate.awaitHeld();
        server.kill();
        gate.open();
        server.resume();
        RetentionRunStatus ended = own.awaitEnd(run);
        assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
        assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
      }
    }
  }
}
