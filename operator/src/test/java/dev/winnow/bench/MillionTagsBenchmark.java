package dev.winnow.bench;

import dev.winnow.api.Documents;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Decision;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.retention.Rules;
import dev.winnow.run.ImageSource;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import dev.winnow.run.Progress;
import dev.winnow.run.Run;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Plans a million tags in a thousand repositories from a source that makes them up, so that nothing
 * but the planning is measured. To be run with a heap of 256 MiB: it ends or it does not.
 */
public final class MillionTagsBenchmark implements ImageSource {
  private static final int REPOSITORIES = 1_000;
  private static final int TAGS = 1_000;
  private static final Instant NEWEST = Instant.parse("2026-01-01T00:00:00Z");
  private static final String POLICY =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: builds}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules:
        - name: builds
          repositories: ["**"]
          keep:
          - {newest: 960, orderBy: Created, groupBy: "/(?P<branch>.+)-\\\\d+/"}
      """;

  public static void main(String[] args) throws IOException {
    Documents documents = new Documents();
    documents.read("policy", POLICY);
    RetentionPolicy.Spec policy = documents.policies().getFirst().value().spec();
    Rules rules = new Rules(PolicyCompiler.compile("builds", policy).policy(), List.of());
    Run run =
        new Run(
            new PlanHeader("builds", "main", "http://localhost", NEWEST.plusSeconds(1)),
            policy,
            rules,
            new MillionTagsBenchmark(),
            Deletion.BY_TAG,
            "localhost:80",
            "",
            Run.generationOf(policy),
            16,
            Run.digestFacts(null));
    long began = System.nanoTime();
    PlanSummary summary = new Planner(run, System.err::println, Progress.NONE).plan(new Counting());
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%,d tags planned in %.1f s (%,.0f a second), %,d to delete; heap limit %d MiB, most used"
            + " %d MiB%n",
        summary.tags(),
        seconds,
        summary.tags() / seconds,
        summary.delete(),
        Runtime.getRuntime().maxMemory() >> 20,
        mostHeap() >> 20);
  }

  private static long mostHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }

  @Override
  public Catalog repositories() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < REPOSITORIES; i++) {
      names.add(String.format(Locale.ROOT, "team-%04d/app", i));
    }
    return new Catalog.Listed(names);
  }

  @Override
  public Optional<List<String>> tags(String repository) {
    List<String> tags = new ArrayList<>();
    for (int i = 0; i < TAGS; i++) {
      tags.add("main-" + i);
    }
    return Optional.of(tags);
  }

  @Override
  public Optional<Head> head(String repository, String tag) {
    Fetched fetched = manifest(repository, tag).orElseThrow();
    return Optional.of(new Head(fetched.digest(), "application/vnd.oci.image.manifest.v1+json"));
  }

  @Override
  public Optional<Fetched> manifest(String repository, String reference) {
    Digest config = Digest.sha256(bytes(config(repository, reference)));
    configs.put(config, config(repository, reference));
    byte[] manifest =
        bytes(
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":90},
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":9}]}
            """
                .formatted(config, Digest.sha256(bytes(repository))));
    return Optional.of(new Fetched(Digest.sha256(manifest), manifest));
  }

  /** Configs between the answer that names them and the one that gives them. */
  private final java.util.Map<Digest, String> configs =
      new java.util.concurrent.ConcurrentHashMap<>();

  @Override
  public Optional<byte[]> config(String repository, Digest digest) {
    return Optional.ofNullable(configs.remove(digest)).map(MillionTagsBenchmark::bytes);
  }

  private static String config(String repository, String tag) {
    int age = Integer.parseInt(tag.substring(tag.indexOf('-') + 1));
    return "{\"created\":\"%s\",\"config\":{\"Labels\":{\"repository\":\"%s\"}}}"
        .formatted(NEWEST.minusSeconds(60L * age), repository);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Takes decisions and forgets them. */
  private static final class Counting implements PlanSink {
    @Override
    public void begin(PlanHeader header) {}

    @Override
    public void repository(String repository, List<Decision> decisions) {}

    @Override
    public void end(PlanSummary summary) {}
  }
}
