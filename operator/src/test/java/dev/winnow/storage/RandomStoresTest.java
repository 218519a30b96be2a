package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.storage.Oracle.Expected;
import dev.winnow.storage.Oracle.Policy;
import dev.winnow.storage.Oracle.Pull;
import dev.winnow.testing.Folders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Passes over random stores with every odd state, held against an oracle that shares no code with
 * the collector: nothing is lost, and what nothing needs goes.
 */
final class RandomStoresTest {
  @TempDir Path folder;

  /** What a person would tell a pass while no registry runs. */
  private static CollectOptions offline() {
    return new CollectOptions(
        false,
        Duration.ofDays(7),
        Duration.ofDays(1),
        Duration.ZERO,
        true,
        null,
        Cache.NONE,
        null,
        null,
        Set.of(),
        List.of(),
        true,
        Timing.REAL);
  }

  private static CollectionReport pass(Path root, Volume.Watcher watcher) throws IOException {
    return new Pass(
            new Volume(watcher),
            root,
            offline(),
            InstantSource.system(),
            time -> {
              throw new IOException("nothing is waited for while no registry runs");
            })
        .run();
  }

  @Test
  void nothingIsLostAndGarbageGoes() throws IOException {
    seeds(0, 60);
  }

  @Test
  @Tag("soak")
  void nothingIsLostAndGarbageGoesInThousands() throws IOException {
    seeds(60, 3_000);
  }

  private void seeds(long from, long to) throws IOException {
    for (long seed = from; seed < to; seed++) {
      Path root = store(seed);
      Set<Pull> before = Oracle.pullable(root);
      Expected expected = Oracle.expected(root, Policy.usual(Instant.now()));
      CollectionReport report = pass(root, Volume.Watcher.NONE);
      assertThat(report.failures()).as("seed %d", seed).isEmpty();
      check(seed, root, expected, before);
    }
  }

  @Test
  void aPassThatIsKilledAnywhereIsMadeGoodByTheNext() throws IOException {
    kills(0, 20, 4);
  }

  @Test
  @Tag("soak")
  void aPassThatIsKilledAnywhereIsMadeGoodByTheNextInThousands() throws IOException {
    kills(20, 300, 12);
  }

  private void kills(long from, long to, int times) throws IOException {
    Random random = new Random(from);
    for (long seed = from; seed < to; seed++) {
      Path root = store(seed);
      AtomicInteger changes = new AtomicInteger();
      pass(
          root,
          (operation, path) -> {
            if (operation.changes()) {
              changes.incrementAndGet();
            }
          });
      for (int time = 0; time < times; time++) {
        Path again = store(seed);
        Set<Pull> before = Oracle.pullable(again);
        Expected expected = Oracle.expected(again, Policy.usual(Instant.now()));
        int last = random.nextInt(changes.get());
        assertThatThrownBy(() -> pass(again, new Kill(last)))
            .as("seed %d, change %d", seed, last)
            .isInstanceOf(Killed.class);
        pass(again, Volume.Watcher.NONE);
        check(seed, again, expected, before);
      }
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Ends the pass at a change of the volume; nothing happens to it afterwards. */
  private static final class Kill implements Volume.Watcher {
    private final AtomicInteger left;

    Kill(int changes) {
      left = new AtomicInteger(changes);
    }

    @Override
    public void before(Volume.Operation operation, Path path) {
      if (operation.changes() && left.getAndDecrement() <= 0) {
        throw new Killed();
      }
    }
  }

  private Path store(long seed) throws IOException {
    Path root = folder.resolve("store");
    Folders.delete(root);
    Oracle.randomStore(seed, root, Instant.now());
    return root;
  }

  private static void check(long seed, Path root, Expected expected, Set<Pull> before) {
    assertThat(expected.lost(root)).as("lost of seed %d", seed).isEmpty();
    assertThat(expected.left(root)).as("left of seed %d", seed).isEmpty();
    Set<Pull> lost = new HashSet<>(before);
    lost.removeAll(Oracle.pullable(root));
    Set<String> gone = new HashSet<>();
    expected.gone().revisions().forEach(item -> gone.add(item.repository() + "@" + item.name()));
    lost.removeIf(pull -> gone.contains(pull.repository() + "@" + pull.reference()));
    assertThat(lost).as("pulls that worked before, seed %d", seed).isEmpty();
  }
}
