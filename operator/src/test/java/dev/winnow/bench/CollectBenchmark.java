package dev.winnow.bench;

import dev.winnow.testing.Folders;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dry run of {@code winnow collect} beside {@code find ROOT -type f} and what upstream's {@code
 * registry garbage-collect --dry-run} takes on the same store, by turns, whole processes; the same
 * once a pass has left on the volume what it knows of manifests; then a store of a million blobs in
 * a small heap.
 */
public final class CollectBenchmark {
  private static final int ROUNDS = 7;
  private static final int HEAP_MIB = 256;
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private final Path winnow;
  private final Path folder;

  private CollectBenchmark(Path checkout, Path folder) {
    this.winnow = checkout.resolve("bin/winnow");
    this.folder = folder;
  }

  /** Arguments: the checkout, a folder for stores, and one for a store of some gigabytes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    CollectBenchmark benchmark = new CollectBenchmark(Path.of(args[0]), Path.of(args[1]));
    benchmark.compare("deep", 50, 200, 60);
    benchmark.compare("wide", 2, 2_000, 500);
    benchmark.cold(Path.of(args[2]).resolve("cold"));
    benchmark.million(Path.of(args[2]).resolve("million"));
  }

  private void compare(String name, int repositories, int tags, int untagged)
      throws IOException, InterruptedException {
    Path root = folder.resolve(name);
    write(root, repositories, tags, untagged);
    long files = count(root);
    double[] find = new double[ROUNDS];
    double[] start = new double[ROUNDS];
    double[] ours = new double[ROUNDS];
    double[][] upstream = new double[2][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      find[round] = seconds("find", root.toString(), "-type", "f");
      start[round] = seconds(winnow.toString(), "--version");
      ours[round] = seconds(winnow.toString(), "collect", "--root", root.toString(), "--dry-run");
      upstream[0][round] = upstream("registry2", root);
      upstream[1][round] = upstream("registry3", root);
    }
    System.out.printf(Locale.ROOT, "%s, %,d files, start %.2f s%n", name, files, median(start));
    print("collect --dry-run, first", ours, start, find);
    for (int i = 0; i < upstream.length; i++) {
      String registry = List.of("registry2", "registry3").get(i);
      double all = upstream(registry, root, "--delete-untagged");
      System.out.printf(
          Locale.ROOT,
          "  %s garbage-collect --dry-run: %.2f s, %.1f x ours; with --delete-untagged %.1f s, %.0f"
              + " x ours%n",
          registry,
          median(upstream[i]),
          median(upstream[i]) / median(ours),
          all,
          all / median(ours));
    }
    plan(root);
    seconds(winnow.toString(), "collect", "--root", root.toString());
    for (int round = 0; round < ROUNDS; round++) {
      find[round] = seconds("find", root.toString(), "-type", "f");
      start[round] = seconds(winnow.toString(), "--version");
      ours[round] = seconds(winnow.toString(), "collect", "--root", root.toString(), "--dry-run");
    }
    print("collect --dry-run, after a pass", ours, start, find);
    Folders.delete(root);
  }

  private static void print(String which, double[] ours, double[] start, double[] find) {
    double[] ratios = new double[find.length];
    Arrays.setAll(ratios, round -> (ours[round] - start[round]) / find[round]);
    System.out.printf(
        Locale.ROOT,
        "  winnow %s: %.2f s, find %.2f s; without the start %.2f x find%n",
        which,
        median(ours),
        median(find),
        median(ratios));
  }

  /** Images with a layer of their own and one that all share. */
  private static void write(Path root, int repositories, int tags, int untagged) {
    StoreWriter store = new StoreWriter(root).pushedAt(Instant.now().minus(Duration.ofDays(30)));
    for (int r = 0; r < repositories; r++) {
      String repository = "team-%02d/app".formatted(r);
      for (int i = 0; i < tags + untagged; i++) {
        var image = TestImages.oci(repository + i).layer("shared by all").build();
        if (i < tags) {
          store.push(repository, "build-" + i, image);
        } else {
          store.push(repository, image);
        }
      }
    }
  }

