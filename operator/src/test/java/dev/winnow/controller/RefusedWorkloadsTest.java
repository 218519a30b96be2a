package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Objects;
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
  private static final String REFUSED = "refused by the test";

  private TestRegistry registry;
  private CollectionScene scene;
  private OperatorWorld world;

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
    var policies = world.admin().admissionRegistration().v1();
    policies.validatingAdmissionPolicyBindings().withName(world.namespace()).delete();
    policies.validatingAdmissionPolicies().withName(world.namespace()).delete();
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
        .contains(REFUSED);
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
        .satisfies(why -> assertThat(why.message()).contains(REFUSED));
    assertThat(scene.jobs()).isEmpty();
    scene.collect("two", ", mode: Online");
    scene.awaitJob("two");
  }

  private void refuse() {
    world.apply(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: %1$s}
        spec:
          matchConstraints:
            resourceRules:
            - {apiGroups: [apps], apiVersions: ["*"], operations: [UPDATE], resources: [deployments]}
          validations: [{expression: "false", reason: Forbidden, message: %2$s}]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: %1$s}
        spec:
          policyName: %1$s
          validationActions: [Deny]
          matchResources:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
        """
            .formatted(world.namespace(), REFUSED));
    await().atMost(OperatorWorld.SOON).until(this::isRefused);
  }

  private boolean isRefused() {
    try {
      world.admin().resource(scene.deployment()).dryRun().update();
      return false;
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage()).contains(REFUSED);
    }
  }
}
