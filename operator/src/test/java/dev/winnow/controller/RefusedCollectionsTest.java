package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cluster that refuses what a collection needs, even to who has the right to. */
@Tag("server")
class RefusedCollectionsTest {
  private static final String STORAGE =
      ", storage: {claimName: data, workloadRef: {kind: Deployment, name: registry}},"
          + " garbageCollection: ";

  private TestRegistry registry;
  private CollectionScene scene;
  private OperatorWorld world;
  private @Nullable Refusal refusal;

  @BeforeEach
  void setUp() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
    scene = new CollectionScene();
    world = scene.world();
    scene.deployment("env: [{name: OTHER, value: stays}]");
    scene.rolledOut();
  }

  @AfterEach
  void close() {
    if (refusal != null) {
      refusal.close();
    }
    scene.close();
    registry.close();
  }

  @Test
  void aRestartIsGivenUpAndTheCollectionGoesOn() {
    world.registry(registry.url().toString(), STORAGE + "{restart: Allowed}");
    world.start();
    scene.collect("one", "");
    scene.end(
        "one",
        0,
        CollectionsTest.DONE.replace("\"why\":\"Hold\"", "\"why\":\"RegistryNotRestarted\""));
    scene.await("one", Phase.Succeeded);
    refuse();
    scene.collect("two", "");
    scene.awaitJob("two");
    assertThat(Objects.requireNonNull(scene.status("two").restart()).message())
        .startsWith("ApiServerRefused: ")
        .contains(Refusal.MESSAGE);
    assertThat(world.events("two"))
        .extracting(Event::getReason)
        .contains("RegistryNotRestarted", "CollectionStarted");
  }

  @Test
  void aWindowThatMayNotOpenEndsTheCollectionAndLetsGoOfTheRegistry() {
    world.registry(registry.url().toString(), STORAGE + "{mode: ReadOnly}");
    world.start();
    refuse();
    scene.collect("one", "");
    GarbageCollectionStatus ended = scene.await("one", Phase.Failed);
    assertThat(Condition.find(ended.conditions(), GarbageCollectionStatus.FAILED).orElseThrow())
        .returns("ApiServerRefused", Condition::reason)
        .satisfies(why -> assertThat(why.message()).contains(Refusal.MESSAGE));
    assertThat(scene.jobs()).isEmpty();
    scene.collect("two", ", mode: Online");
    scene.awaitJob("two");
  }

  /** Without it nobody knows that no other operator does the same. */
  @Test
  void aLeaseEndsTheCollectionAfterAWhile() {
    refusal =
        new Refusal(
            world,
            """
            apiGroups: [coordination.k8s.io], apiVersions: ["*"], operations: [CREATE, UPDATE], \
            resources: [leases]\
            """,
            "object.metadata.name != 'winnow-runs'",
            "Forbidden",
            () -> world.admin().resource(lease()).dryRun().create());
    world.registry(registry.url().toString(), STORAGE + "{}");
    world.start(new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(2)));
    scene.collect("one", "");
    assertThat(scene.await("one", Phase.Failed).why())
        .hasValueSatisfying(why -> {
          assertThat(why.reason()).isEqualTo("LockRefused");
          assertThat(why.message()).contains("Lease winnow-runs", Refusal.MESSAGE);
        });
    assertThat(scene.jobs()).isEmpty();
  }

  private Lease lease() {
    return new LeaseBuilder()
        .withNewMetadata()
        .withNamespace(world.namespace())
        .withName("winnow-runs")
        .endMetadata()
        .build();
  }

  private void refuse() {
    refusal =
        new Refusal(
            world,
            """
            apiGroups: [apps], apiVersions: ["*"], operations: [UPDATE], resources: [deployments]\
            """,
            "false",
            "Forbidden",
            () -> world.admin().resource(scene.deployment()).dryRun().update());
  }
}
