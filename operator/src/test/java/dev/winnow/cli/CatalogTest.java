package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** Registries that do not list their repositories, and lists that cannot be believed. */
class CatalogTest {
  private static final String RULES =
      """
      - name: named
        repositories: [app, missing]
        tags: ["old*"]
        keep: [{tags: [never]}]
      - name: wild
        repositories: ["team/**"]
        tags: ["old*"]
        keep: [{tags: [never]}]
      """;

  @TempDir Path folder;

  @EachRegistry
  void whatIsNotListedIsTakenFromThePolicy(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (String repository : List.of("app", "team/one")) {
        images.push(repository, "old", image(repository, 100));
        images.push(repository, "release", image("release", 1));
      }
      Map<Fault, String> faults =
          Map.of(
              new Fault.Respond(401, Map.of(), "{}"), "does not list its repositories (401",
              new Fault.Respond(403, Map.of(), "{}"), "does not list its repositories (403",
              new Fault.Respond(404, Map.of(), "not found"), "does not list its repositories (404",
              new Fault.Respond(
                      200, Map.of("Content-Type", "application/json"), "{\"repositories\":[]}"),
                  "the catalog is empty",
              new Fault.Respond(
                      200, Map.of("Content-Type", "application/json"), "{\"repositories\":null}"),
                  "the catalog is empty");
      for (Map.Entry<Fault, String> each : faults.entrySet()) {
        proxy.rule(request -> request.path().startsWith("/v2/_catalog") ? each.getKey() : null);
        Cli.Result plan = new Scenario(folder, proxy.url()).plan(RULES);
        assertThat(plan.status()).as(plan.err()).isZero();
        assertThat(decisions(plan))
            .isEqualTo(Map.of("app:old", "Delete/Expired", "app:release", "Keep/NotSelected"));
        assertThat(plan.err())
            .contains(each.getValue(), "rule wild has wildcards")
            .doesNotContain("rule named");
        assertThat(json(plan).path("summary").path("selectsNothing").toString()).contains("wild");
      }
      Cli.Result apply = new Scenario(folder, proxy.url()).apply(RULES);
      assertThat(decisions(apply)).containsEntry("app:old", "Delete/Expired/Deleted");
      Scenario.assertTrue(apply, images);
      assertThat(Scenario.pull(images, "team/one", "old")).isEqualTo(200);
    }
  }

  @EachRegistry
  void whereNothingCanBeFoundThereIsNoPlan(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      proxy.rule(request ->
          request.path().startsWith("/v2/_catalog")
              ? new Fault.Respond(404, Map.of(), "not found")
              : null);
      Scenario scenario = new Scenario(folder, proxy.url());
      for (String rules : List.of(OLD_GOES, OLD_GOES.replace("\"**\"", "\"!nope\""))) {
        Cli.Result plan = scenario.plan(rules);
        assertThat(plan.status()).isEqualTo(1);
        assertThat(plan.err().lines().toList())
            .singleElement()
            .asString()
            .startsWith("winnow: policy builds: the registry does not list its repositories (404")
            .endsWith("name repositories in its rules, or let this user read the catalog");
        Cli.Result apply = scenario.apply(rules);
        assertThat(apply.status()).isEqualTo(1);
        assertThat(apply.out()).isEmpty();
        assertThat(apply.err()).contains("nothing can be found", "Nothing was deleted.");
      }
    }
  }

  /** A new registry is no failure. */
  @EachRegistry
  void anEmptyRegistryHasAnEmptyPlan(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start()) {
      Cli.Result plan = new Scenario(folder, registry.url()).plan(OLD_GOES);
      assertThat(plan.status()).isZero();
      assertThat(decisions(plan)).isEmpty();
      assertThat(plan.err()).contains("the catalog is empty");
    }
  }

  @EachRegistry
  void aListThatIsNotWholeIsNoList(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      Fault cut = new Fault.Respond(200, Map.of(), "{\"repositories\":[\"app\"");
      for (Fault fault :
          List.of(cut, new Fault.Truncate(9), new Fault.Oversize(40L << 20, false))) {
        proxy.rule(request -> request.path().equals("/v2/_catalog?n=1000") ? fault : null);
        Cli.Result apply =
            new Scenario(folder, proxy.url()).cli(new Cli().pause(wait -> {})).apply(RULES);
        assertThat(apply.status()).as("%s", fault).isEqualTo(1);
        assertThat(apply.out()).isEmpty();
        assertThat(apply.err()).contains("/v2/_catalog", "Nothing was deleted.");
        assertThat(Scenario.pull(images, "app", "old")).isEqualTo(200);
      }
    }
  }
}
