package dev.winnow.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Documents;
import dev.winnow.api.Located;
import dev.winnow.api.RetentionPolicy;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * One folder a case under {@code golden}: the policies, the facts ({@link GoldenFacts}) and what
 * must become of each tag, written by hand from the API's description.
 */
class GoldenTest {
  @TestFactory
  Stream<DynamicTest> cases() throws IOException, URISyntaxException {
    URL root = Objects.requireNonNull(GoldenTest.class.getResource("/golden"));
    try (Stream<Path> folders = Files.list(Path.of(root.toURI()))) {
      return folders.sorted().toList().stream()
          .map(folder ->
              DynamicTest.dynamicTest(
                  Objects.requireNonNull(folder.getFileName()).toString(), () -> decide(folder)));
    }
  }

  private static void decide(Path folder) throws IOException {
    Rules rules = rules(Files.readString(folder.resolve("policy.yaml")));
    GoldenFacts golden = GoldenFacts.parse(Files.readString(folder.resolve("facts.yaml")));
    StagedFacts.Result staged =
        StagedFacts.decide(golden.facts(), rules, golden.now(), golden.mostDeletions());
    List<Row> decided = rows(staged.decided());

    assertThat(table(decided))
        .isEqualTo(table(expected(Files.readString(folder.resolve("expected.txt")))));
    if (golden.reads() != null) {
      assertThat(staged.read()).as("what was read").isEqualTo(golden.reads());
    }
    RepositoryFacts whole = staged.wholeAsRead(golden.facts());
    List<Row> atOnce = rows(Retention.decide(whole, rules, golden.now(), golden.mostDeletions()));
    assertThat(table(atOnce)).as("with all facts at once").isEqualTo(table(decided));
  }

  /** The first policy is run, the others are the registry's other ones. */
  private static Rules rules(String yaml) {
    Documents documents = new Documents();
    documents.read("policy.yaml", yaml);
    assertThat(documents.problems()).isEmpty();
    List<CompiledPolicy> policies = new ArrayList<>();
    for (Located<RetentionPolicy> policy : documents.policies()) {
      PolicyCompiler.Result result =
          PolicyCompiler.compile(policy.value().metadata().name(), policy.value().spec());
      assertThat(result.problems()).isEmpty();
      policies.add(result.policy());
    }
    return new Rules(policies.getFirst(), policies.subList(1, policies.size()));
  }

  private record Row(String tag, String action, String reason, String rule) {}

  private static List<Row> rows(Outcome outcome) {
    return assertThat(outcome)
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(Outcome.Decided.class))
        .actual()
        .decisions()
        .stream()
        .map(decision ->
            new Row(
                decision.tag(),
                decision.action().toString(),
                decision.reason().toString(),
                decision.rule() == null ? "-" : decision.rule()))
        .toList();
  }

  private static List<Row> expected(String text) {
    return text.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.strip().split(" +"))
        .map(columns -> {
          assertThat(columns).hasSize(4);
          return new Row(GoldenFacts.tagName(columns[0]), columns[1], columns[2], columns[3]);
        })
        .sorted(java.util.Comparator.comparing(Row::tag))
        .toList();
  }

  private static String table(List<Row> rows) {
    int width = rows.stream().mapToInt(row -> row.tag().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    for (Row row : rows) {
      table.append(
          String.format(
              "%-" + width + "s %-6s %-14s %s%n",
              row.tag(),
              row.action(),
              row.reason(),
              row.rule()));
    }
    return table.toString();
  }
}
