package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several owners apply their parts of one object, and the operator its status. */
@Tag("server")
@ExtendWith(Shared.class)
class OwnersTest {
  private static final String POLICY =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: shared}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
      """;

  @TempDir private Path folder;
  private OperatorWorld world;
  private Kubectl kubectl;

  @BeforeEach
  void open(TestApiServer server) {
    OperatorWorld.installKinds(server);
    world = new OperatorWorld(server);
    kubectl = new Kubectl(server.kubeconfig(), world.namespace());
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Tools.Result apply(String owner, String fields) {
    try {
      Path file = Files.writeString(folder.resolve("policy.yaml"), POLICY + fields.indent(2));
      return kubectl.call(
          "apply", "--server-side", "--field-manager=" + owner, "-f", file.toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String rule(String name, String tag) {
    return "rules: [{name: %s, repositories: [\"%s/**\"], keep: [{tags: [%s]}]}]"
        .formatted(name, name, tag);
  }

  private JsonNode policy() {
    return Kinds.yaml(kubectl.run("get", "wpol", "shared", "-o", "yaml", "--show-managed-fields"));
  }

  @Test
  void eachOwnsItsRules() {
    assertThat(apply("team-a", rule("a", "v1")).err()).isEmpty();
    assertThat(apply("team-b", rule("b", "v1") + "\nlimits: {maxDeletedTags: 7}").err()).isEmpty();
    assertThat(apply("team-a", rule("a", "v2") + "\nundo: Required").err()).isEmpty();
    JsonNode spec = policy().get("spec");
    assertThat(spec.at("/rules/0/keep/0/tags/0").asText()).isEqualTo("v2");
    assertThat(spec.at("/rules/1/keep/0/tags/0").asText()).isEqualTo("v1");
    assertThat(spec.at("/limits/maxDeletedTags").asInt()).isEqualTo(7);
    assertThat(spec.get("undo").asText()).isEqualTo("Required");

    assertThat(apply("team-b", rule("c", "v1")).err()).isEmpty();
    assertThat(policy().at("/spec/rules"))
        .as("a rule that its owner does not apply any more is gone, the others stay")
        .extracting(rule -> rule.get("name").asText())
        .containsExactly("a", "c");
  }

  @Test
  void aRuleOfAnotherIsAConflict() {
    assertThat(apply("team-a", rule("a", "v1")).err()).isEmpty();
    Tools.Result conflict = apply("team-b", rule("a", "v2"));
    assertThat(conflict.exitCode()).isNotZero();
    assertThat(conflict.err()).contains("conflict with \"team-a\": .spec.rules[name=\"a\"].keep");
    assertThat(policy().at("/spec/rules/0/keep/0/tags/0").asText()).isEqualTo("v1");
  }

  @Test
  void theOperatorOwnsTheStatusAndNothingElse() {
    assertThat(apply("team-a", rule("a", "v1")).err()).isEmpty();
    world.start();
    await()
        .atMost(java.time.Duration.ofSeconds(40))
        .until(() -> !policy().at("/status/conditions").isMissingNode());
    assertThat(policy().at("/metadata/managedFields"))
        .filteredOn(entry -> entry.get("manager").asText().equals("winnow"))
        .hasSize(1)
        .allSatisfy(entry -> {
          assertThat(entry.get("subresource").asText()).isEqualTo("status");
          assertThat(entry.get("fieldsV1").propertyStream().map(each -> each.getKey()))
              .containsExactly("f:status");
        });
    assertThat(apply("team-a", rule("a", "v2")).err())
        .as("what a person applies conflicts with nothing of the operator's")
        .isEmpty();
    assertThat(StreamSupport.stream(policy().at("/status/conditions").spliterator(), false))
        .isNotEmpty();
  }
}
