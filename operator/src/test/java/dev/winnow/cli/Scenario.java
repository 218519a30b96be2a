package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

/** A policy file for a registry, and what commands say of it; shared by the scenario tests. */
final class Scenario {
  /** What days are counted back from; in the past, wherever the clock stands. */
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** Rules by which every tag that begins with "old" goes. */
  static final String OLD_GOES =
      """
      - name: old
        repositories: ["**"]
        tags: ["old*"]
        keep: [{tags: [never]}]
      """;

  private final Path folder;
  private final URI registry;
  private String extra = "";
  private String registrySpec = "";
  private Cli cli = new Cli();

  Scenario(Path folder, URI registry) {
    this.folder = folder;
    this.registry = registry;
  }

  /** More documents. */
  Scenario with(String documents) {
    extra = "---\n" + documents;
    return this;
  }

  /** More fields of the registry's spec, in flow style. */
  Scenario registrySpec(String fields) {
    registrySpec = ", " + fields;
    return this;
  }

  Scenario cli(Cli other) {
    cli = other;
    return this;
  }

  /**
   * The arguments for a policy with these rules (YAML, as under {@code rules:}) and more fields.
   */
  Path policy(String rules, String fields) throws IOException {
    return Files.writeString(
        folder.resolve("policy.yaml"),
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main}
        spec: {url: "%s"%s}
        %s---
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          protect: {inUse: Ignore}
        %s
          rules:
        %s
        """
            .formatted(
                registry, registrySpec, extra, fields.indent(2), rules.stripIndent().indent(2)));
  }

  Cli.Result plan(String rules) throws IOException {
    return plan(rules, "");
  }

  Cli.Result plan(String rules, String fields) throws IOException {
    return cli.run("plan", "-f", policy(rules, fields).toString(), "-o", "json");
  }

  Cli.Result apply(String rules) throws IOException {
    return apply(rules, "");
  }

  Cli.Result apply(String rules, String fields) throws IOException {
    return cli.run("apply", "-f", policy(rules, fields).toString(), "--yes", "-o", "json");
  }

  /** Applies, and shows the result to a person. */
  Cli.Result applyAsTable(String rules) throws IOException {
    return cli.run("apply", "-f", policy(rules, "").toString(), "--yes");
  }

  /** Each decision as {@code repository:tag} to {@code Action/Reason[/Outcome]}. */
  static Map<String, String> decisions(Cli.Result result) throws IOException {
    JsonNode plan = json(result);
    Map<String, String> decisions = new TreeMap<>();
    for (JsonNode decision : plan.path("decisions")) {
      String outcome = decision.has("outcome") ? "/" + decision.path("outcome").asText() : "";
      decisions.put(
          decision.path("repository").asText() + ":" + decision.path("tag").asText(),
          decision.path("action").asText() + "/" + decision.path("reason").asText() + outcome);
    }
    return decisions;
  }

  static JsonNode json(Cli.Result result) throws IOException {
    assertThat(result.out())
        .as("standard output; standard error was %s", result.err())
        .isNotEmpty();
    return new JsonMapper().readTree(result.out());
  }

  /** An image that was built so many days ago. */
  static TestImage image(String text, int days) {
    return TestImages.oci(text).created(NOW.minus(days, ChronoUnit.DAYS)).build();
  }

  /**
   * Holds what a result says against what the registry has: what it says is gone is gone, all else
   * can be pulled, and every deletion has an outcome.
   */
  static void assertTrue(Cli.Result result, ImagePusher registry) throws IOException {
    for (JsonNode decision : json(result).path("decisions")) {
      String outcome = decision.path("outcome").asText();
      if (decision.path("action").asText().equals("Delete")) {
        assertThat(outcome).as("%s", decision).isEqualTo("Deleted");
      }
      boolean gone =
          outcome.equals("Deleted") || decision.path("reason").asText().equals("AlreadyGone");
      if (!decision.path("message").asText().contains("is not known")) {
        assertThat(
                pull(registry, decision.path("repository").asText(), decision.path("tag").asText()))
            .as("%s", decision)
            .isEqualTo(gone ? 404 : 200);
      }
    }
  }

  /** The status of pulling a manifest. */
  static int pull(ImagePusher registry, String repository, String reference) {
    return registry.send("GET", "/v2/" + repository + "/manifests/" + reference).statusCode();
  }
}
