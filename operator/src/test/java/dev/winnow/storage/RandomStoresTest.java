package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.storage.Oracle.Expected;
import dev.winnow.storage.Oracle.Policy;
import dev.winnow.storage.Oracle.Pull;
import dev.winnow.testing.Folders;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Passes over random stores with every odd state, held against an oracle that shares no code with
 * the collector: nothing is lost, and what nothing needs goes.
 */
final class RandomStoresTest {
  private static final int PASSES_ONLINE = 5;

  /** Changes that one pass makes more than another: threads that make the same folder at once. */
  private static final int RACING = 10;

  private final Path folder = Folders.temporary("stores");

  @AfterEach
  void deleteStores() {
    Folders.delete(folder);
  }

  @Test
  void nothingIsLostAndGarbageGoes() {
    offline(0, 120);
  }

  /** Each of these has found something that the first hundred did not. */
  @Test
  void nothingIsLostThatOnceWas() {
    for (long seed :
        new long[] {124, 291, 457, 1_201, 1_683, 3_030, 3_084, 3_112, 3_166, 3_187, 2_805, 3_256}) {
      offline(seed, seed + 1);
    }
  }

  @Test
  @Tag("soak")
  void nothingIsLostAndGarbageGoesInThousands() {
    offline(120, 5_000);
  }

  private void offline(long from, long to) {
    Seeds.each(
        from,
        to,
        seed -> {
          Store store = new Store(seed, Duration.ofDays(7), Duration.ofDays(1));
          store.holds(Passes.offline(store.root).run());
          store.isClean();
          store.delete();
        });
  }

  @Test
  void nothingIsLostWhileTheRegistryServes() {
    online(0, 30);
  }

  @Test
  @Tag("soak")
  void nothingIsLostWhileTheRegistryServesInThousands() {
    online(30, 1_000);
  }

  /** Seen, taken, purged; then the links to it taken and purged. */
  private void online(long from, long to) {
    Seeds.each(
        from,
        to,
        seed -> {
          Store store = new Store(seed, Passes.SHORT, Passes.SHORT);
          Passes passes = Passes.online(store.root);
          if (seed % 3 == 0) {
            passes.probe(probe -> {});
          }
          assertThat(passes.run().quarantined().blobs()).as("first seen, seed %d", seed).isZero();
          for (int pass = 1; pass < PASSES_ONLINE; pass++) {
            store.holds(passes.later(Passes.SHORT.plusMillis(500)).run());
          }
          store.isClean();
          store.delete();
        });
  }

  @Test
  void aPassThatIsKilledAnywhereIsMadeGoodByTheNext() {
    kills(0, 8, 8);
  }

  @Test
  @Tag("soak")
  void aPassThatIsKilledAnywhereIsMadeGoodByTheNextInThousands() {
    kills(8, 150, 20);
  }

  private void kills(long from, long to, int times) {
    Seeds.each(from, to, seed -> kills(new Random(seed), seed, times));
  }

  private void kills(Random random, long seed, int times) throws IOException {
    Store store = new Store(seed, Duration.ofDays(7), Duration.ofDays(1));
    int changes = changes(store);
    for (int time = 0; time < times; time++) {
      int last = random.nextInt(changes);
      store.again("killed at change " + last);
      boolean killed = isKilled(Passes.offline(store.root).watcher(new Kill(last)));
      assertThat(killed || last > changes - RACING).as(store.what).isTrue();
      store.holds();
      store.holds(Passes.offline(store.root).run());
      store.isClean();
    }
    store.delete();
  }

  @Test
  void aPassThatFailsAnywhereIsMadeGoodByTheNext() {
    faults(100, 108, 8);
  }

  @Test
  @Tag("soak")
  void aPassThatFailsAnywhereIsMadeGoodByTheNextInThousands() {
    faults(108, 250, 20);
  }

  private static boolean isKilled(Passes passes) throws IOException {
    try {
      passes.run();
      return false;
    } catch (Killed e) {
      return true;
    }
  }

  private void faults(long from, long to, int times) {
    Seeds.each(from, to, seed -> faults(new Random(seed), seed, times));
  }

  private void faults(Random random, long seed, int times) throws IOException {
    Store store = new Store(seed, Duration.ofDays(7), Duration.ofDays(1));
    int operations = operations(store);
    for (int time = 0; time < times; time++) {
      Fault fault =
          new Fault(random.nextInt(operations), random.nextInt(3), random.nextInt(3) == 0);
      store.again("failed: " + fault);
      try {
        Passes.offline(store.root).watcher(fault).run();
      } catch (IOException e) {
        // Then it said so; else it is in the report, or was of no consequence.
      }
      store.holds();
      store.holds(Passes.offline(store.root).run());
      store.isClean();
    }
    store.delete();
  }

  private static int changes(Store store) throws IOException {
    AtomicInteger count = new AtomicInteger();
    Passes.offline(store.root)
        .watcher((operation, path) -> count.addAndGet(operation.changes() ? 1 : 0))
        .run();
    return count.get();
  }

  private static int operations(Store store) throws IOException {
    AtomicInteger count = new AtomicInteger();
    Passes.offline(store.root).watcher((operation, path) -> count.incrementAndGet()).run();
    return count.get();
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

  /** Fails an operation, or each from there on. */
  private static final class Fault implements Volume.Watcher {
    private final int first;
    private final int kind;
    private final boolean stays;
    private final AtomicInteger count = new AtomicInteger();

    Fault(int first, int kind, boolean stays) {
      this.first = first;
      this.kind = kind;
      this.stays = stays;
    }

    @Override
    public void before(Volume.Operation operation, Path path) throws IOException {
      int now = count.getAndIncrement();
      if (now == first || (stays && now > first)) {
        throw switch (kind) {
          case 0 -> new AccessDeniedException(path.toString());
          case 1 -> new FileSystemException(path.toString(), null, "Input/output error");
          default -> new FileSystemException(path.toString(), null, "No space left on device");
        };
      }
    }

    @Override
    public String toString() {
      return "operation " + first + ", error " + kind + (stays ? ", and all after it" : "");
    }
  }

  /** One of the stores, and what must become of it. */
  private final class Store {
    private final long seed;
    private final Instant now = Instant.now();
    private final Path root;
    private final Set<Pull> before;
    private final Expected expected;
    private String what;

    Store(long seed, Duration untagged, Duration grace) {
      this.seed = seed;
      root = folder.resolve("store-" + seed);
      again("");
      before = Oracle.pullable(root);
      expected = Oracle.expected(root, new Policy(now, untagged, grace, Set.of()));
    }

    /** The same once more. */
    void again(String purpose) {
      what = "seed " + seed + " " + purpose;
      Folders.delete(root);
      Oracle.randomStore(seed, root, now);
    }

    void holds(CollectionReport report) {
      assertThat(report.failures()).as(what).isEmpty();
      holds();
    }

    void holds() {
      assertThat(expected.lost(root)).as("lost, %s", what).isEmpty();
      assertThat(expected.lost(before, root)).as("pulls that worked, %s", what).isEmpty();
    }

    /** Only once all is well with it: of one that is not, the rest is to see. */
    void delete() {
      Folders.delete(root);
    }

    void isClean() {
      assertThat(expected.left(root)).as("left, %s", what).isEmpty();
    }
  }
}
