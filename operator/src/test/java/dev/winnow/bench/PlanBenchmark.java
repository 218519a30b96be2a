package dev.winnow.bench;

import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Planning over HTTP beside the same requests made by {@code wrk}, on both registry versions, in
 * one run: 50 repositories of 200 tags, each with a manifest and a config of its own. Whole
 * processes.
 *
 * <p>Arguments: the checkout, the {@code wrk} program, a folder for the store.
 */
public final class PlanBenchmark {
  private static final int REPOSITORIES = 50;
  private static final int TAGS = 200;
  private static final int ROUNDS = 3;
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");

  private final Path checkout;
  private final String wrk;
  private final Path folder;
  private final List<String> manifests = new ArrayList<>();
  private final List<String> configs = new ArrayList<>();

  private PlanBenchmark(Path checkout, String wrk, Path folder) {
    this.checkout = checkout;
    this.wrk = wrk;
    this.folder = folder;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    PlanBenchmark benchmark = new PlanBenchmark(Path.of(args[0]), args[1], Path.of(args[2]));
    benchmark.fill();
    for (RegistryVersion version : RegistryVersion.values()) {
      try (TestRegistry registry =
          TestRegistry.of(version).root(benchmark.folder.resolve("store")).start()) {
        benchmark.measure(version, registry.url().toString());
      }
    }
  }

  private void fill() {
    StoreWriter store = new StoreWriter(folder.resolve("store"));
    Instant newest = Instant.parse("2026-01-01T00:00:00Z");
    for (int r = 0; r < REPOSITORIES; r++) {
      String repository = String.format(Locale.ROOT, "team-%02d/app", r);
      for (int t = 0; t < TAGS; t++) {
        TestImage image =
            TestImages.oci(repository + t)
                .created(newest.minusSeconds(3_600L * t))
                .label("org.opencontainers.image.revision", repository + "-" + t)
                .build();
        store.push(repository, "main-" + t, image);
        manifests.add("/v2/" + repository + "/manifests/main-" + t);
        configs.add("/v2/" + repository + "/blobs/" + image.blobs().getFirst().digest());
      }
    }
  }

  private void measure(RegistryVersion version, String url)
      throws IOException, InterruptedException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), policy(url));
    Path cache = folder.resolve("cache-" + version);
    // In turns, as a plan has them: a blob costs the registry up to six times what a manifest does,
    // and wrk must not come to measure more of the one than of the other.
    List<String> both =
        IntStream.range(0, manifests.size())
            .boxed()
            .flatMap(i -> Stream.of(manifests.get(i), configs.get(i)))
            .toList();
    plan(policy, cache.resolveSibling("warm-" + version)); // the registry's files, into the cache
    WarmPlanner warm = new WarmPlanner(url, policy);
    for (int round = 0; round < ROUNDS; round++) {
      double wrkBoth = wrk(url, both);
      double first = plan(policy, cache.resolve("round-" + round));
      print(version + ", first plan", both.size() + REPOSITORIES, first, wrkBoth);
      double running = warm.first();
      print(version + ", first, running process", both.size() + REPOSITORIES, running, wrkBoth);
      double wrkManifests = wrk(url, manifests);
      double second = plan(policy, cache.resolve("round-" + round));
      print(version + ", second plan", manifests.size() + REPOSITORIES, second, wrkManifests);
      double again = warm.again();
      print(
          version + ", second, running process",
          manifests.size() + REPOSITORIES,
          again,
          wrkManifests);
    }
  }

  private static void print(String what, int requests, double seconds, double wrk) {
    System.out.printf(
        Locale.ROOT,
        "%-30s %6d requests in %5.2f s: %6.0f/s; wrk %6.0f/s; ratio %.2f%n",
        what,
        requests,
        seconds,
        requests / seconds,
        wrk,
        requests / seconds / wrk);
  }

  private double plan(Path policy, Path cache) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Process process =
        new ProcessBuilder(
                checkout.resolve("bin/winnow").toString(),
                "plan",
                "-f",
                policy.toString(),
                "--cache",
                cache.toString(),
                "-o",
                "jsonl")
            .redirectOutput(folder.resolve("plan.jsonl").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new IOException("plan failed");
    }
    return (System.nanoTime() - began) / 1e9;
  }

  /** Requests a second of wrk with as many connections as the plan has, over all paths in turn. */
  private double wrk(String url, List<String> paths) throws IOException, InterruptedException {
    Path script = folder.resolve("paths.lua");
    String list = String.join("\",\n\"", paths);
    Files.writeString(
        script,
        "local paths = {\""
            + list
            + "\"}\nlocal at = 0\nwrk.headers[\"Accept\"] ="
            + " \"application/vnd.oci.image.manifest.v1+json\"\n"
            + "function request() at = at % #paths + 1; return wrk.format(\"GET\", paths[at]) end\n");
    Process process =
        new ProcessBuilder(wrk, "-t1", "-c16", "-d6s", "-s", script.toString(), url)
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher rate = RATE.matcher(out);
    if (!rate.find() || out.contains("Non-2xx")) {
      throw new IOException("wrk failed: " + out);
    }
    return Double.parseDouble(rate.group(1));
  }

  private static String policy(String url) {
    return """
    apiVersion: winnow.dev/v1alpha1
    kind: Registry
    metadata: {name: main}
    spec: {url: "%s"}
    ---
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
        - {newest: 50, orderBy: Created}
    """
        .formatted(url);
  }
}
