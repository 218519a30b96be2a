package dev.winnow.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.Folders;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Volumes that are not what the caller thinks: a pass says what it found and what to do, and takes
 * nothing. The numbers are those of the reference on registries, section 9.
 */
final class BadVolumesTest {
  private final OldStore store = new OldStore();
  @TempDir private Path elsewhere;

  @AfterEach
  void close() {
    store.close();
  }

  /**
   * @param reason by which programs know it, as the operator
   * @param words what people need to read
   */
  private void refuses(Passes passes, String reason, String... words) {
    List<Path> before = store.content();
    assertThatThrownBy(passes::run)
        .hasMessageContainingAll(words)
        .asInstanceOf(InstanceOfAssertFactories.type(RefusedException.class))
        .returns(reason, RefusedException::reason);
    assertThat(store.content()).containsAll(before);
    assertThat(store.trash()).isEmpty();
  }

  private Passes offline() {
    return Passes.offline(store.root);
  }

  @Test
  void case22RefusesAPullThroughCache() throws IOException {
    Files.createFile(store.root.resolve("scheduler-state.json"));
    refuses(offline(), "PullThroughCache", "pull-through cache", "proxy.ttl");
  }

  @Test
  void case25NoRightsOnOneFolderTakesNothing() throws IOException {
    Path closed = store.old.repository("team/app").resolve("_layers");
    store.quarantined().later(Passes.SHORT.multipliedBy(2));
    List<Path> trash = store.trash();
    CollectionReport report =
        offline()
            .watcher((operation, path) -> {
              if (operation == Operation.LIST && path.startsWith(closed)) {
                throw new AccessDeniedException(path.toString());
              }
            })
            .run();
    assertThat(report.failures())
        .singleElement()
        .asString()
        .contains("team/app")
        .endsWith("_layers: permission denied")
        .doesNotContain("Exception");
    assertThat(report.remarks())
        .contains("nothing was taken or purged, as not all of the volume could be read");
    assertThat(report.quarantined().blobs() + report.purged().blobs()).isZero();
    assertThat(store.trash()).hasSameSizeAs(trash);
  }

