package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings back what is in the trash. Small files come back as copies: distribution 2.8 writes
 * manifests and links in place, and a file of two names would change under both.
 */
final class Restorer {
  /** What a manifest may have at most; layers of that size are copied as well. */
  static final int COPIED = 4 << 20;

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final Path temporary;
  private final AtomicInteger files = new AtomicInteger();
  private final AtomicLong blobs = new AtomicLong();
  private final AtomicLong tags = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * @param temporary a folder of Winnow's own for what is being written
   */
  Restorer(Volume volume, StoreLayout layout, Trash trash, Path temporary) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.temporary = temporary;
  }

  /** Data that came back. */
  long blobs() {
    return blobs.get();
  }

  /** Bytes of it. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Restores data that is not in place.
   *
   * @return whether it is in place now
   */
  synchronized boolean data(Digest digest) throws IOException {
    for (Trash.Blob blob : trash.blobs(digest)) {
      if (restore(blob, blob.size() <= COPIED)) {
        blobs.incrementAndGet();
        bytes.addAndGet(blob.size());
      }
      return true;
    }
    return false;
  }

  /** Restores the link of a manifest that is not in place. */
  synchronized boolean revision(String repository, Digest digest) throws IOException {
    return first(trash.revisions(repository, digest));
  }

  /** Restores the link of a layer that is not in place. */
  synchronized boolean layer(String repository, Digest digest) throws IOException {
    return first(trash.layers(repository, digest));
  }

  private boolean first(List<? extends Trash.Item> items) throws IOException {
    if (items.isEmpty()) {
      return false;
    }
    restore(items.getFirst(), true);
    return true;
  }

  /**
   * Puts a tag back, unless there is one of that name again.
   *
   * @return whether it was put back
   */
  synchronized boolean tag(Trash.Tag tag) throws IOException {
    Path home = tag.home(layout);
    if (Files.exists(home.resolve("current/link"))) {
      return false;
    }
    Files.createDirectories(StoreLayout.folder(home));
    volume.rename(tag.path(), home);
    volume.sync(StoreLayout.folder(home));
    return true;
  }

  /**
   * Puts back the tags that somebody pushed while they were being moved: such a push has written
   * into the folder that is in the trash now.
   */
  void pushedTags(Trash trash) throws IOException {
    for (Trash.Tag tag : trash.tags()) {
      Path link = tag.path().resolve("current/link");
      Instant moved = tag.folder().started(volume);
      boolean isPushed;
      try {
        BasicFileAttributes attributes = volume.stat(link);
        isPushed =
            attributes.size() == 0
                || (moved != null && !attributes.lastModifiedTime().toInstant().isBefore(moved));
      } catch (NoSuchFileException e) {
        isPushed = true; // half written: what it will say is not known
      }
      if (isPushed && tag(tag)) {
        tags.incrementAndGet();
      }
    }
  }

  /**
   * Puts one item where it came from, unless something is there again.
   *
   * @return whether it was put there
   */
  boolean restore(Trash.Item item, boolean asCopy) throws IOException {
    Path home = item.home(layout);
    Path source = item.path();
    Path copy = null;
    try {
      if (asCopy) {
        copy = temporary.resolve("restore-" + files.incrementAndGet());
        volume.create(copy, Files.readAllBytes(source));
        Files.setLastModifiedTime(copy, Files.getLastModifiedTime(source));
        source = copy;
      }
      linkInto(home, source);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      if (copy != null) {
        Files.deleteIfExists(copy);
      }
    }
    volume.sync(StoreLayout.folder(home));
    volume.unlink(item.path());
    return true;
  }

  /** Writes a small file where there is none; does nothing where there is one. */
  void write(Path home, byte[] bytes) throws IOException {
    Path copy = temporary.resolve("restore-" + files.incrementAndGet());
    try {
      volume.create(copy, bytes);
      linkInto(home, copy);
      volume.sync(StoreLayout.folder(home));
    } catch (FileAlreadyExistsException e) {
      // Somebody was faster.
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private void linkInto(Path home, Path source) throws IOException {
    try {
      volume.link(home, source);
    } catch (NoSuchFileException e) {
      Files.createDirectories(StoreLayout.folder(home));
      volume.link(home, source);
    }
  }

  /** Whether a file's bytes hash to a digest. */
  static boolean isWhole(Path file, Digest digest) throws IOException {
    MessageDigest hash = digest.newHash();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    }
    return digest.matches(hash);
  }
}
