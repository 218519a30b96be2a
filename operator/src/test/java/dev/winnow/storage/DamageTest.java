package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a pass says of images that are not whole: since when, and what it leaves alone then. */
final class DamageTest {
  private final OldStore store = new OldStore();
  private final TestImage other = TestImages.oci("other").build();

  @AfterEach
  void close() {
    store.close();
  }

  private Path layer(TestImage image) {
    return store.old.blob(image.blobs().getLast().digest());
  }

  @Test
  void whatWasBrokenBeforeTheFirstPassIsTellableFromWhatBrokeSince() throws IOException {
    store.old.push(REPOSITORY, "other", other);
    byte[] otherLayer = Files.readAllBytes(layer(other));
    Files.delete(layer(other));
    Passes passes = Passes.patient(store.root);
    assertThat(passes.run().damaged())
        .singleElement()
        .returns("other", CollectionReport.Damaged::tag)
        .returns(null, CollectionReport.Damaged::since);

    Files.delete(layer(store.kept));
    CollectionReport second = passes.next();
    assertThat(second.damaged())
        .extracting(CollectionReport.Damaged::tag, CollectionReport.Damaged::since)
        .containsExactly(tuple("latest", second.pass()), tuple("other", null));
    assertThat(passes.next().damaged())
        .as("it is as old in the pass after")
        .extracting(CollectionReport.Damaged::since)
        .containsExactly(second.pass(), null);

    Files.write(layer(other), otherLayer);
    assertThat(passes.next().damaged())
        .as("of what is left nothing is new")
        .extracting(CollectionReport.Damaged::since)
        .containsExactly(second.pass());
    Files.delete(layer(other));
    CollectionReport again = passes.next();
    assertThat(again.damaged())
        .extracting(CollectionReport.Damaged::since)
        .containsExactly(second.pass(), again.pass());
  }

  private static org.assertj.core.groups.Tuple tuple(@Nullable Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  /** A first pass that cannot read all of it has not seen how it was before. */
  @Test
  void aFirstPassThatIsNotWholeSaysNothingOfWhatItDidNotSee() throws IOException {
    Files.delete(layer(store.kept));
    Passes passes =
        Passes.patient(store.root)
            .watcher((operation, path) -> {
              if (path.endsWith("team/app/_manifests/tags")) {
                throw new AccessDeniedException(path.toString());
              }
            });
    CollectionReport unread = passes.run();
    assertThat(unread.failures()).isNotEmpty();
    assertThat(unread.damaged()).isEmpty();
    assertThat(passes.watcher(Volume.Watcher.NONE).next().damaged())
        .singleElement()
        .returns(null, CollectionReport.Damaged::since);
  }

  /** What is in the trash may be what somebody needs to mend it. */
  @Test
  void nothingIsPurgedByThePassThatFindsDamage() throws IOException {
    Passes passes = store.quarantined();
    Files.delete(layer(store.kept));
    CollectionReport found = passes.next();
    assertThat(found.damaged()).hasSize(1);
    assertThat(found.purged().blobs()).isZero();
    assertThat(found.remarks()).anyMatch(remark -> remark.contains("nothing was purged"));
    assertThat(passes.next().purged().blobs()).isEqualTo(3);
  }

  /** Whatever it is that breaks images while a pass removes things for good. */
  @Test
  void thePassLooksAtWhatIsKeptOnceItHasPurged() throws IOException {
    Passes passes = store.quarantined();
    AtomicBoolean isBroken = new AtomicBoolean();
    passes.watcher((operation, path) -> {
      if (operation == Volume.Operation.UNLINK
          && path.startsWith(store.root.resolve(".winnow/trash"))
          && isBroken.compareAndSet(false, true)) {
        Files.delete(layer(store.kept));
      }
    });
    CollectionReport report = passes.next();
    assertThat(report.purged().blobs()).isEqualTo(3);
    assertThat(report.damaged())
        .singleElement()
        .returns("latest", CollectionReport.Damaged::tag)
        .returns(report.pass(), CollectionReport.Damaged::since);
  }

  /** As a crash of the registry leaves it: no push would heal that, and no pull works. */
  @Test
  void emptyDataIsReplacedByWhatIsInTheTrash() throws IOException {
    store.quarantined();
    store.putManifest(REPOSITORY, "again", store.dropped);
    Path empty = store.droppedLayer();
    Files.createDirectories(empty.getParent());
    Files.createFile(empty);
    Files.setLastModifiedTime(empty, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    assertThat(store.pulls("again")).isFalse();
    CollectionReport report = Passes.patient(store.root).run();
    assertThat(store.pulls("again")).isTrue();
    assertThat(report.damaged()).isEmpty();
  }
}
