package dev.winnow.cli;

import static dev.winnow.cli.Scenario.NOW;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** A repository with ten thousand tags. */
class ManyTagsTest {
  private static final int TAGS = 10_000;
  private static final int TAGS_OF_AN_IMAGE = 5;
  private static final int IMAGES = TAGS / TAGS_OF_AN_IMAGE;
  private static final int CONCURRENCY = 6;

  @TempDir Path folder;

  @EachRegistry
  void theNewestStay(RegistryVersion version) throws IOException {
    // 2.8 looks at every tag of the repository to delete one digest: few of them are enough.
    int images = version == RegistryVersion.V3 ? 20 : IMAGES - 6;
    int kept = images * TAGS_OF_AN_IMAGE;
    String rules =
        """
        - name: newest
          repositories: [app]
          keep: [{newest: %d, orderBy: Created}]
        """
            .formatted(images);
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher client = ImagePusher.to(registry.url())) {
      StoreWriter store = new StoreWriter(registry.root());
      for (int i = 0; i < TAGS; i++) {
        store.push(
            "app",
            "build-" + i,
            TestImages.oci("the same")
                .created(NOW.minus(i / TAGS_OF_AN_IMAGE, ChronoUnit.MINUTES))
                .build());
      }
      Path policy =
          new Scenario(folder, proxy.url())
              .registrySpec("client: {concurrency: " + CONCURRENCY + "}")
              .policy(rules, "");
      Cli.Result result =
          new Cli().run("apply", "-f", policy.toString(), "--yes", "--ignore-limits", "-o", "json");
      assertThat(result.status()).as(result.err()).isZero();
      JsonNode summary = json(result).path("summary");
      assertThat(summary.path("keep").asInt()).isEqualTo(kept);
      assertThat(summary.path("delete").asInt()).isEqualTo(TAGS - kept);
      assertThat(tags(client))
          .isEqualTo(
              IntStream.range(0, kept).mapToObj(i -> "build-" + i).collect(Collectors.toSet()));
      assertThat(proxy.maxInFlight()).isLessThanOrEqualTo(CONCURRENCY);
    }
  }

  private static Set<String> tags(ImagePusher images) throws IOException {
    String body =
        new String(images.send("GET", "/v2/app/tags/list?n=1000").body(), StandardCharsets.UTF_8);
    return Set.copyOf(
        new JsonMapper().readTree(body).path("tags").valueStream().map(JsonNode::asText).toList());
  }
}