  @Test
  void case25AnUnreadableShardTakesNothing() throws IOException {
    Path shard = StoreLayout.folder(StoreLayout.folder(store.droppedLayer()));
    CollectionReport report =
        offline()
            .watcher((operation, path) -> {
              if (operation == Operation.LIST && path.equals(shard)) {
                throw new FileSystemException(path.toString(), null, "Input/output error");
              }
            })
            .run();
    assertThat(report.failures()).singleElement().asString().contains("Input/output error");
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  @Test
  void case26RefusesATrashOnAnotherDevice() throws IOException {
    Path own = Files.createDirectory(elsewhere.resolve("own"));
    assertThat(Files.getFileStore(own)).isNotEqualTo(Files.getFileStore(store.root));
    Files.createSymbolicLink(store.root.resolve(".winnow"), own);
    refuses(offline(), "DifferentDevices", "different devices", "subPath");
  }

  @Test
  void case26RefusesAVolumeThatIsReadOnly() {
    refuses(
        offline()
            .watcher((operation, path) -> {
              if (operation.changes()) {
                throw new FileSystemException(path.toString(), null, "Read-only file system");
              }
            }),
        "NotWritable",
        "Read-only file system",
        "mounted read-only");
  }

  /** † fs.protected_hardlinks. */
  @Test
  void case26RefusesFilesThatCannotHaveASecondNameWhileTheRegistryServes() throws IOException {
    Volume.Watcher noLinks =
        (operation, path) -> {
          if (operation == Operation.LINK && path.endsWith("probe-link")) {
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        };
    refuses(
        Passes.online(store.root).watcher(noLinks),
        "LinksRefused",
        "Operation not permitted",
        "registry's user");
    assertThat(offline().watcher(noLinks).run().purged().blobs()).isEqualTo(3);
  }

  /** Where no registry runs, a rename does for what comes back. */
  @Test
  void case26RestoresWithoutSecondNamesWhileNoRegistryRuns() throws IOException {
    store.quarantined();
    offline()
        .inUse(Set.of(new Digest(store.dropped.digest())))
        .watcher((operation, path) -> {
          if (operation == Operation.LINK) {
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        })
        .run();
    assertThat(store.pulls(store.dropped.digest())).isTrue();
    assertThat(store.trash()).isEmpty();
  }

  /** Nor is there always the folder that it was in. */
  @Test
  void case26RestoresWithoutSecondNamesWhereTheFolderIsGone() throws IOException {
    store.quarantined();
    Files.delete(StoreLayout.folder(store.droppedLayer()));
    offline()
        .inUse(Set.of(new Digest(store.dropped.digest())))
        .watcher((operation, path) -> {
          if (operation == Operation.LINK && Files.exists(StoreLayout.folder(path))) {
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        })
        .run();
    assertThat(store.pulls(store.dropped.digest())).isTrue();
  }

  /** A second disk that is not mounted. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "repositories/team",
        "repositories/team/app",
        "repositories/team/app/_manifests",
        "repositories/team/app/_manifests/tags",
        "repositories/team/app/_manifests/tags/latest",
        "repositories/team/app/_manifests/revisions",
        "blobs/sha256",
      })
  void case20ALinkToNowhereTakesNothing(String name) throws IOException {
    Path folder = store.root.resolve("docker/registry/v2").resolve(name);
    Path disk = store.folder.resolve("disk");
    Path mounted = store.folder.resolve("mounted");
    Files.move(folder, disk);
    Files.createSymbolicLink(folder, mounted);
    try {
      CollectionReport report = offline().run();
      assertThat(report.failures()).anyMatch(failure -> failure.contains(folder.toString()));
      assertThat(report.quarantined().blobs() + report.purged().blobs()).isZero();
    } catch (RefusedException e) {
      assertThat(e).hasMessageContaining("not one repository");
    }
    Files.move(disk, mounted);
    assertThat(store.pulls("latest")).isTrue();
  }

  /** A copy that is not complete yet, most likely: what it named is not known. */
  @Test
  void aTagWhoseManifestIsMissingKeepsAllOfItsRepository() throws IOException {
    Path data = store.old.blob(store.kept.digest());
    Path away = elsewhere.resolve("data");
    Files.copy(data, away);
    Files.delete(data);
    CollectionReport report = offline().run();
    assertThat(report.damaged()).anyMatch(damage -> damage.missing().equals(store.kept.digest()));
    assertThat(report.tainted()).hasSize(1);
    Files.createDirectories(data.getParent());
    Files.copy(away, data);
    assertThat(store.pulls("latest")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLayerThatIsMissingOrEmptyIsDamage(boolean missing) throws IOException {
    Path data = store.old.blob(store.kept.blobs().getLast().digest());
    Files.delete(data);
    if (!missing) {
      Files.createFile(data);
    }
    assertThat(offline().dryRun(true).run().damaged())
        .singleElement()
        .returns("latest", CollectionReport.Damaged::tag)
        .returns(missing ? "has no data" : "is empty", CollectionReport.Damaged::why);
  }

  @Test
  void case27RefusesClocksThatAreApart() {
    refuses(offline().later(Duration.ofMinutes(2)), "ClockSkew", "clock", "Set the clocks");
  }

  @Test
  void case28RefusesWhatIsNoRegistrys() throws IOException {
    Folders.delete(store.root);
    refuses(offline(), "RootMissing", "is no folder", "rootdirectory");
    Files.createDirectory(store.root);
    refuses(offline(), "EmptyVolume", "is empty", "mounted?");
    Files.createDirectory(store.root.resolve("photos"));
    refuses(offline(), "NotARegistry", "no docker/registry/v2");
  }

  @Test
  void case28RefusesBlobsWithoutRepositories() throws IOException {
    Path repositories = store.root.resolve("docker/registry/v2/repositories");
    Folders.delete(repositories);
    refuses(offline(), "NoRepositories", "not one repository", "mounted?");
    Files.createDirectory(repositories);
    refuses(offline(), "NoRepositories", "not one repository");
  }

  @Test
  void case28AsksWhereMostIsGarbageAtFirst() throws IOException {
    store.old.push("team/app", TestImages.oci("another").build());
    refuses(offline().withoutYes(), "MostlyUnreferenced", "more than half", "--yes");
    refuses(offline().withoutYes(), "MostlyUnreferenced", "more than half", "--yes");
    assertThat(offline().run().purged().blobs()).isEqualTo(6);
  }

  @Test
  void case28AsksWhereRepositoriesAreMissing() throws IOException {
    store.old.push("other", "latest", store.kept);
    Passes.online(store.root).run();
    Folders.delete(store.old.repository("other"));
    refuses(
        offline().withoutYes(), "RepositoriesMissing", "1 repositories are gone", "other", "--yes");
    assertThat(offline().run().repositories()).isEqualTo(1);
  }

  /** † Somebody ran another collector. */
  @Test
  void case41RefusesWhereTheCanaryIsGone() throws IOException {
    List<Path> before = store.content();
    Passes.online(store.root).run();
    List<Path> canary = store.content().stream().filter(path -> !before.contains(path)).toList();
    assertThat(canary).hasSize(1);
    Files.delete(canary.getFirst());
    refuses(
        offline().withoutYes(),
        "ForeignCollector",
        "notice other collectors",
        "garbage-collect",
        "--yes");
    offline().run();
    assertThat(canary.getFirst()).exists();
  }

  @Test
  void refusesAnotherVolumeThanExpected() throws IOException {
    refuses(offline().expect("a"), "OtherVolume", "never collected", "right volume");
    String instance = requireNonNull(Passes.online(store.root).run().instance());
    refuses(offline().expect("a"), "OtherVolume", "the volume " + instance);
    assertThat(offline().expect(instance).run().instance()).isEqualTo(instance);
  }

  @Test
  void refusesOfflineWhereARegistrySeemsToWrite() throws IOException {
    store.now().push("team/app", "new", TestImages.oci("new").build());
    refuses(offline(), "RegistryWrites", "_manifests", "--offline", "five minutes");
    assertThat(offline().cache(Cache.NONE, Instant.now()).run().purged().blobs()).isEqualTo(3);
  }

  @Test
  void refusesOfflineWhereAnUploadIsUnderWay() throws IOException {
    store.link(store.old.repository("team/app").resolve("_uploads/1/data"), "half");
    refuses(offline(), "RegistryWrites", "_uploads/1/data", "--offline");
  }

  @Test
  void takesNothingWithoutTimeForASecondMark() throws IOException {
    Passes passes = Passes.online(store.root);
    passes.run();
    passes.later(Passes.SHORT.plusMillis(500));
    CollectionReport late = passes.until(passes.now().plusMillis(1)).run();
    assertThat(late.candidates().blobs()).isEqualTo(3);
    assertThat(late.quarantined().blobs()).isZero();
    assertThat(late.failures())
        .singleElement()
        .asString()
        .contains("nothing was taken: a second mark would not end", "maxReadOnly");
    assertThat(passes.until(passes.now().plusSeconds(600)).run().quarantined().blobs())
        .isEqualTo(3);
  }

  @Test
  void endsWhenItsTimeIsOver() throws IOException {
    Passes passes = offline();
    CollectionReport report =
        passes
            .until(passes.now().plusSeconds(5))
            .watcher((operation, path) -> {
              if (operation == Operation.RENAME && path.endsWith("data")) {
                passes.skip(Duration.ofSeconds(6));
              }
            })
            .run();
    assertThat(report.failures())
        .singleElement()
        .asString()
        .startsWith("the time is over: --until ");
    assertThat(report.quarantined().blobs()).isOne();
    assertThat(store.trash()).hasSize(2);
    assertThat(offline().run().purged().blobs()).isEqualTo(3);
  }

  @Test
  void leavesTheStoreAloneOnADryRun() throws IOException {
    List<Path> before = store.content();
    CollectionReport report = offline().dryRun(true).run();
    assertThat(report.candidates().blobs()).isEqualTo(3);
    assertThat(report.blobs().total()).isEqualTo(6);
    assertThat(store.content()).isEqualTo(before);
    assertThat(store.root.resolve(".winnow")).doesNotExist();
  }

  @Test
  void countsWithoutTheCanary() throws IOException {
    assertThat(Passes.online(store.root).run().blobs().total()).isEqualTo(6);
    CollectionReport second = Passes.online(store.root).run();
    assertThat(second.blobs().total()).isEqualTo(6);
    assertThat(second.blobs().live()).isEqualTo(6);
  }
}
