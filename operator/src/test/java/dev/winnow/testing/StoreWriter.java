package dev.winnow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes images straight into a registry's root directory, in the layout of distribution's {@code
 * registry/storage/paths.go}: thousands of tags in the time that a few pushes take, with any time
 * of push. A registry serves them at once. Not for use by two threads.
 */
public final class StoreWriter {
  private final Path store;
  private final Set<Path> present = new HashSet<>();
  private @Nullable FileTime time;

  /** Writes under this root directory, which need not exist. */
  public StoreWriter(Path root) {
    this.store = root.resolve("docker/registry/v2");
  }

  /** From now on, blobs and links are as old as if they had been pushed then. */
  public StoreWriter pushedAt(Instant instant) {
    this.time = FileTime.from(instant);
    return this;
  }

  /** Writes the image and its tag. */
  public StoreWriter push(String repository, String tag, TestImage image) {
    push(repository, image);
    Path folder = tag(repository, tag);
    byte[] digest = utf8(image.digest());
    write(link(folder.resolve("index"), image.digest()), digest);
    write(folder.resolve("current/link"), digest);
    return this;
  }

  /** Writes the image without a tag. */
  public StoreWriter push(String repository, TestImage image) {
    image.children().forEach(child -> push(repository, child));
    for (Content blob : image.blobs()) {
      writeOnce(blob(blob.digest()), blob.bytes());
      writeOnce(layer(repository, blob.digest()), utf8(blob.digest()));
    }
    // 2.8 finds a repository by its _layers, which a push of an image always makes.
    makeFolder(repository(repository).resolve("_layers"));
    writeOnce(blob(image.digest()), image.bytes());
    write(revision(repository, image.digest()), utf8(image.digest()));
    return this;
  }

  /** The folder of a repository. */
  public Path repository(String name) {
    return store.resolve("repositories").resolve(name);
  }

  /** The folder of a tag, which holds {@code current/link} and {@code index/}. */
  public Path tag(String repository, String tag) {
    return repository(repository).resolve("_manifests/tags").resolve(tag);
  }

  /** The file that makes a manifest one of the repository. */
  public Path revision(String repository, String digest) {
    return link(repository(repository).resolve("_manifests/revisions"), digest);
  }

  /** The file that makes a blob one of the repository. */
  public Path layer(String repository, String digest) {
    return link(repository(repository).resolve("_layers"), digest);
  }

  /** The file with the bytes of a blob or manifest. */
  public Path blob(String digest) {
    int colon = digest.indexOf(':');
    String hex = digest.substring(colon + 1);
    Path shard = store.resolve("blobs").resolve(digest.substring(0, colon));
    return shard.resolve(hex.substring(0, 2)).resolve(hex).resolve("data");
  }

  private static Path link(Path folder, String digest) {
    return folder.resolve(digest.replace(':', '/')).resolve("link");
  }

  /** Leaves alone what is there: a registry keeps a blob's first file, a client asks first. */
  private void writeOnce(Path file, byte[] bytes) {
    if (present.add(file) && !Files.exists(file)) {
      write(file, bytes);
    }
  }

  private void write(Path file, byte[] bytes) {
    makeFolder(file.getParent());
    try {
      Files.write(file, bytes);
      if (time != null) {
        Files.setLastModifiedTime(file, time);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Like {@code Files.createDirectories}, without a system call for a folder seen before. */
  private void makeFolder(@Nullable Path folder) {
    if (folder == null || !present.add(folder)) {
      return;
    }
    makeFolder(folder.getParent());
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      // Then it is as it should be.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
