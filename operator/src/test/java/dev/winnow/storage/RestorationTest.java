package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A person wants back what passes took. */
final class RestorationTest {
  private final OldStore store = new OldStore();

  @AfterEach
  void close() {
    store.close();
  }

  private Restoration restoration(Volume.Watcher watcher) {
    return new Restoration(new Volume(watcher), store.root, InstantSource.system());
  }

  private Restoration.Result restore(Volume.Watcher watcher) throws IOException {
    Restoration restoration = restoration(watcher);
    Set<String> all =
        restoration.held().stream().map(Restoration.Held::pass).collect(Collectors.toSet());
    return restoration.restore(all);
  }

  @Test
  void nothingIsHeldAtFirst() throws IOException {
    assertThat(restoration(Volume.Watcher.NONE).held()).isEmpty();
  }

  @Test
  void case45WhatWasTakenPullsAgain() throws IOException {
    Passes passes = store.quarantined();
    Restoration.Held held = restoration(Volume.Watcher.NONE).held().getFirst();
    assertThat(held.blobs()).isEqualTo(3);
    assertThat(held.links()).isOne();
    assertThat(held.taken()).isNotNull();

    Restoration.Result result = restore(Volume.Watcher.NONE);
    assertThat(result.blobs()).isEqualTo(3);
    assertThat(result.there()).isZero();
    assertThat(store.pulls(store.dropped.digest())).isTrue();
    assertThat(store.trash()).isEmpty();

    passes.later(Passes.SHORT.plusMillis(500)).run();
    assertThat(store.pulls(store.dropped.digest())).as("it counts from now").isTrue();
  }

  @Test
  void onlyWhatOnePassTook() throws IOException {
    store.quarantined();
    assertThat(restoration(Volume.Watcher.NONE).restore(Set.of("another")).blobs()).isZero();
    assertThat(store.trash()).hasSize(4);
  }

  /** A tag comes back whole, whichever pass took its image. */
  @Test
  void aTagComesBackWithWhatLaterPassesTook() throws IOException {
    store.old.push(REPOSITORY, "gone", store.dropped);
    Passes passes = Passes.online(store.root).hold(Duration.ofHours(1));
    passes.untag(
        new CollectOptions.Untag(REPOSITORY, "gone", new Digest(store.dropped.digest()), null));
    passes.run(4);
    assertThat(store.droppedLayer()).doesNotExist();
    Restoration restoration = restoration(Volume.Watcher.NONE);
    assertThat(restoration.held()).hasSizeGreaterThan(1);
    restoration.restore(Set.of(restoration.held().getFirst().pass()));
    assertThat(store.pulls("gone")).isTrue();
  }

  @Test
  void case44WhatIsThereAgainStaysAsItIs() throws IOException {
    store.quarantined();
    byte[] layer = store.dropped.blobs().getLast().bytes();
    Files.write(store.droppedLayer(), layer);
    Object before = Files.getAttribute(store.droppedLayer(), "unix:ino");
    Restoration.Result result = restore(Volume.Watcher.NONE);
    assertThat(result.there()).isOne();
    assertThat(result.blobs()).isEqualTo(2);
    assertThat(Files.getAttribute(store.droppedLayer(), "unix:ino")).isEqualTo(before);
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  @Test
  void aPassThatWasEndedInTheMiddleCanBeUndone() throws IOException {
    Passes passes = Passes.online(store.root);
    passes.run();
    AtomicInteger renames = new AtomicInteger();
    passes
        .later(Passes.SHORT.plusMillis(500))
        .watcher((operation, path) -> {
          if (operation == Volume.Operation.RENAME
              && path.endsWith("data")
              && renames.incrementAndGet() == 2) {
            throw new Killed();
          }
        });
    assertThatThrownBy(passes::run).isInstanceOf(Killed.class);
    assertThat(restoration(Volume.Watcher.NONE).held().getFirst().taken()).isNull();
    restore(Volume.Watcher.NONE);
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  @Test
  void isMadeGoodWhereverItIsKilled() throws IOException {
    store.quarantined();

    for (int last = 0; ; last++) {
      AtomicInteger left = new AtomicInteger(last);
      boolean isDone;
      try {
        restore((operation, path) -> {
          if (operation.changes() && left.getAndDecrement() <= 0) {
            throw new Killed();
          }
        });
        isDone = true;
      } catch (Killed e) {
        isDone = false;
      }
      if (isDone) {
        assertThat(last).as("changes of a whole one").isGreaterThan(4);
        break;
      }
      assertThat(store.pulls("latest")).isTrue();
    }
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  /** † A volume that is full or read-only for it says so. */
  @Test
  void saysWhyItCannot() throws IOException {
    store.quarantined();
    assertThatThrownBy(() ->
            restore((operation, path) -> {
              if (operation == Volume.Operation.LINK) {
                throw new FileSystemException("x", null, "No space left on device");
              }
            }))
        .hasMessageContaining("No space left");
    restore(Volume.Watcher.NONE);
    assertThat(store.pulls(REPOSITORY, store.dropped.digest())).isTrue();
  }

  /** What it brings back is not gone with the next pass, though that may be long after. */
  @Test
  void aPassAfterItBeginsAnew() throws IOException {
    Passes passes = store.quarantined();
    restore(Volume.Watcher.NONE);
    assertThat(passes.later(Duration.ofMillis(2500)).run().quarantined().blobs()).isZero();
    assertThat(passes.later(Duration.ofMillis(2500)).run().quarantined().blobs()).isEqualTo(3);
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
