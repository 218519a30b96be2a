package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.Folders;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tags of a list go, each as long as it is what the list says; a push that comes between wins. */
final class UntagTest {
  private final OldStore store = new OldStore();
  private final Passes passes = Passes.online(store.root);
  private final TestImage image = TestImages.oci("tagged").build();
  private final Path tag = store.old.push(REPOSITORY, "old", image).tag(REPOSITORY, "old");
  private final TestImage next = TestImages.oci("next").build();

  @AfterEach
  void close() {
    store.close();
  }

  private static Untag untag(String name, TestImage image) {
    return new Untag(REPOSITORY, name, new Digest(image.digest()), null);
  }

  private Path trashed() {
    return store.trash().stream()
        .filter(path -> path.endsWith("current/link"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void takesATagAndInTheEndItsImage() throws IOException {
    CollectionReport report = passes.untag(untag("old", image)).run();
    assertThat(report.untagged()).isOne();
    assertThat(tag).doesNotExist();
    assertThat(store.pulls(image.digest())).as("it is untagged since now").isTrue();
    assertThat(store.pulls("latest")).isTrue();
    passes.untag().later(Duration.ofMillis(2500)).run(3);
    assertThat(store.old.blob(image.digest())).doesNotExist();
    assertThat(store.pulls("latest")).isTrue();
  }

  @Test
  void skipsWhatIsNotWhatTheListSays() throws IOException {
    CollectionReport report = passes.untag(untag("old", next), untag("none", next)).run();
    assertThat(report.untagged()).isZero();
    assertThat(report.remarks())
        .anyMatch(remark -> remark.contains("old has moved to " + image.digest()))
        .anyMatch(remark -> remark.contains("none is gone already"));
    assertThat(store.pulls("old")).isTrue();
  }

  private static final Duration MONTH = Duration.ofDays(30);

  /** The list is of so long after the tag's push. */
  private Untag decided(Duration later) throws IOException {
    Instant pushed = Files.getLastModifiedTime(tag.resolve("current/link")).toInstant();
    return new Untag(REPOSITORY, "old", new Digest(image.digest()), pushed.plus(later));
  }

  /** The same image under the same tag: only the time tells. */
  @Test
  void skipsWhatWasPushedAgainSinceTheListWasMade() throws IOException {
    for (Duration later : List.of(Duration.ofDays(-1), Duration.ZERO, Duration.ofSeconds(59))) {
      CollectionReport report = passes.untag(decided(later)).run();
      assertThat(report.untagged()).as("%s", later).isZero();
      assertThat(report.remarks()).anyMatch(remark -> remark.contains("old was pushed again"));
      assertThat(store.pulls("old")).isTrue();
    }
    assertThat(passes.untag(decided(Duration.ofSeconds(60))).run().untagged()).isOne();
    assertThat(tag).doesNotExist();
  }

  @Test
  void leavesATagThatIsPushedAgainRightBefore() throws IOException {
    Path link = tag.resolve("current/link");
    int[] pushes = {0};
    CollectionReport report =
        passes
            .untag(decided(MONTH.minusDays(1)))
            .watcher((operation, path) -> {
              if (operation == Operation.MAKE_DIRECTORY
                  && path.endsWith("tags")
                  && pushes[0]++ == 0) {
                store.link(link, image.digest());
                store.age(link, Duration.ofMinutes(30)); // before the pass: it is not looked for
              }
            })
            .run();
    assertThat(pushes[0]).isOne();
    assertThat(report.untagged()).isZero();
    assertThat(link).hasContent(image.digest());
  }

  /** Between the first look and the rename. */
  @Test
  void leavesATagThatMovesRightBefore() throws IOException {
    store.old.push(REPOSITORY, next);
    Path link = tag.resolve("current/link");
    int[] reads = {0};
    CollectionReport report =
        passes
            .untag(untag("old", image))
            .watcher((operation, path) -> {
              if (operation == Operation.MAKE_DIRECTORY
                  && path.endsWith("tags")
                  && reads[0]++ == 0) {
                store.link(link, next.digest());
              }
            })
            .run();
    assertThat(reads[0]).isOne();
    assertThat(report.untagged()).isZero();
    assertThat(link).hasContent(next.digest());
  }

  /** † R10: 2.8 has the link open, and writes into what is in the trash by now. */
  @Test
  void r10APushThatWritesIntoTheTrashWins() throws IOException {
    passes
        .untag(untag("old", image))
        .meanwhile(time -> {
          if (!store.trash().isEmpty()) {
            Files.writeString(trashed(), store.kept.digest());
          }
        })
        .run();
    assertThat(tag.resolve("current/link")).hasContent(store.kept.digest());
    assertThat(store.trash()).isEmpty();
  }

  /** † R10: it has truncated it, and will write when nobody looks any more. */
  @Test
  void r10ATagThatIsBeingWrittenComesBack() throws IOException {
    passes
        .untag(untag("old", image))
        .meanwhile(time -> {
          if (!store.trash().isEmpty()) {
            Files.write(trashed(), new byte[0]);
          }
        })
        .run();
    assertThat(tag.resolve("current/link")).isEmptyFile();
  }

  /** † A paused writer that wakes after the second mark. */
  @Test
  void r10APushAfterTheSecondMarkWinsBeforeThePurge() throws IOException {
    passes.untag(untag("old", image)).run();
    Files.writeString(trashed(), store.kept.digest());
    passes.untag().later(Passes.SHORT.multipliedBy(3)).run();
    assertThat(tag.resolve("current/link")).hasContent(store.kept.digest());
  }

  @Test
  void r10ATagThatIsThereAgainStays() throws IOException {
    passes
        .untag(untag("old", image))
        .meanwhile(time -> store.putManifest(REPOSITORY, "old", store.kept))
        .run();
    assertThat(tag.resolve("current/link")).hasContent(store.kept.digest());
    passes.untag().later(Passes.SHORT.multipliedBy(3)).run();
    assertThat(tag.resolve("current/link")).hasContent(store.kept.digest());
    assertThat(store.trash()).noneMatch(path -> path.toString().contains("/tags/"));
  }

  @Test
  void isUndone() throws IOException {
    passes.untag(untag("old", image)).run();
    Restoration restoration =
        new Restoration(new Volume(Volume.Watcher.NONE), store.root, passes::now);
    String pass = restoration.held().getFirst().pass();
    assertThat(restoration.restore(Set.of(pass)).tags()).isOne();
    assertThat(store.pulls("old")).isTrue();
    assertThat(store.trash()).isEmpty();
  }

  /** † Deleting a tag takes its history with it: untagged is an image since it was seen so. */
  @Test
  void waitsFromTheFirstSightingWithoutATag() throws IOException {
    passes.run();
    Folders.delete(tag);
    CollectionReport first = passes.later(Passes.SHORT.plusMillis(500)).run();
    assertThat(store.pulls(image.digest())).isTrue();
    assertThat(first.quarantined().blobs()).as("the other image").isEqualTo(3);
    assertThat(passes.later(Passes.SHORT.plusMillis(500)).run().quarantined().blobs())
        .isGreaterThanOrEqualTo(1);
    assertThat(store.pulls(image.digest())).isFalse();
  }
}
