package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.plan;
import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.util.List;

class RunsTest {
  @EachRegistry
  void previewDeletesNothingAndEnforceDeletesThePlan(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).delete(true).start();
        ImagePusher images = ImagePusher.to(registry.url());
        OperatorWorld world = new OperatorWorld().start()) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
      images.push("team/app", "new", TestImages.oci("three").build());
      world.registry(registry.url().toString(), "");
      world.policy("preview", "");
      RetentionRunStatus previewed = world.awaitEnd(world.run("preview", ""));
      assertThat(previewed.phase()).as("%s", previewed).isEqualTo(Phase.Succeeded);
      assertThat(plan(previewed).delete()).isEqualTo(2);
      assertThat(previewed.reports()).hasSize(1);
      assertThat(tags(images)).containsExactly("new", "old-1", "old-2");

      world.policy("enforce", "mode: Enforce");
      RetentionRunStatus enforced = world.awaitEnd(world.run("enforce", ""));
      assertThat(enforced.phase()).as("%s", enforced).isEqualTo(Phase.Succeeded);
      assertThat(result(enforced).deleted()).isEqualTo(2);
      assertThat(Condition.find(enforced.conditions(), "Deletable"))
          .hasValueSatisfying(found -> assertThat(found.status()).isEqualTo(Condition.Status.True));
      assertThat(tags(images)).containsExactly("new");
      world.awaitRegistry(
          "main", found -> Condition.find(found.getStatus().conditions(), "Deletable").isPresent());
      world.awaitPolicy(
          "enforce",
          status ->
              status.lastRun() != null && Integer.valueOf(2).equals(status.lastRun().deleted()));
    }
  }

  static List<String> tags(ImagePusher images) {
    try {
      return new com.fasterxml.jackson.databind.json.JsonMapper()
          .readTree(images.send("GET", "/v2/team/app/tags/list").body())
          .findValues("tags")
          .getFirst()
          .valueStream()
          .map(tag -> tag.asText())
          .sorted()
          .toList();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
