package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.Content;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Case 39: each system call of a pass fails, or is the last one; what is tagged is whole at any
 * time, and later passes end where they would have ended without.
 */
final class FaultsTest {
  enum Fault {
    KILLED,
    ENOSPC,
    EIO,
    EACCES;

    boolean isOf(Operation operation) {
      return this == EIO || operation.changes();
    }

    void happen(Path path) throws IOException {
      switch (this) {
        case KILLED -> throw new Killed();
        case ENOSPC -> throw new FileSystemException("" + path, null, "No space left on device");
        case EIO -> throw new FileSystemException("" + path, null, "Input/output error");
        case EACCES -> throw new AccessDeniedException("" + path);
      }
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** The n-th operation of a kind fails; a process that is killed does nothing more. */
  private static final class At implements Volume.Watcher {
    private final Fault fault;
    private final int at;
    private int count;

    At(Fault fault, int at) {
      this.fault = fault;
      this.at = at;
    }

    @Override
    public synchronized void before(Operation operation, Path path) throws IOException {
      if (fault.isOf(operation)) {
        count++;
        if (count == at || (fault == Fault.KILLED && count > at)) {
          fault.happen(path);
        }
      }
    }

    synchronized boolean happened() {
      return count >= at;
    }
  }

  private final TestImage untagged = TestImages.oci("untagged").build();

  /** The pass that takes data, a tag and an upload, while the registry serves. */
  @ParameterizedTest
  @EnumSource
  void takingIsMadeGood(Fault fault) throws IOException {
    everywhere(fault, 2);
  }

  /** The pass that purges, with links that are nowhere to be taken. */
  @ParameterizedTest
  @EnumSource
  void purgingIsMadeGood(Fault fault) throws IOException {
    everywhere(fault, 4);
  }

  private void everywhere(Fault fault, int pass) throws IOException {
    boolean isOver = false;
    for (int at = 1; !isOver; at++) {
      try (OldStore store = new OldStore()) {
        store.old.push(REPOSITORY, "old", untagged);
        Passes passes = Passes.online(store.root).probe(probe -> {});
        for (int before = 1; before < pass; before++) {
          passes.run();
          passes.later(Passes.SHORT.plusMillis(500));
        }
        At watcher = new At(fault, at);
        passes
            .watcher(watcher)
            .untag(new Untag(REPOSITORY, "old", new Digest(untagged.digest()), null));
        try {
          passes.run();
        } catch (IOException | Killed e) {
          // It is what a person would see; or it was killed.
        }
        isOver = !watcher.happened();
        isWhole(store, fault, at);
        passes.watcher(Volume.Watcher.NONE);
        for (int after = 0; after < 6; after++) {
          assertThat(passes.later(Duration.ofMillis(2500)).run().failures())
              .as("%s at %d", fault, at)
              .isEmpty();
          isWhole(store, fault, at);
        }
        isClean(store, fault, at);
      }
    }
  }

  private static void isWhole(OldStore store, Fault fault, int at) {
    List<Path> needed = new ArrayList<>();
    needed.add(store.old.tag(REPOSITORY, "latest").resolve("current/link"));
    needed.add(store.old.revision(REPOSITORY, store.kept.digest()));
    needed.add(store.old.blob(store.kept.digest()));
    for (Content blob : store.kept.blobs()) {
      needed.add(store.old.blob(blob.digest()));
      needed.add(store.old.layer(REPOSITORY, blob.digest()));
    }
    assertThat(needed).as("%s at %d", fault, at).allSatisfy(path -> assertThat(path).exists());
  }

  private void isClean(OldStore store, Fault fault, int at) {
    List<Path> unneeded = new ArrayList<>();
    unneeded.add(store.old.tag(REPOSITORY, "old"));
    for (TestImage image : List.of(store.dropped, untagged)) {
      unneeded.add(store.old.revision(REPOSITORY, image.digest()));
      unneeded.add(store.old.blob(image.digest()));
      String layer = image.blobs().getLast().digest();
      unneeded.add(store.old.blob(layer));
      unneeded.add(store.old.layer(REPOSITORY, layer));
    }
    assertThat(unneeded)
        .as("%s at %d", fault, at)
        .allSatisfy(path -> assertThat(path).doesNotExist());
    assertThat(store.trash()).as("%s at %d", fault, at).isEmpty();
  }
}
