package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A right that the operator lacks is told where people look for it. */
@Tag("server")
class MissingRightsTest {
  private static final String ACCOUNT = "winnow-operator";
  private static final String SHORT = "less";

  private final OperatorWorld world = new OperatorWorld();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void toTheLockFailsTheRunAfterAWhile() {
    take("coordination.k8s.io", "leases");
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "new", TestImages.oci("new").build());
      world.start(
          new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(2)));
      world.registry(registry.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
      assertThat(Condition.find(ended.conditions(), "Failed").orElseThrow())
          .returns("LockRefused", Condition::reason)
          .satisfies(why ->
              assertThat(why.message())
                  .contains("Lease winnow-runs", "namespace " + world.namespace()));
      assertThat(images.tags("team/app")).containsExactly("new", "old-1");
    }
  }

  @Test
  void toASecretIsAConditionOfTheRegistry() {
    take("", "secrets");
    world.secret("auth", "robot", "password");
    world.start();
    world.registry("http://127.0.0.1:1", ", credentialsSecretRef: {name: auth}");
    world.awaitRegistry(
        "main",
        registry ->
            Condition.find(registry.getStatus().conditions(), "Ready")
                .filter(ready -> ready.reason().equals("SecretMissing"))
                .filter(ready -> ready.message().contains("Secret auth may not be read"))
                .filter(ready -> ready.message().contains("namespace " + world.namespace()))
                .isPresent());
  }

  /** Binds the operator to a role like its own, without the rights to these resources. */
  private void take(String group, String resources) {
    var rbac = world.admin().rbac();
    List<PolicyRule> rules =
        rbac.clusterRoles().withName(ACCOUNT).require().getRules().stream()
            .filter(rule -> !rule.getResources().contains(resources))
            .toList();
    rbac.roleBindings().inNamespace(world.namespace()).withName(ACCOUNT).delete();
    world
        .admin()
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withNamespace(world.namespace())
                .withName(SHORT)
                .endMetadata()
                .withRules(rules)
                .build())
        .create();
    world
        .admin()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace(world.namespace())
                .withName(SHORT)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", SHORT)
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName(ACCOUNT)
                .withNamespace(world.namespace())
                .endSubject()
                .build())
        .create();
    await()
        .atMost(OperatorWorld.SOON)
        .until(() -> !may(group, resources) && may("winnow.dev", "registries"));
  }

  private boolean may(String group, String resources) {
    return world
        .admin()
        .authorization()
        .v1()
        .subjectAccessReview()
        .create(
            new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser("system:serviceaccount:" + world.namespace() + ":" + ACCOUNT)
                .withNewResourceAttributes()
                .withNamespace(world.namespace())
                .withGroup(group)
                .withResource(resources)
                .withVerb("get")
                .endResourceAttributes()
                .endSpec()
                .build())
        .getStatus()
        .getAllowed();
  }
}
