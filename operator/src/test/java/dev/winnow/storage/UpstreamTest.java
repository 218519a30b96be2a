package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Folders;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/** On stores without its bugs, distribution's own collector would take at least what we take. */
final class UpstreamTest {
  private static final int SEEDS = 5;
  private static final Pattern ELIGIBLE =
      Pattern.compile("blob eligible for deletion: sha256:([0-9a-f]{64})");

  private final Path folder = Folders.temporary("upstream");

  @AfterEach
  void delete() {
    Folders.delete(folder);
  }

  @EachRegistry
  void wouldTakeWhatWeTake(RegistryVersion version) throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Path root = folder.resolve("root" + seed);
      write(root, new Random(seed));
      Set<String> eligible = eligible(version, root);
      Set<String> taken = blobs(root);
      Passes.offline(root).run();
      taken.removeAll(blobs(root));
      assertThat(taken).as("seed %d", seed).isNotEmpty();
      assertThat(eligible).as("seed %d", seed).containsAll(taken);
    }
  }

  private static void write(Path root, Random random) {
    StoreWriter store = new StoreWriter(root).pushedAt(Instant.now().minus(Duration.ofDays(30)));
    for (int i = 0; i < 30; i++) {
      TestImage image =
          TestImages.oci("layer" + random.nextInt(12))
              .layer("layer" + random.nextInt(12))
              .label("build", "" + i)
              .build();
      String repository = "repository" + random.nextInt(3);
      switch (random.nextInt(3)) {
        case 0 -> store.push(repository, image);
        case 1 -> store.push(repository, "tag" + random.nextInt(4), image);
        default ->
            store.push(
                repository, "index" + random.nextInt(3), TestImages.index().add(image).build());
      }
    }
  }

  private Set<String> eligible(RegistryVersion version, Path root) throws IOException {
    Path config = folder.resolve("config.yml");
    Files.writeString(
        config, "{version: 0.1, storage: {filesystem: {rootdirectory: " + root + "}}}");
    Tools.Result result =
        Tools.finish(
            new ProcessBuilder(
                Tools.find().path(version.tool()).toString(),
                "garbage-collect",
                "--dry-run",
                "--delete-untagged",
                config.toString()));
    assertThat(result.exitCode()).as(result.err()).isZero();
    Set<String> eligible = new TreeSet<>();
    Matcher matcher = ELIGIBLE.matcher(result.out());
    while (matcher.find()) {
      eligible.add(matcher.group(1));
    }
    return eligible;
  }

  private static Set<String> blobs(Path root) {
    try (Stream<Path> files = Files.walk(root.resolve("docker/registry/v2/blobs"))) {
      return files
          .filter(path -> path.endsWith("data"))
          .map(path -> StoreLayout.folder(path).getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
