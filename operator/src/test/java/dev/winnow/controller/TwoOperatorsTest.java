package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.LeaseLocks;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two operators over one namespace: a run is done by one of them, and told once. */
@Tag("server")
class TwoOperatorsTest {
  private static final int OLD = 4;
  private static final int POLICIES = 3;

  private final TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
  private final ImagePusher images = ImagePusher.to(registry.url());
  private final TestProxy proxy = TestProxy.before(registry.url());
  private final OperatorWorld world = new OperatorWorld();

  @BeforeEach
  void push() {
    OperatorWorld.pushOld(images, OLD);
  }

  @AfterEach
  void close() {
    world.close();
    proxy.close();
    images.close();
    registry.close();
  }

  @Test
  void eachRunIsDoneByOneOfThem() {
    world.start();
    try (WinnowOperator other = world.startAnother()) {
      assertThat(other.isReady()).isTrue();
      world.registry(proxy.url().toString(), ", client: {concurrency: 1}");
      List<String> runs = new ArrayList<>();
      for (int i = 0; i < POLICIES; i++) {
        world.policy("builds-" + i, "mode: Enforce");
        runs.add(world.run("builds-" + i, ""));
      }
      long deleted = 0;
      for (String run : runs) {
        RetentionRunStatus ended = world.awaitEnd(run);
        assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
        deleted += ended.result() == null ? 0 : ended.result().deleted();
        assertThat(world.stored(ended))
            .as("all that it names is there")
            .hasSize(ended.reports().size());
        await()
            .atMost(OperatorWorld.SOON)
            .untilAsserted(() ->
                assertThat(world.events(run))
                    .extracting(Event::getReason)
                    .containsExactly("RunStarted", "RunSucceeded"));
        assertThat(world.events(run)).extracting(Event::getReportingInstance).hasSize(2);
      }
      assertThat(deleted).isEqualTo(OLD);
      assertThat(deletes()).hasSize(OLD).doesNotHaveDuplicates();
      await().atMost(OperatorWorld.SOON).until(() -> lease() == null);
    }
  }

  @Test
  void oneThatIsThereIsLeftItsRunsAndOneThatIsGoneIsNot() {
    holdAsAnother();
    world.start();
    world.registry(proxy.url().toString(), "");
    world.policy("builds", "mode: Enforce");
    String run = world.run("builds", "");
    // Longer than a Lease lasts that nobody renews.
    long until = System.nanoTime() + LeaseLocks.LEASE.plusSeconds(3).toNanos();
    await()
        .atMost(OperatorWorld.SOON)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          holdAsAnother();
          assertThat(world.runStatus(run)).isEqualTo(RetentionRunStatus.NONE);
          return System.nanoTime() - until > 0;
        });
    assertThat(world.metrics()).containsPattern("winnow_runs_of_others_total [1-9]");
    assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(OLD);
  }

  @Test
  void whoIsTakenOverDeletesAndWritesNothingMore() {
    Gate gate = new Gate();
    proxy.rule(gate::hold);
    world.start();
    world.registry(proxy.url().toString(), ", client: {concurrency: 1}");
    world.policy("builds", "mode: Enforce");
    String run = world.run("builds", "");
    gate.awaitHeld();
    holdAsAnother();
    await()
        .atMost(OperatorWorld.SOON)
        .until(() -> world.metrics().contains("winnow_runs_of_others"));
    RetentionRunStatus before = world.runStatus(run);
    gate.open();
    await()
        .during(Duration.ofSeconds(5))
        .atMost(OperatorWorld.SOON)
        .untilAsserted(() -> {
          holdAsAnother();
          assertThat(deletes()).hasSize(2);
          assertThat(world.runStatus(run)).isEqualTo(before);
        });
    world.admin().leases().inNamespace(world.namespace()).withName(LeaseLocks.RUNS).delete();
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
    assertThat(deletes()).hasSize(OLD).doesNotHaveDuplicates();
  }

  private List<String> deletes() {
    return proxy.requests().stream()
        .filter(one -> one.request().is("DELETE", ".*"))
        .map(one -> one.request().path())
        .filter(path -> !path.contains("sha256:000000"))
        .toList();
  }

  private @Nullable Lease lease() {
    return world.admin().leases().inNamespace(world.namespace()).withName(LeaseLocks.RUNS).get();
  }

  /** Who took over its runs need not wait for its lock of the registry, too. */
  @Test
  void whoIsGoneLeavesTheLockOfItsRegistry() {
    holdAsAnother(LeaseLocks.name(proxy.url().getAuthority()), "another run before");
    world.start();
    world.registry(proxy.url().toString(), "");
    world.policy("builds", "mode: Enforce");
    RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
    assertThat(result(ended).deleted()).isEqualTo(OLD);
    assertThat(Duration.between(ended.startTime(), ended.finishTime()))
        .isLessThan(LeaseLocks.LEASE);
  }

  /** Holds the Lease of the runs, or holds it longer, as an operator would that we are not. */
  private void holdAsAnother() {
    holdAsAnother(LeaseLocks.RUNS, "another");
  }

  private void holdAsAnother(String lease, String holder) {
    world
        .admin()
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(world.namespace())
                .withName(lease)
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(holder)
                .withLeaseDurationSeconds(15)
                .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                .endSpec()
                .build())
        .forceConflicts()
        .serverSideApply();
  }
}
