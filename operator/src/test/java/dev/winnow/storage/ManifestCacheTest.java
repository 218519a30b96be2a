package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes remember of manifests saves reading them, and changes nothing else. */
final class ManifestCacheTest {
  private final OldStore store = new OldStore();
  private final Path file = store.root.resolve(".winnow/manifests");
  private final List<Path> read = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    store.close();
  }

  /** Passes that keep all, and of which it is known which data they read. */
  private Passes passes() {
    return Passes.patient(store.root).watcher(this::watch);
  }

  private void watch(Volume.Operation operation, Path path) {
    if (operation == Volume.Operation.READ && path.endsWith("data")) {
      read.add(path);
    }
  }

  private List<Path> readBy(Passes passes) throws IOException {
    read.clear();
    assertThat(passes.run().failures()).isEmpty();
    return List.copyOf(read);
  }

  private Path kept() {
    return store.old.blob(store.kept.digest());
  }

  private Path dropped() {
    return store.old.blob(store.dropped.digest());
  }

  @Test
  void aManifestIsReadOnce() throws IOException {
    assertThat(readBy(passes())).containsExactlyInAnyOrder(kept(), dropped());
    assertThat(readBy(passes())).isEmpty();
    assertThat(readBy(passes().dryRun(true))).isEmpty();
  }

  /** What is in the trash is read there whenever somebody asks. */
  @Test
  void isReadOnceByAPassOfManyMarks() throws IOException {
    assertThat(readBy(Passes.offline(store.root).watcher(this::watch)))
        .contains(dropped())
        .filteredOn(file -> !file.equals(dropped()))
        .containsExactly(kept());
    assertThat(Files.exists(dropped())).isFalse();
  }

  @Test
  void aDryRunLeavesNothing() throws IOException {
    assertThat(readBy(passes().dryRun(true))).hasSize(2);
    assertThat(file).doesNotExist();
    passes().run();
    store.now().push(REPOSITORY, "new", TestImages.oci("new").build());
    byte[] before = Files.readAllBytes(file);
    assertThat(readBy(passes().dryRun(true))).hasSize(1);
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void aDamagedFileIsNone() throws IOException {
    passes().run();
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThat(readBy(passes().dryRun(true))).as("byte %d", at).hasSize(2);
    }
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(readBy(passes().dryRun(true))).as("length %d", length).hasSize(2);
    }
    assertThat(readBy(passes())).hasSize(2);
    assertThat(file).as("written anew").hasBinaryContent(whole);
  }

  @Test
  void aFolderInItsPlaceIsNone() throws IOException {
    Files.createDirectories(file.resolve("folder"));
    assertThat(readBy(passes())).hasSize(2);
    assertThat(file).isDirectory();
  }

  @Test
  void whatAnotherParserLeftIsNone() throws IOException {
    passes().run();
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).putInt(Integer.BYTES, ManifestCache.VERSION + 1);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - Long.BYTES);
    ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, crc.getValue());
    Files.write(file, bytes);
    assertThat(readBy(passes())).hasSize(2);
  }

  /**
   * The same bytes may mean more to a newer parser: whoever changes one of these raises {@code
   * ManifestCache.VERSION}, unless it means the same as before, and writes the new sum here.
   */
  @Test
  void theVersionIsThatOfTheParser() throws IOException {
    CRC32C sources = new CRC32C();
    for (String name :
        List.of("oci/ManifestParser", "oci/BoundedJson", "oci/MediaTypes", "storage/References")) {
      sources.update(Files.readAllBytes(Path.of("src/main/java/dev/winnow/" + name + ".java")));
    }
    assertThat(ManifestCache.VERSION + " " + Long.toHexString(sources.getValue()))
        .isEqualTo("1 425bf75a");
  }

  @Test
  void aKilledMarkGoesOn() throws IOException {
    for (int i = 0; i < 18; i++) {
      store.old.push(REPOSITORY, "tag-" + i, TestImages.oci("image " + i).build());
    }
    Passes killed = passes();
    killed.watcher((operation, path) -> {
      int before = read.size();
      watch(operation, path);
      if (before == 9 && read.size() == 10) {
        killed.skip(Duration.ofSeconds(31));
      }
      if (read.size() == 15) {
        throw new Killed();
      }
    });
    assertThatThrownBy(killed::run).isInstanceOf(Killed.class);
    assertThat(readBy(passes())).hasSize(10);
  }

  @Test
  void doesNotSayThatDataIsThere() throws IOException {
    passes().run();
    Files.delete(kept());
    assertThat(passes().dryRun(true).run().damaged())
        .extracting(CollectionReport.Damaged::missing)
        .containsExactly(store.kept.digest());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsWhatIsOfAnotherSizeOrTime(boolean sameSize) throws IOException {
    passes().run();
    byte[] bytes = Files.readAllBytes(kept());
    FileTime time = Files.getLastModifiedTime(kept());
    bytes[0] = 'x';
    Files.write(kept(), sameSize ? bytes : new byte[] {'x'});
    Files.setLastModifiedTime(
        kept(), sameSize ? FileTime.from(time.toInstant().plusSeconds(1)) : time);
    CollectionReport report = passes().dryRun(true).run();
    assertThat(report.tainted()).extracting(CollectionReport.Taint::repository).hasSize(1);
  }

  @Test
  void keepsNothingOfWhatIsNotItsDigests() throws IOException {
    FileTime time = Files.getLastModifiedTime(kept());
    Files.write(kept(), new byte[(int) Files.size(kept())]);
    Files.setLastModifiedTime(kept(), time);
    passes().run();
    assertThat(readBy(passes())).contains(kept()).doesNotContain(dropped());
  }

  @Test
  void whatIsGoneIsForgotten() throws IOException {
    Passes.offline(store.root).run();
    assertThat(Files.exists(dropped())).isFalse();
    long before = Files.size(file);
    Passes.offline(store.root).run();
    assertThat(Files.size(file)).isPositive().isLessThan(before);
    assertThat(readBy(passes())).isEmpty();
  }

  @Test
  void aPassGoesOnWithoutRoomForIt() throws IOException {
    Passes full = Passes.offline(store.root);
    full.watcher((operation, path) -> {
      if (operation.changes() && path.toString().contains("/manifests")) {
        Files.write(store.root.resolve(".winnow/manifests.next"), new byte[1]);
        if (operation != Volume.Operation.UNLINK) {
          throw new FileSystemException(path.toString(), null, "No space left on device");
        }
      }
    });
    CollectionReport report = full.run();
    assertThat(report.failures()).isEmpty();
    assertThat(report.quarantined().blobs()).isEqualTo(3);
    assertThat(file).doesNotExist();
    assertThat(store.root.resolve(".winnow/manifests.next")).doesNotExist();
  }

  @Test
  void isBounded() throws IOException {
    Files.createDirectories(file.getParent());
    ManifestCache cache =
        new ManifestCache(
            new Volume(Volume.Watcher.NONE),
            new StoreLayout(store.root),
            InstantSource.fixed(Instant.EPOCH));
    cache.mayWrite();
    List<Digest> many = IntStream.range(0, 100_000).mapToObj(ManifestCacheTest::digest).toList();
    References references = new References(List.of(), many, Set.of(), null, true, false);
    BlobTable.Data data = new BlobTable.Data(1, 2);
    int known = 0;
    for (int i = 0; i < 25; i++) {
      cache.put(digest(-i), data, references);
      known += cache.get(digest(-i), data) == null ? 0 : 1;
    }
    assertThat(known).isBetween(15, 24);
    cache.markEnds();
    assertThat(Files.size(file)).isLessThanOrEqualTo(64 << 20);
  }

  private static Digest digest(int i) {
    return Digest.sha256(("digest " + i).getBytes(StandardCharsets.UTF_8));
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
