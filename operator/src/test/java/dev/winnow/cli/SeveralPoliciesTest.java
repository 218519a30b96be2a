package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static dev.winnow.cli.Scenario.pull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Several policies over two registries, one of which does not answer. */
class SeveralPoliciesTest {
  private static final String MORE =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: Registry
      metadata: {name: other}
      spec: {url: "URL"}
      ---
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: elsewhere}
      spec:
        registryRef: {name: other}
        protect: {inUse: Ignore}
        rules: [{name: all, repositories: ["**"], tags: ["old*"], keep: [{tags: [never]}]}]
      ---
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: third}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules: [{name: all, repositories: ["**"], tags: ["old*"], keep: [{tags: [never]}]}]
      """;

  @TempDir Path folder;

  @EachRegistry
  void theOthersArePlanned(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestRegistry broken = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(broken.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      Scenario down = scenario(registry, "http://127.0.0.1:1");
      check(down.plan(OLD_GOES));

      // It answers at first, so that its plan has begun when it fails.
      proxy.rule(
          request -> request.path().equals("/v2/_catalog?n=1000") ? new Fault.Respond(500) : null);
      check(scenario(registry, proxy.url().toString()).plan(OLD_GOES));

      String policy = down.policy(OLD_GOES, "").toString();
      Cli.Result table = new Cli().pause(wait -> {}).run("plan", "-f", policy);
      assertThat(table.status()).isEqualTo(1);
      assertThat(table.out()).contains("Policy builds on", "Policy third on");
      assertThat(table.err()).contains("policy elsewhere: GET /v2/: cannot connect");
      Cli.Result lines = new Cli().pause(wait -> {}).run("plan", "-f", policy, "-o", "jsonl");
      assertThat(lines.status()).isEqualTo(1);
      assertThat(lines.out().lines()).anyMatch(line -> line.startsWith("{\"error\":\"GET /v2/"));
    }
  }

  @EachRegistry
  void nothingIsDeletedUnlessAllCanBePlanned(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      Scenario down = scenario(registry, "http://127.0.0.1:1");
      Cli.Result apply = down.apply(OLD_GOES);
      assertThat(apply.status()).isEqualTo(1);
      assertThat(apply.out()).isEmpty();
      assertThat(apply.err())
          .contains("policy elsewhere: GET /v2/: cannot connect", "Nothing was deleted.");
      assertThat(pull(images, "app", "old")).isEqualTo(200);

      for (String format : List.of("json", "jsonl")) {
        String policy = down.policy(OLD_GOES, "").toString();
        Cli.Result plan = new Cli().pause(wait -> {}).run("plan", "-f", policy, "-o", format);
        Path file = Files.writeString(folder.resolve("plan.json"), plan.out());
        Cli.Result saved = new Cli().run("apply", "-f", policy, "--yes", "--plan", file.toString());
        assertThat(saved.status()).isEqualTo(2);
        assertThat(saved.err()).contains("it was not planned to the end: GET /v2/");
      }
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  private Scenario scenario(TestRegistry registry, String other) {
    return new Scenario(folder, registry.url())
        .cli(new Cli().pause(wait -> {}))
        .with(MORE.replace("URL", other));
  }

  private static void check(Cli.Result plan) throws IOException {
    assertThat(plan.status()).isEqualTo(1);
    assertThat(plan.err()).contains("policy elsewhere: GET /v2/");
    JsonNode list = json(plan);
    assertThat(list.path("kind").asText()).isEqualTo("PlanList");
    assertThat(list.path("items")).hasSize(3);
    for (JsonNode item : list.path("items")) {
      boolean failed = item.path("policy").asText().equals("elsewhere");
      assertThat(item.has("error")).isEqualTo(failed);
      assertThat(item.has("digest")).isEqualTo(!failed);
      assertThat(item.path("decisions").size()).isEqualTo(failed ? 0 : 2);
    }
  }
}
