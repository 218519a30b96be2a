package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a registry may write while a pass works, at the moment that hurts most: its writes are made
 * here, in its order. The names are those of the reference on registries, section 7.3; a † is one
 * of the collector's design.
 */
final class RacesTest {
  private final OldStore store = new OldStore();
  private final Passes passes = Passes.online(store.root);
  private final TestImage dropped = store.dropped;
  private final String layer = dropped.blobs().getLast().digest();

  @AfterEach
  void close() {
    store.close();
  }

  private interface Write {
    void run() throws IOException;
  }

  /** Takes in the second pass, and writes before its second mark. */
  private CollectionReport takeAndMeanwhile(Write write) throws IOException {
    passes.run();
    AtomicBoolean isDone = new AtomicBoolean();
    CollectionReport report =
        passes
            .later(Passes.SHORT.plusMillis(500))
            .meanwhile(time -> {
              if (isDone.compareAndSet(false, true)) {
                write.run();
              }
            })
            .run();
    assertThat(report.quarantined().blobs()).isEqualTo(3);
    assertThat(isDone).isTrue();
    return report;
  }

  /** In the second pass, writes right before the first operation of a kind on a path. */
  private CollectionReport takeAndBefore(Operation when, Path where, Write write)
      throws IOException {
    passes.run();
    AtomicBoolean isDone = new AtomicBoolean();
    CollectionReport report =
        passes
            .later(Passes.SHORT.plusMillis(500))
            .watcher((operation, path) -> {
              if (operation == when
                  && path.startsWith(where)
                  && isDone.compareAndSet(false, true)) {
                write.run();
              }
            })
            .run();
    assertThat(isDone).isTrue();
    return report;
  }

  private void purge() throws IOException {
    passes.watcher(Volume.Watcher.NONE);
    passes.later(Passes.SHORT.plusMillis(500)).run();
    passes.later(Passes.SHORT.plusMillis(500)).run();
    passes.later(Passes.SHORT.plusMillis(500)).run();
  }

  /** The manifest was checked before its layers were taken, and is written after. */
  @Test
  void r2AManifestOfWhatWasTakenBringsItBack() throws IOException {
    TestImage image = TestImages.oci("dropped").label("new", "config").build();
    CollectionReport report =
        takeAndMeanwhile(() -> {
          String config = image.blobs().getFirst().digest();
          Files.createDirectories(store.old.blob(config).getParent());
          Files.write(store.old.blob(config), image.blobs().getFirst().bytes());
          store.link(store.old.layer(REPOSITORY, config), config);
          store.putManifest(REPOSITORY, "new", image);
        });
    assertThat(report.restored().blobs()).isOne();
    assertThat(store.pulls("new")).isTrue();
    purge();
    assertThat(store.pulls("new")).isTrue();
    assertThat(store.trash()).isEmpty();
  }

  /** The upload has found the data in place, and writes its link when that is gone. */
  @Test
  void r3AnUploadThatFoundTheDataInPlaceBringsItBack() throws IOException {
    takeAndMeanwhile(() -> store.link(store.old.layer(REPOSITORY, layer), layer));
    assertThat(store.droppedLayer()).exists();
  }

  @Test
  void r4AMountBringsItBack() throws IOException {
    takeAndMeanwhile(() -> store.link(store.old.layer("other", layer), layer));
    assertThat(store.droppedLayer()).exists();
    purge();
    assertThat(store.droppedLayer()).doesNotExist();
  }

  @Test
  void r6WhatIsUploadedAgainStaysAndTheTrashGoes() throws IOException {
    takeAndMeanwhile(() -> store.now().push(REPOSITORY, "again", dropped));
    assertThat(store.pulls("again")).isTrue();
    purge();
    assertThat(store.pulls("again")).isTrue();
    assertThat(store.trash()).isEmpty();
  }

