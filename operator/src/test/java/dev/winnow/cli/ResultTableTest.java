package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.image;
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

/** What a person reads after an apply: an outcome a tag, and beside it what there is to say. */
class ResultTableTest {
  private static final String MORE =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: more}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules: [{name: more, repositories: [app], tags: ["old*"], keep: [{tags: [never]}]}]
      """;

  @TempDir Path folder;

  @EachRegistry
  void whatIsTrueOfAllDeletionsIsSaidOnce(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).delete(false).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      Cli.Result result = new Scenario(folder, registry.url()).with(MORE).applyAsTable(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err().lines().toList())
          .singleElement()
          .asString()
          .startsWith("winnow: app:old-0 and 23 more: Failed, the registry does not delete (")
          .contains("set storage.delete.enabled: true in its configuration");
      assertThat(result.out()).doesNotContain("storage.delete").contains("0 deleted, 0 skipped");
      assertThat(outcomes(result)).hasSize(24).containsOnly("Failed");
    }
  }

  /** Two registries have two reasons, also where they use the same words. */
  @EachRegistry
  void eachRegistryHasItsOwnSay(RegistryVersion version) throws IOException {
    try (TestRegistry one = TestRegistry.of(version).delete(false).start();
        TestRegistry two = TestRegistry.of(version).delete(false).start();
        ImagePusher first = ImagePusher.to(one.url());
        ImagePusher second = ImagePusher.to(two.url())) {
      fill(first);
      fill(second);
      String other =
          """
          apiVersion: winnow.dev/v1alpha1
          kind: Registry
          metadata: {name: second}
          spec: {url: "%s"}
          ---
          %s\
          """
              .formatted(two.url(), MORE.replace("{name: main}", "{name: second}"));
      Cli.Result result = new Scenario(folder, one.url()).with(other).applyAsTable(OLD_GOES);
      assertThat(result.err().lines()).hasSize(2).allMatch(line -> line.contains("and 11 more"));
    }
  }

  @EachRegistry
  void manyDifferentRemarksAreCut(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (int i = 0; i < 22; i++) {
        images.push("app", "old-" + i, image("many " + i, 100));
      }
      proxy.rule(request ->
          request.is("DELETE", ".*") && !request.path().endsWith("0".repeat(64))
              ? new Fault.Respond(500, Map.of(), "on\ntwo lines")
              : null);
      Cli.Result result =
          new Scenario(folder, proxy.url()).cli(new Cli().pause(wait -> {})).applyAsTable(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err().lines()).hasSize(21);
      assertThat(result.err()).endsWith("winnow: 1 more remarks; -o json has them all\n");
      assertThat(result.out()).contains("0 deleted, 0 skipped, 21 failed, ");
      assertThat(outcomes(result)).hasSize(21).containsOnly("Failed");
    }
  }

  /** A skip of the plan and one of the apply are the same to who reads the result. */
  @EachRegistry
  void whatIsPassedOverHasOneName(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old-shared", image("release", 1));
      images.push("app", "release", image("release", 1));
      images.push("app", "old-goes", image("goes", 100));
      images.push("app", "old-moves", image("before", 100));
      proxy.rule(request -> {
        if (request.is("DELETE", ".*0{64}")) { // the probe, when the plan is made
          images.push("app", "old-moves", image("after", 1));
        }
        return null;
      });
      Cli.Result result = new Scenario(folder, proxy.url()).applyAsTable(OLD_GOES);
      boolean byTag = version == RegistryVersion.V3;
      assertThat(result.err()).isEmpty();
      assertThat(outcomes(result))
          .isEqualTo(
              byTag
                  ? List.of("Deleted", "Skipped", "Deleted")
                  : List.of("Deleted", "Skipped", "Skipped"));
      assertThat(result.out())
          .contains("REPOSITORY  TAG         OUTCOME  REASON")
          .contains(byTag ? "2 deleted, 1 skipped, 1 stay" : "1 deleted, 2 skipped, 1 stay")
          .doesNotContain("Skip ");
    }
  }

  private static void fill(ImagePusher images) {
    for (int i = 0; i < 12; i++) {
      images.push("app", "old-" + i, image("old-" + i, 100));
    }
    images.push("app", "release", image("release", 1));
  }

  /** The third column of each line about a tag. */
  private static List<String> outcomes(Cli.Result result) {
    return result
        .out()
        .lines()
        .filter(line -> line.startsWith("app  "))
        .map(line -> line.split(" +", 4)[2])
        .toList();
  }
}
