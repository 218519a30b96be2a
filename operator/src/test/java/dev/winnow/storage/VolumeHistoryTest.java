package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a pass believes of earlier ones: of this volume, and of collectors beside it. */
final class VolumeHistoryTest {
  private final OldStore store = new OldStore();

  @AfterEach
  void close() {
    store.close();
  }

  private Instant taken() throws IOException {
    Volume volume = new Volume(Volume.Watcher.NONE);
    TrashFolder folder = Trash.folders(volume, new StoreLayout(store.root)).getFirst();
    return Optional.ofNullable(folder.taken(volume)).orElseThrow();
  }

  /** † Counting it anew in each pass would never purge anything. */
  @Test
  void keepsTheTimeOfWhatIsInTheTrash() throws IOException {
    Passes passes = store.quarantined();
    Instant before = taken();
    passes.later(Duration.ofMillis(500)).run();
    assertThat(taken()).isEqualTo(before);
  }

  /** † What a killed pass took counts from when the next one finds it. */
  @Test
  void countsWhatAKilledPassTookFromTheNext() throws IOException {
    Passes passes = Passes.online(store.root);
    passes.run();
    passes
        .later(Passes.SHORT.plusMillis(500))
        .meanwhile(time -> {
          throw new IllegalStateException("killed");
        });
    assertThatThrownBy(passes::run).hasMessage("killed");
    Volume volume = new Volume(Volume.Watcher.NONE);
    Files.delete(Trash.folders(volume, new StoreLayout(store.root)).getFirst().record());
    Passes next = Passes.online(store.root).later(Duration.ofSeconds(10));
    next.run();
    assertThat(taken()).isAfterOrEqualTo(next.now().minusSeconds(2));
  }

  /** † A killed pass is followed by its second mark first. */
  @Test
  void bringsBackWhatAKilledPassTookAndSomebodyNeeds() throws IOException {
    Passes passes = Passes.online(store.root);
    passes.run();
    passes
        .later(Passes.SHORT.plusMillis(500))
        .meanwhile(time -> {
          throw new IllegalStateException("killed");
        });
    assertThatThrownBy(passes::run).hasMessage("killed");
    store.putManifest(OldStore.REPOSITORY, "again", store.dropped);
    assertThat(store.pulls("again")).isFalse();
    Passes.online(store.root).run();
    assertThat(store.pulls("again")).isTrue();
  }

  /** † A copy of the volume, or what a backup was restored to. */
  @Test
  void believesNothingOfACopy() throws IOException {
    store.quarantined();
    String instance = Instance.known(new Volume(Volume.Watcher.NONE), new StoreLayout(store.root));
    Path copy = store.folder.resolve("copy");
    Tools.finish(
        new ProcessBuilder("cp", "-a", "--no-preserve=links", store.root.toString(), "" + copy));
    Passes passes = Passes.online(copy);
    CollectionReport report = passes.later(Passes.SHORT.multipliedBy(4)).run();
    assertThat(report.instance()).isNotEqualTo(instance);
    assertThat(report.purged().blobs()).isZero();
    assertThat(report.held().blobs()).isEqualTo(3);
    assertThatThrownBy(Passes.online(copy).expect("" + instance)::run)
        .isInstanceOf(RefusedException.class);
    passes.later(Passes.SHORT.plusMillis(500)).run();
    assertThat(passes.later(Passes.SHORT.plusMillis(500)).run().purged().blobs()).isPositive();
  }

  /** † A volume that nobody saw for long may have been anywhere. */
  @Test
  void believesNothingAfterALongTime() {
    Instant last = Instant.parse("2026-11-21T12:00:00Z");
    Sightings daily = Sightings.after(Sightings.none(last.minus(Duration.ofDays(1))), last);
    Duration hold = Duration.ofDays(2);
    assertThat(daily.isStale(last.plus(Duration.ofDays(3)), hold)).isFalse();
    assertThat(daily.isStale(last.plus(Duration.ofDays(3)).plusSeconds(1), hold)).isTrue();
    assertThat(daily.isStale(last.plus(Duration.ofDays(9)), Duration.ofDays(10))).isFalse();
    Sightings hasty = Sightings.after(Sightings.none(last.minusSeconds(5)), last);
    assertThat(hasty.isStale(last.plus(Duration.ofHours(3)), Duration.ofHours(1))).isFalse();
  }

  /** † A daily schedule is not a day to the second. */
  @Test
  void aDayBetweenPassesMayBeATenthShort() {
    Instant first = Instant.parse("2026-11-21T12:00:00Z");
    Duration day = Duration.ofDays(1);
    assertThat(Ages.isBetweenPasses(first, first.plus(Duration.ofHours(22)), day)).isFalse();
    assertThat(Ages.isBetweenPasses(first, first.plus(Duration.ofHours(21)), day)).isTrue();
  }

  /** Times that lie ahead count from when they were first seen. */
  @Test
  void case27WhatIsOfTheFutureGoesInTheEnd() throws IOException {
    Path link = store.old.layer(OldStore.REPOSITORY, store.dropped.blobs().getLast().digest());
    for (Path file :
        new Path[] {
          link,
          store.droppedLayer(),
          store.old.revision(OldStore.REPOSITORY, store.dropped.digest())
        }) {
      store.age(file, Duration.ofDays(-300));
    }
    Passes passes = Passes.online(store.root);
    assertThat(passes.run().quarantined().blobs()).isZero();
    assertThat(passes.later(Duration.ofMillis(2500)).run(2).purged().blobs()).isEqualTo(3);
    assertThat(store.pulls("latest")).isTrue();
  }

  /** A volume that was copied without its times. */
  @Test
  void case27WhatIsNewByItsTimesWaits() throws IOException {
    try (Stream<Path> files = Files.walk(store.root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        store.age(file, Duration.ofMinutes(10));
      }
    }
    CollectionReport report = Passes.offline(store.root).run();
    assertThat(report.quarantined().blobs()).isZero();
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  @Test
  void case40OnlyOneAtATime() throws IOException {
    Passes second = Passes.online(store.root);
    AtomicBoolean isRefused = new AtomicBoolean();
    Passes.online(store.root)
        .watcher((operation, path) -> {
          if (operation == Operation.LIST && path.endsWith("_layers")) {
            assertThatThrownBy(second::run)
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("another collector");
            isRefused.set(true);
          }
        })
        .run();
    assertThat(isRefused).isTrue();
  }

  /**
   * † Where the kernel's lock does not hold, as on some network file systems: the one that wakes
   * finds the folder gone that it moves things into.
   */
  @Test
  void case40AHolderThatIsPausedPastATakeoverMovesNothingMore() throws IOException {
    Passes first = Passes.online(store.root);
    first.run();
    AtomicBoolean isTakenOver = new AtomicBoolean();
    first
        .later(Passes.SHORT.plusMillis(500))
        .watcher((operation, path) -> {
          if (operation == Operation.RENAME
              && path.endsWith("data")
              && isTakenOver.compareAndSet(false, true)) {
            Files.delete(store.root.resolve(".winnow/lock"));
            Passes.online(store.root).run();
          }
        });
    assertThatThrownBy(first::run).isInstanceOf(LockedException.class);
    assertThat(isTakenOver).isTrue();
    assertThat(store.trash()).as("the link that it had moved by then").hasSize(1);
    assertThat(store.droppedLayer()).exists();
    Passes.online(store.root).later(Duration.ofSeconds(8)).run();
    assertThat(store.pulls("latest")).isTrue();
  }
}
