package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.storage.Oracle.Expected;
import dev.winnow.storage.Oracle.Item;
import dev.winnow.storage.Oracle.Policy;
import dev.winnow.storage.Oracle.Pull;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Folders;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracle is right: by its own tests, and by what real registries answer. */
final class OracleTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  /** More of them: {@code compare_with_registry.py --seeds 0-999}. */
  private static final int SEEDS = 20;

  @Test
  void itsOwnTestsPass() {
    Tools.Result tests = Oracle.call("test_oracle.py");
    assertThat(tests.exitCode()).describedAs(tests.err()).isZero();
  }

  @EachRegistry
  void aRegistryAnswersAsItSays(RegistryVersion version, @TempDir Path folder) {
    Path root = folder.resolve("root");
    RegistryOptions options = TestRegistry.of(version).root(root);
    if (version == RegistryVersion.V2_8) {
      options.set("compatibility.schema1.enabled", true);
    }
    try (TestRegistry registry = options.start()) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Folders.delete(root);
        Oracle.randomStore(seed, root, NOW);
        Tools.Result comparison =
            Oracle.call(
                "compare_with_registry.py",
                "--store=" + root,
                "--version=" + version,
                "--url=" + registry.url());
        assertThat(comparison.exitCode())
            .describedAs("seed %s: %s%s", seed, comparison.out(), comparison.err())
            .isZero();
      }
    }
  }

  @Test
  void tellsWhatStaysAndWhatGoes(@TempDir Path root) throws IOException {
    TestImage kept = TestImages.oci("kept").build();
    TestImage dropped = TestImages.oci("dropped").build();
    StoreWriter store = new StoreWriter(root).pushedAt(NOW.minus(Duration.ofDays(30)));
    store.push("app", "latest", kept).push("app", dropped);

    Expected expected = Oracle.expected(root, Policy.usual(NOW));
    assertThat(expected.live().tags()).containsExactly(new Item("app", "latest"));
    assertThat(expected.live().revisions()).containsExactly(new Item("app", kept.digest()));
    assertThat(expected.gone().revisions()).containsExactly(new Item("app", dropped.digest()));
    assertThat(expected.lost(root)).isEmpty();
    assertThat(expected.left(root))
        .contains(store.blob(dropped.digest()), store.revision("app", dropped.digest()));
    assertThat(Oracle.pullable(root))
        .contains(new Pull("app", "latest", "2.8", true), new Pull("app", "latest", "3.1", true));

    Files.delete(store.blob(kept.blobs().getLast().digest()));
    assertThat(expected.lost(root)).containsExactly(store.blob(kept.blobs().getLast().digest()));
    assertThat(Oracle.pullable(root))
        .contains(new Pull("app", "latest", "3.1", false))
        .doesNotContain(new Pull("app", "latest", "3.1", true));
  }
}
