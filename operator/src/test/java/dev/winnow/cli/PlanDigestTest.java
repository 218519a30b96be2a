package dev.winnow.cli;

import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.oci.Digest;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The digest of a plan is what docs/command-line.md says: whoever follows it gets the same. */
class PlanDigestTest {
  /** With every default of a policy. */
  private static final String SHORT =
      """
      {"history":{"failed":3,"succeeded":3},\
      "limits":{"keepAtLeast":1,"maxDeletedPercent":50,"maxDeletedTags":500},\
      "mode":"Preview","protect":{"inUse":"Ignore"},"registryRef":{"name":"main"},\
      "rules":[{"keep":[{"tags":["never"]}],"name":"old","repositories":["**"],"tags":["old*"]}],\
      "suspend":false,"undo":"BestEffort"}\
      """;

  private static final String LONG_FIELDS =
      """
      schedule: "30 2 * * *"
      timeZone: Europe/Berlin
      suspend: true
      mode: Enforce
      startingDeadline: 1h
      limits: {keepAtLeast: 0}
      history: {failed: 5}
      """;

  private static final String LONG_RULES =
      """
      - name: größe
        keep:
        - {newest: 1, orderBy: Created, groupBy: "/(?P<b>\\\\w+)-.*/"}
        - {youngerThan: 1d, ageBy: Created}
        - {semver: ">=2.0.0", labels: {z: "1", a: "\\"2\\""}}
        repositories: [app]
      """;

  private static final String LONG =
      """
      {"history":{"failed":5,"succeeded":3},\
      "limits":{"keepAtLeast":0,"maxDeletedPercent":50,"maxDeletedTags":500},\
      "mode":"Enforce","protect":{"inUse":"Ignore"},"registryRef":{"name":"main"},\
      "rules":[{"keep":[{"groupBy":"/(?P<b>\\\\w+)-.*/","newest":1,"orderBy":"Created"},\
      {"ageBy":"Created","youngerThan":"1d"},\
      {"labels":{"a":"\\"2\\"","z":"1"},"semver":">=2.0.0"}],\
      "name":"größe","repositories":["app"]}],\
      "schedule":"30 2 * * *","startingDeadline":"1h","suspend":true,"timeZone":"Europe/Berlin",\
      "undo":"BestEffort"}\
      """;

  @TempDir Path folder;

  @EachRegistry
  void isWhatIsWrittenDown(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      List<String> tags = List.of("old-1", "old-10", "old-2", "release-1");
      tags.forEach(tag -> images.push("app", tag, image(tag, 100 + tags.indexOf(tag))));
      Scenario scenario = new Scenario(folder, registry.url());
      check(registry.hostPort(), SHORT, scenario.plan(Scenario.OLD_GOES), 3);
      check(registry.hostPort(), LONG, scenario.plan(LONG_RULES, LONG_FIELDS), 2);
    }
  }

  private static void check(String hostPort, String spec, Cli.Result result, int deletions)
      throws IOException {
    JsonNode plan = json(result);
    StringBuilder text = new StringBuilder(hostPort + "\0\0" + sha256(spec) + "\n");
    int deleted = 0;
    for (JsonNode decision : plan.path("decisions")) {
      if (decision.path("action").asText().equals("Delete")) {
        deleted++;
        for (String field : new String[] {"repository", "tag", "digest"}) {
          text.append(decision.path(field).asText()).append(field.equals("digest") ? '\n' : '\0');
        }
      }
    }
    assertThat(deleted).isEqualTo(deletions);
    assertThat(plan.path("digest").asText()).isEqualTo("sha256:" + sha256(text.toString()));
  }

  private static String sha256(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