  /** What a retention run reads of the volume, beside a look at the same repositories. */
  private void plan(Path root) throws IOException, InterruptedException {
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(
        policy,
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main}
        spec: {url: "http://localhost:5000"}
        ---
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: builds}
        spec:
          registryRef: {name: main}
          rules:
          - name: old
            repositories: ["**"]
            keep: [{newest: 10, orderBy: Pushed}]
          protect: {inUse: Ignore}
        """);
    String repositories = root.resolve("docker/registry/v2/repositories").toString();
    double[] find = new double[ROUNDS];
    double[] start = new double[ROUNDS];
    double[] ours = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      find[round] = seconds("find", repositories, "-type", "f");
      start[round] = seconds(winnow.toString(), "--version");
      ours[round] =
          seconds(
              winnow.toString(),
              "plan",
              "-f",
              policy.toString(),
              "--store",
              root.toString(),
              "-o",
              "jsonl");
    }
    print("plan --store", ours, start, find);
  }

  /** On a disk whose cache has been dropped before each, which only root may do. */
  private void cold(Path root) throws IOException, InterruptedException {
    Path drop = Path.of("/proc/sys/vm/drop_caches");
    if (!Files.isWritable(drop)) {
      System.out.println("cold: not measured, only root may drop the cache");
      return;
    }
    write(root, 50, 200, 60);
    double[] find = new double[3];
    double[] start = new double[3];
    double[] ours = new double[3];
    for (int round = 0; round < find.length; round++) {
      start[round] = seconds(winnow.toString(), "--version");
      seconds("sync");
      Files.writeString(drop, "3");
      find[round] = seconds("find", root.toString(), "-type", "f");
      Files.writeString(drop, "3");
      ours[round] = seconds(winnow.toString(), "collect", "--root", root.toString(), "--dry-run");
    }
    System.out.println("deep, on a disk, nothing of it in memory");
    print("collect --dry-run", ours, start, find);
    Folders.delete(root);
  }

  private void million(Path root) throws IOException, InterruptedException {
    int blobs = 0;
    StoreWriter store = new StoreWriter(root).pushedAt(Instant.now().minus(Duration.ofDays(30)));
    for (int i = 0; blobs < 1_000_000; i++) {
      var image = TestImages.oci("image " + i);
      for (int layer = 0; layer < 9; layer++) {
        image.layer("layer " + layer + " of " + i);
      }
      var built = image.build();
      store.push("team-%02d/app".formatted(i % 100), "build-" + i, built);
      blobs += built.blobs().size() + 1;
    }
    double find = seconds("find", root.toString(), "-type", "f");
    ProcessBuilder builder =
        command(winnow.toString(), "collect", "--root", root.toString(), "--dry-run");
    builder.environment().put("WINNOW_JAVA_OPTS", "-Xmx" + HEAP_MIB + "m");
    long began = System.nanoTime();
    Process process = builder.start();
    long peak = 0;
    while (!process.waitFor(20, TimeUnit.MILLISECONDS)) {
      peak = Math.max(peak, peak(process.pid()));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    if (process.exitValue() != 0) {
      throw new IOException("collect ended with " + process.exitValue());
    }
    System.out.printf(
        Locale.ROOT,
        "%,d blobs: %.1f s (find %.1f s), heap limit %d MiB, peak resident memory %d MB%n",
        blobs,
        seconds,
        find,
        HEAP_MIB,
        peak / 1000);
    Folders.delete(root);
  }

  /** Most memory that a process has had so far, in KiB. */
  private static long peak(long pid) {
    try {
      Matcher peak = PEAK.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
      return peak.find() ? Long.parseLong(peak.group(1)) : 0;
    } catch (IOException e) {
      return 0; // it has just ended
    }
  }

  private static long count(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private double upstream(String registry, Path root, String... more)
      throws IOException, InterruptedException {
    Path config = folder.resolve("config.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        storage: {filesystem: {rootdirectory: %s}}
        http: {addr: "127.0.0.1:0"}
        log: {level: error}
        """
            .formatted(root));
    String program = Tools.find().path(registry).toString();
    String[] command = new String[4 + more.length];
    System.arraycopy(
        new String[] {program, "garbage-collect", "--dry-run", config.toString()},
        0,
        command,
        0,
        4);
    System.arraycopy(more, 0, command, 4, more.length);
    return seconds(command);
  }

  private static ProcessBuilder command(String... command) {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  private static double seconds(String... command) throws IOException, InterruptedException {
    long began = System.nanoTime();
    int status = command(command).start().waitFor();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + status);
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }
}
