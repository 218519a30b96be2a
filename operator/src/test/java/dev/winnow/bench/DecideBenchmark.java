package dev.winnow.bench;

import dev.winnow.api.Documents;
import dev.winnow.oci.Digest;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.Detail;
import dev.winnow.retention.ImageFacts;
import dev.winnow.retention.Outcome;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.retention.RepositoryFacts;
import dev.winnow.retention.Retention;
import dev.winnow.retention.Rules;
import dev.winnow.retention.TagFacts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Deciding a million tags in a thousand repositories on one thread, all facts given. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgs = "-Xmx2g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class DecideBenchmark {
  private static final int REPOSITORIES = 1_000;
  private static final int TAGS = 1_000;
  private static final Instant NOW = Instant.parse("2026-01-31T00:00:00Z");

  /** The tags of one branch, by age. */
  private static final String GLOBS =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: globs}
      spec:
        registryRef: {name: main}
        rules:
        - name: builds
          repositories: ["**"]
          tags: ["main-*"]
          keep: [{youngerThan: 14d, ageBy: Created}]
      """;

  /** The example of the API's description. */
  private static final String SEMVER =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: semver}
      spec:
        registryRef: {name: main}
        rules:
        - name: branch-builds
          repositories: ["team-a/**", "!team-a/base"]
          tags: ["*", "!/v\\\\d+\\\\..*/"]
          keep:
          - newest: 10
            orderBy: Pushed
            groupBy: "/(?P<branch>.+)-\\\\d+/"
          - youngerThan: 14d
            ageBy: Pushed
        - name: releases
          repositories: ["**"]
          tags: ["/v\\\\d+\\\\.\\\\d+\\\\.\\\\d+/"]
          keep:
          - newest: 3
            orderBy: SemVer
            groupBy: "/v(?P<minor>\\\\d+\\\\.\\\\d+)\\\\..*/"
          - semver: ">=2.0.0"
          - labels: {retain: "true"}
        protect:
          tags: [latest, "release-*"]
      """;

  @Param({"globs", "semver"})
  public String policy = "globs";

  private List<RepositoryFacts> repositories = List.of();
  private Rules rules = new Rules(compile(GLOBS), List.of());
  private int next;

  @Setup
  public void makeFacts() {
    rules = new Rules(compile(policy.equals("globs") ? GLOBS : SEMVER), List.of());
    Random random = new Random(1);
    List<RepositoryFacts> made = new ArrayList<>(REPOSITORIES);
    for (int i = 0; i < REPOSITORIES; i++) {
      made.add(repository(i, random));
    }
    repositories = made;
  }

  /** One repository; an operation is one tag. */
  @Benchmark
  @OperationsPerInvocation(TAGS)
  public Outcome decide() {
    next = (next + 1) % REPOSITORIES;
    return Retention.decide(repositories.get(next), rules, NOW);
  }

  /** Six branches with builds, and a third of the tags releases. */
  private static RepositoryFacts repository(int number, Random random) {
    List<TagFacts> tags = new ArrayList<>(TAGS);
    tags.add(tag(number, "latest", random));
    for (int i = 1; i < TAGS; i++) {
      String name =
          switch (i % 9) {
            case 0, 1, 2 -> "v" + i / 300 + "." + i % 7 + "." + i;
            case 3, 4, 5 -> "main-" + i;
            default -> "feature-" + i % 5 + "-" + i;
          };
      tags.add(tag(number, name, random));
    }
    return new RepositoryFacts("team-a/app-" + number, tags, RepositoryFacts.Deletion.BY_TAG);
  }

  private static TagFacts tag(int repository, String name, Random random) {
    // Every tenth tag shares its digest with others.
    String content = random.nextInt(10) == 0 ? "shared " + random.nextInt(20) : name;
    Instant created = NOW.minus(Duration.ofMinutes(random.nextInt(60 * 24 * 60)));
    ImageFacts image =
        new ImageFacts(
            Detail.CONTENT,
            Digest.sha256((repository + " " + content).getBytes(StandardCharsets.UTF_8)),
            false,
            null,
            Set.of(),
            List.of(created),
            List.of(new ImageFacts.Labels(List.of(Map.of(), Map.of("team", "a")))),
            1_000_000L);
    return new TagFacts(name, image, created.plusSeconds(60));
  }

  private static CompiledPolicy compile(String yaml) {
    Documents documents = new Documents();
    documents.read("policy.yaml", yaml);
    PolicyCompiler.Result result =
        PolicyCompiler.compile("benchmark", documents.policies().getFirst().value().spec());
    if (!documents.problems().isEmpty() || !result.problems().isEmpty()) {
      throw new IllegalStateException(documents.problems() + " " + result.problems());
    }
    return result.policy();
  }

  /** Runs the benchmark and prints a line a policy. */
  public static void main(String[] args) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(DecideBenchmark.class.getSimpleName())
                    .shouldFailOnError(true)
                    .build())
            .run();
    for (RunResult result : results) {
      System.out.printf(
          "decide %-8s %,.0f tags/s%n",
          result.getParams().getParam("policy"), result.getPrimaryResult().getScore());
    }
  }
}
