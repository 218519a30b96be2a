package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cluster in which nobody may change the registry's workload, not even who has the right to. */
@Tag("server")
class RefusedWorkloadsTest {
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
