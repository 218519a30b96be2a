package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Folders;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** A store of a month ago: an image that is tagged, and one that nothing names. */
final class OldStore implements AutoCloseable {
  static final String REPOSITORY = "team/app";

  final TestImage kept = TestImages.oci("kept").build();
  final TestImage dropped = TestImages.oci("dropped").build();
  final Path folder = Folders.temporary("store");
  final Path root = folder.resolve("root");
  final StoreWriter old = new StoreWriter(root).pushedAt(Instant.now().minus(Duration.ofDays(30)));

  OldStore() {
    old.push(REPOSITORY, "latest", kept).push(REPOSITORY, dropped);
  }

  /** The data of a dropped image's only layer. */
  Path droppedLayer() {
    return old.blob(dropped.blobs().getLast().digest());
  }

  /** Pushes now, as a registry does that finds the data in place or not. */
  StoreWriter now() {
    return new StoreWriter(root);
  }

  /** Writes a link as a registry does, now. */
  void link(Path link, String digest) throws IOException {
    Files.createDirectories(link.getParent());
    Files.writeString(link, digest);
  }

  /** Writes a manifest and its tag, as a registry does that has found all that it names. */
  void putManifest(String repository, String tag, TestImage image) throws IOException {
    Files.createDirectories(old.blob(image.digest()).getParent());
    if (!Files.exists(old.blob(image.digest()))) {
      Files.write(old.blob(image.digest()), image.bytes());
    }
    link(old.revision(repository, image.digest()), image.digest());
    link(old.tag(repository, tag).resolve("current/link"), image.digest());
  }

  void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  boolean pulls(String reference) {
    return pulls(REPOSITORY, reference);
  }

  boolean pulls(String repository, String reference) {
    return Oracle.pullable(root).contains(new Oracle.Pull(repository, reference, "3.1", true));
  }

  /** All files in the trash, but for records. */
  List<Path> trash() {
    return files(root.resolve(".winnow/trash")).stream()
        .filter(path -> !path.endsWith("record"))
        .toList();
  }

  List<Path> content() {
    return files(root.resolve("docker"));
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Seen, then taken. */
  Passes quarantined() throws IOException {
    Passes passes = Passes.online(root);
    assertThat(passes.run(2).quarantined().blobs()).isEqualTo(3);
    assertThat(pulls(dropped.digest())).isFalse();
    return passes;
  }

  @Override
  public void close() {
    Folders.delete(folder);
  }
}