  /** † A link to what is in no trash any more: the upload that brings the data finds it there. */
  @Test
  void r8ALinkThatIsTakenWhileItsDataIsUploadedAgainComesBack() throws IOException {
    store.quarantined();
    Path link = store.old.layer(REPOSITORY, layer);
    passes.later(Passes.SHORT.multipliedBy(3)).run();
    assertThat(store.droppedLayer()).doesNotExist();
    assertThat(link).exists();
    AtomicBoolean isDone = new AtomicBoolean();
    passes
        .later(Passes.SHORT.multipliedBy(2))
        .watcher((operation, path) -> {
          if (operation == Operation.RENAME
              && path.equals(link)
              && isDone.compareAndSet(false, true)) {
            Files.write(store.droppedLayer(), dropped.blobs().getLast().bytes());
          }
        })
        .run();
    assertThat(isDone).isTrue();
    assertThat(link).exists();
  }

  @Test
  void r9ATagThatMovesDuringTheMarkKeepsBoth() throws IOException {
    Path revisions = store.old.repository(REPOSITORY).resolve("_manifests/revisions");
    takeAndBefore(
        Operation.LIST,
        revisions,
        () ->
            store.link(
                store.old.tag(REPOSITORY, "latest").resolve("current/link"), dropped.digest()));
    assertThat(store.pulls("latest")).isTrue();
    assertThat(store.pulls(store.kept.digest())).isTrue();
  }

  /** † Tagged between the second look and the rename. */
  @Test
  void r11AManifestThatIsTaggedWhileItIsTakenComesBack() throws IOException {
    Path revision = store.old.revision(REPOSITORY, dropped.digest());
    takeAndBefore(
        Operation.RENAME, revision, () -> store.putManifest(REPOSITORY, "again", dropped));
    assertThat(store.pulls("again")).isTrue();
    purge();
    assertThat(store.pulls("again")).isTrue();
  }

  @Test
  void r11AManifestThatIsTaggedAfterItWasTakenComesBack() throws IOException {
    takeAndMeanwhile(() ->
        store.link(store.old.tag(REPOSITORY, "again").resolve("current/link"), dropped.digest()));
    assertThat(store.pulls("again")).isTrue();
  }

  /** † A manifest in the trash is not missing: what it leads to comes back with it. */
  @Test
  void r12AnIndexOfWhatWasTakenBringsAllOfItBack() throws IOException {
    TestImage index = TestImages.index().add(dropped).build();
    takeAndMeanwhile(() -> store.putManifest(REPOSITORY, "index", index));
    assertThat(store.pulls("index")).isTrue();
    assertThat(store.pulls(dropped.digest())).isTrue();
  }

  /** The manifest is not written again by 2.8, whose memory says that it is there. */
  @Test
  void r14AManifestThatIsPushedAgainButNotWrittenComesBack() throws IOException {
    takeAndMeanwhile(() -> {
      store.link(store.old.revision(REPOSITORY, dropped.digest()), dropped.digest());
      for (var blob : dropped.blobs()) {
        store.link(store.old.layer(REPOSITORY, blob.digest()), blob.digest());
      }
    });
    assertThat(store.pulls(dropped.digest())).isTrue();
  }

  /** 2.8 truncates a link and then writes it. */
  @Test
  void r15AnEmptyTagKeepsAllThatItLedTo() throws IOException {
    Path link = store.old.tag(REPOSITORY, "latest").resolve("current/link");
    passes.run();
    Files.write(link, new byte[0]);
    passes.later(Passes.SHORT.plusMillis(500)).run();
    assertThat(store.pulls(store.kept.digest())).isTrue();
  }

  /** B1: distribution's own collector loses the rest of the repository. */
  @Test
  void case34AManifestThatIsDeletedDuringTheMarkHidesNothing() throws IOException {
    for (int i = 0; i < 5; i++) {
      store.old.push(REPOSITORY, "tag" + i, TestImages.oci("image" + i).build());
    }
    Path revisions = store.old.repository(REPOSITORY).resolve("_manifests/revisions/sha256");
    AtomicBoolean isDone = new AtomicBoolean();
    Passes.offline(store.root)
        .watcher((operation, path) -> {
          if (operation == Operation.READ
              && path.startsWith(revisions)
              && isDone.compareAndSet(false, true)) {
            Files.delete(path);
          }
        })
        .run();
    assertThat(Stream.of(0, 1, 2, 3, 4).filter(i -> store.pulls("tag" + i)))
        .hasSizeGreaterThanOrEqualTo(4);
    assertThat(store.old.blob(store.kept.digest())).exists();
  }

