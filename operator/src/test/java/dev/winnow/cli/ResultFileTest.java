package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.storage.CollectionReport;
import dev.winnow.storage.CollectionReport.Blobs;
import dev.winnow.storage.CollectionReport.Damaged;
import dev.winnow.storage.CollectionReport.Held;
import dev.winnow.storage.CollectionReport.Items;
import dev.winnow.storage.CollectionReport.Probed;
import dev.winnow.storage.CollectionReport.Taint;
import dev.winnow.storage.CollectionReport.Tidied;
import dev.winnow.storage.CollectionReport.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kubelet keeps 4 KiB of a termination message, and what is cut off there is no JSON. */
class ResultFileTest {
  private static final Instant AT = Instant.parse("2026-11-21T03:00:00Z");

  @TempDir private Path folder;

  private JsonNode written(CollectionReport report) throws IOException {
    return written(report, 4096);
  }

  private JsonNode written(CollectionReport report, int bytes) throws IOException {
    Path file = folder.resolve("message");
    new ResultFile(file, bytes).ended(report);
    assertThat(Files.size(file)).isLessThanOrEqualTo(bytes);
    return new JsonMapper().readTree(file.toFile());
  }

  private static CollectionReport report(
      List<Taint> tainted, List<Damaged> damaged, List<String> failures) {
    Items some = new Items(1L << 40, 1L << 40, 1L << 60);
    return new CollectionReport(
        "20261121T030000Z",
        "0a1b2c3d-0000-4000-8000-000000000000",
        "/volume",
        AT,
        AT,
        false,
        Integer.MAX_VALUE,
        1L << 40,
        new Blobs(1L << 40, 1L << 40, 1L << 60),
        some,
        new Waiting(1L << 40, 1L << 40, 1L << 60, AT),
        some,
        new Held(1L << 40, 1L << 60, AT, "RegistryNotRestarted"),
        some,
        some,
        1L << 40,
        1L << 40,
        new Tidied(1L << 40, 1L << 40, 1L << 40, 1L << 40),
        new Probed("winnow.dev/probe", "sha256:" + "0".repeat(64), AT),
        tainted,
        damaged,
        List.of(),
        failures);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 1536})
  void ofWhatIsMuchTheFirstAreToldAndHowManyThereAre(int bytes) throws IOException {
    String repository = "ü".repeat(250);
    JsonNode json =
        written(
            report(
                Collections.nCopies(9_000, new Taint(repository, "ö".repeat(5_000))),
                IntStream.range(0, 9_000)
                    .mapToObj(
                        i -> damaged(repository, "tag" + i, "sha256:" + i, "20261120T030000Z"))
                    .toList(),
                Collections.nCopies(9, "ä".repeat(5_000))),
            bytes);
    assertThat(json.path("exit").asInt()).isEqualTo(1);
    assertThat(json.path("reason").asText()).isEqualTo("Partial");
    assertThat(json.at("/result/damaged/count").asInt()).isEqualTo(9_000);
    assertThat(json.at("/result/tainted/digest").asText()).startsWith("sha256:");
    assertThat(json.at("/result/cut").asBoolean()).isTrue();
    assertThat(json.at("/result/purged/bytes").asLong()).isEqualTo(1L << 60);
  }

  /** Whatever else went wrong, that is what a person has to mend first. */
  @Test
  void aFullVolumeIsToldWithWhatToDo() throws IOException {
    String full = "taking: /volume/.winnow/trash/record: No space left on device";
    JsonNode json = written(report(List.of(), List.of(), List.of("app: permission denied", full)));
    assertThat(json.path("reason").asText()).isEqualTo("VolumeFull");
    assertThat(json.path("message").asText()).contains("enlarge its claim").endsWith(full);
    assertThat(json.at("/result/pass").asText()).isNotEmpty();
  }

  private static Damaged damaged(
      String repository, String tag, String missing, @Nullable String since) {
    return new Damaged(repository, tag, missing, "has no data", since);
  }

  /** By that who reads it knows whether any of it is news. */
  @Test
  void ofDamageTheLatestComesFirstAndWhatWasThereBeforeLast() throws IOException {
    Damaged before = damaged("a", "1", "sha256:1", null);
    Damaged old = damaged("b", "", "sha256:2", "20261119T030000Z");
    Damaged latest = damaged("c", "3", "sha256:3", "20261120T030000Z");
    JsonNode json = written(report(List.of(), List.of(before, old, latest), List.of()));
    assertThat(json.path("reason").asText()).isEqualTo("Collected");
    assertThat(json.at("/result/cut").asBoolean()).isFalse();
    JsonNode damaged = json.at("/result/damaged");
    assertThat(damaged.path("count").asInt()).isEqualTo(3);
    assertThat(damaged.path("before").asInt()).isOne();
    assertThat(damaged.path("since").asText()).isEqualTo("20261120T030000Z");
    assertThat(damaged.path("first"))
        .extracting(JsonNode::asText)
        .containsExactly(
            "c:3 sha256:3 has no data", "b sha256:2 has no data", "a:1 sha256:1 has no data");
    assertThat(
            written(report(List.of(), List.of(before), List.of()))
                .at("/result/damaged")
                .has("since"))
        .isFalse();
  }
}
