package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output into a pipe whose reader has seen enough, as behind {@code | head -1}. */
class ReaderGoneTest {
  private static final int REPOSITORIES = 60;

  /** Tags of a repository: more than a pipe and our own buffer hold. */
  private static final int TAGS = 4_000;

  @TempDir Path folder;

  @EachRegistry
  void aPlanThatNobodyReadsEnds(RegistryVersion version) throws Exception {
    AtomicInteger lists = new AtomicInteger();
    Fault repositories = list("repositories", REPOSITORIES);
    Fault tags = list("tags", TAGS);
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url())) {
      proxy.rule(request -> {
        if (request.path().equals("/v2/_catalog?n=1000")) {
          return repositories;
        }
        if (request.path().contains("/tags/list")) {
          lists.incrementAndGet();
          return tags;
        }
        return null;
      });
      // No tag is selected: what there is to write costs no request.
      String rules = OLD_GOES.replace("old*", "x*");
      String policy = new Scenario(folder, proxy.url()).policy(rules, "").toString();
      for (String form : List.of("json", "jsonl", "table")) {
        lists.set(0);
        Cli.Result result = intoHead("plan", "-f", policy, "--all", "-o", form);
        assertThat(result.status()).as(form).isEqualTo(1);
        assertThat(result.err()).as(form).isEmpty();
        assertThat(result.out().lines()).as(form).hasSize(1);
        assertThat(lists.get()).as(form).isBetween(1, REPOSITORIES / 2);
      }
    }
  }

  /** So short that it may all be written before the reader goes. */
  @Test
  void aShortOutputEndsQuietly() throws Exception {
    for (String word : List.of("generate-completion", "--help", "--version")) {
      Cli.Result result = intoHead(word);
      assertThat(result.status()).as(word).isBetween(0, 1);
      assertThat(result.err()).as(word).isEmpty();
      assertThat(result.out().lines()).as(word).hasSize(1);
    }
  }

  private static Cli.Result intoHead(String... args) throws IOException, InterruptedException {
    List<Process> both =
        ProcessBuilder.startPipeline(
            List.of(WinnowProcess.command(List.of(), args), new ProcessBuilder("head", "-n", "1")));
    String out = text(both.getLast().getInputStream().readAllBytes());
    String err = text(both.getFirst().getErrorStream().readAllBytes());
    return new Cli.Result(both.getFirst().waitFor(), out, err);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Fault list(String name, int count) {
    String names =
        IntStream.range(0, count)
            .mapToObj(i -> "\"name-%05d\"".formatted(i))
            .collect(Collectors.joining(","));
    return new Fault.Respond(
        200,
        Map.of("Content-Type", "application/json"),
        "{\"name\":\"any\",\"" + name + "\":[" + names + "]}");
  }
}
