package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What registries leave behind and never look at again. */
final class TidyTest {
  private final OldStore store = new OldStore();

  @AfterEach
  void close() {
    store.close();
  }

  private Path upload(String repository, String id, Duration age, String started)
      throws IOException {
    Path folder = store.old.repository(repository).resolve("_uploads").resolve(id);
    store.link(folder.resolve("data"), "half");
    store.link(folder.resolve("startedat"), started);
    for (Path path : new Path[] {folder.resolve("data"), folder.resolve("startedat"), folder}) {
      store.age(path, age);
    }
    return folder;
  }

  private static String ago(Duration age) {
    return Instant.now().minus(age).toString();
  }

  /** In a read-only window each second counts; what need not be done in it is for later. */
  @Test
  void aPassThatOnlyTakesLeavesTheRestToTheNext() throws IOException {
    Path temporary =
        store.old.blob(store.kept.digest()).resolveSibling("data." + UUID.randomUUID() + ".tmp");
    store.link(temporary, "half");
    store.age(temporary, Duration.ofDays(30));
    Passes passes = Passes.offline(store.root).hold(Duration.ZERO).takeOnly(true);
    CollectionReport taken = passes.run();
    assertThat(taken.quarantined().blobs()).isEqualTo(3);
    assertThat(taken.purged().blobs()).isZero();
    assertThat(passes.later(Duration.ofSeconds(1)).run().purged().blobs())
        .as("what an earlier pass took")
        .isZero();
    assertThat(temporary).exists();
    assertThat(store.pulls("latest")).isTrue();
    CollectionReport rest = passes.takeOnly(false).later(Duration.ofSeconds(1)).run();
    assertThat(rest.purged().blobs()).isEqualTo(3);
    assertThat(temporary).doesNotExist();
  }

  @Test
  void case35AbandonedUploadsGoAndOthersStay() throws IOException {
    Duration old = Duration.ofDays(8);
    Path abandoned = upload(REPOSITORY, "1", old, ago(old));
    Path withoutTime = upload(REPOSITORY, "2", old, "");
    Path fromABackup = upload(REPOSITORY, "3", old, ago(Duration.ofDays(1)));
    Path young = upload(REPOSITORY, "4", Duration.ofDays(6), ago(Duration.ofDays(6)));
    Path slow = upload(REPOSITORY, "5", old, ago(old));
    store.age(slow.resolve("data"), Duration.ofHours(1));

    Passes passes = Passes.online(store.root);
    CollectionReport report = passes.run();
    assertThat(report.tidied().uploads()).isEqualTo(2);
    assertThat(abandoned).doesNotExist();
    assertThat(withoutTime).doesNotExist();
    assertThat(fromABackup).exists();
    assertThat(young).exists();
    assertThat(slow).exists();
    assertThat(store.trash()).anyMatch(path -> path.toString().contains("/_uploads/"));
    passes.later(Passes.SHORT.multipliedBy(3)).run();
    assertThat(store.trash()).noneMatch(path -> path.toString().contains("/_uploads/"));
  }

  /** Whoever has it open goes on. */
  @Test
  void anUploadThatGoesOnComesBack() throws IOException {
    Duration old = Duration.ofDays(8);
    Path upload = upload(REPOSITORY, "1", old, ago(old));
    Passes.online(store.root)
        .meanwhile(time -> {
          for (Path path : store.trash()) {
            if (path.endsWith("data")) {
              Files.writeString(path, "more");
            }
          }
        })
        .run();
    assertThat(upload.resolve("data")).hasContent("more");
  }

  @Test
  void case19HalfWrittenFilesGo() throws IOException {
    String suffix = "." + UUID.randomUUID() + ".tmp";
    Path data = StoreLayout.folder(store.droppedLayer()).resolve("data" + suffix);
    Path link = StoreLayout.folder(store.old.revision(REPOSITORY, store.kept.digest()));
    Path young = link.resolve("link." + UUID.randomUUID() + ".tmp");
    link = link.resolve("link" + suffix);
    Files.writeString(data, "half");
    Files.writeString(link, "half");
    Files.writeString(young, "half");
    store.age(data, Duration.ofDays(2));
    store.age(link, Duration.ofDays(2));

    assertThat(Passes.offline(store.root).run().tidied().temporaries()).isEqualTo(2);
    assertThat(data).doesNotExist();
    assertThat(link).doesNotExist();
    assertThat(young).exists();
    assertThat(store.pulls("latest")).isTrue();
  }

  @Test
  void theHistoryOfManifestsThatAreGoneGoes() throws IOException {
    store.old.push(REPOSITORY, "latest", store.dropped).push(REPOSITORY, "latest", store.kept);
    Path index = store.old.tag(REPOSITORY, "latest").resolve("index/sha256");
    Path gone = index.resolve(store.dropped.digest().substring(7)).resolve("link");
    Path stays = index.resolve(store.kept.digest().substring(7)).resolve("link");
    assertThat(gone).exists();
    Passes.offline(store.root).run();
    assertThat(gone).doesNotExist();
    assertThat(stays).exists();
    assertThat(store.pulls("latest")).isTrue();
  }

  @Test
  void theHistoryOfATagThatSaysNothingStays() throws IOException {
    store.old.push(REPOSITORY, "latest", store.dropped).push(REPOSITORY, "latest", store.kept);
    Path tag = store.old.tag(REPOSITORY, "latest");
    Files.write(tag.resolve("current/link"), new byte[0]);
    store.age(tag.resolve("current/link"), Duration.ofDays(9));
    Passes.offline(store.root).run();
    assertThat(store.pulls(store.dropped.digest())).isTrue();
    assertThat(store.pulls(store.kept.digest())).isTrue();
  }

  @Test
  void aRepositoryOfNothingGoesWithTheFoldersAboveIt() throws IOException {
    store.old.push("gone/for/good", store.dropped);
    CollectionReport report = Passes.offline(store.root).run();
    assertThat(store.old.repository("gone")).doesNotExist();
    assertThat(store.old.repository(REPOSITORY)).exists();
    assertThat(report.tidied().directories()).isPositive();
    assertThat(Passes.offline(store.root).withoutYes().run().repositories()).isOne();
  }

  /** B3: distribution 2.8 does not see a repository without a folder of layers. */
  @Test
  void case17ARepositoryKeepsItsFolders() throws IOException {
    Path layers = store.old.repository(REPOSITORY).resolve("_layers");
    Folders.delete(layers);
    Files.createDirectory(layers);
    Passes.offline(store.root).run();
    assertThat(layers).exists();
  }

  @Test
  void emptyFoldersOfDigestsGo() throws IOException {
    Path folder = StoreLayout.folder(store.droppedLayer());
    Passes.online(store.root).run(3);
    assertThat(folder).as("while the registry serves").isEmptyDirectory();
    Passes.offline(store.root).run();
    assertThat(folder).doesNotExist();
    assertThat(store.pulls("latest")).isTrue();
  }
}