  /** † Writers that remember would answer 201 for what was purged. */
  @Test
  void r13NothingIsPurgedBeforeEveryWriterThatRemembersIsGone() throws IOException {
    Passes memory = Passes.online(store.root).cache(Cache.MEMORY, null);
    memory.run(3);
    assertThat(store.trash()).isEmpty();
    memory.later(Passes.SHORT);
    Instant restarted = memory.now().plusMillis(100);
    memory.later(Duration.ofMillis(200)).cache(Cache.MEMORY, restarted).run();
    assertThat(store.trash()).hasSize(4);
    assertThat(memory.later(Passes.SHORT.multipliedBy(2)).run().held().why())
        .isEqualTo("RegistryNotRestarted");
    assertThat(store.trash()).hasSize(4);
    memory.cache(Cache.MEMORY, memory.now());
    assertThat(memory.later(Duration.ofMillis(200)).run().purged().blobs()).isEqualTo(3);
  }

  /** † Restoring is done in a pass that fails, too. */
  @Test
  void aPassThatCannotReadEverythingRestores() throws IOException {
    store.old.push("closed", "latest", store.kept);
    store.quarantined();
    store.putManifest(REPOSITORY, "again", dropped);
    Path closed = store.old.repository("closed");
    CollectionReport report =
        passes
            .later(Passes.SHORT.multipliedBy(2))
            .watcher((operation, path) -> {
              if (operation == Operation.LIST && path.equals(closed.resolve("_layers"))) {
                throw new AccessDeniedException(path.toString());
              }
            })
            .run();
    assertThat(report.failures()).isNotEmpty();
    assertThat(store.pulls("again")).isTrue();
  }

  /** † What was refused is refused, but what is needed comes back before. */
  @Test
  void aPassThatIsRefusedRestores() throws IOException {
    store.quarantined();
    store.putManifest(REPOSITORY, "again", dropped);
    Passes refused = Passes.online(store.root).withoutYes();
    try (Stream<Path> blobs = Files.walk(store.root.resolve("docker/registry/v2/blobs"))) {
      Path canary =
          blobs
              .filter(path -> path.endsWith("data"))
              .filter(path -> contains(path, "This blob belongs to Winnow"))
              .findFirst()
              .orElseThrow();
      Files.delete(canary);
    }
    assertThatThrownBy(refused::run).isInstanceOf(RefusedException.class);
    assertThat(store.pulls("again")).isTrue();
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** † Distribution 2.8 writes links and manifests in place. */
  @Test
  void whatComesBackSharesNoFileWithTheTrash() throws IOException {
    takeAndMeanwhile(() ->
        store.link(store.old.tag(REPOSITORY, "again").resolve("current/link"), dropped.digest()));
    assertThat(Files.getAttribute(store.old.blob(dropped.digest()), "unix:nlink")).isEqualTo(1);
    assertThat(Files.getAttribute(store.droppedLayer(), "unix:nlink")).isEqualTo(1);
    assertThat(store.trash()).isEmpty();
  }

  /**
   * † No push heals what has the right name and the wrong bytes: a registry keeps what is there.
   */
  @Test
  void case44BadDataThatTookThePlaceIsReplaced() throws IOException {
    store.quarantined();
    store.putManifest(REPOSITORY, "again", dropped);
    Files.writeString(store.droppedLayer(), "torn");
    store.age(store.droppedLayer(), Duration.ofHours(1));
    passes.later(Duration.ofMillis(500)).run();
    assertThat(Files.readAllBytes(store.droppedLayer()))
        .isEqualTo(dropped.blobs().getLast().bytes());
    assertThat(store.trash())
        .filteredOn(path -> path.endsWith(layer.substring(7)))
        .singleElement(as(InstanceOfAssertFactories.PATH))
        .hasContent("torn");
    purge();
    assertThat(store.trash()).isEmpty();
    assertThat(store.pulls("again")).isTrue();
  }

  /** It may be an upload that is being written. */
  @Test
  void case44BadDataThatWasJustWrittenIsLeftAlone() throws IOException {
    store.quarantined();
    Files.writeString(store.droppedLayer(), "torn");
    Passes.offline(store.root).run();
    assertThat(store.droppedLayer()).hasContent("torn");
    assertThat(store.trash()).anyMatch(path -> path.endsWith(layer.substring(7)));
  }
}
