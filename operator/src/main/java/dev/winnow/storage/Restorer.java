package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings back what is in the trash. Manifests come back as copies: distribution 2.8 writes them in
 * place, and a file of two names would change under both. Links come back themselves: one that is
 * just being written would be copied empty.
 */
final class Restorer {
  /** What a manifest may have at most; layers of that size are copied as well. */
  static final int COPIED = 4 << 20;

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final AtomicLong blobs = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  Restorer(Volume volume, StoreLayout layout, Trash trash) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
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
    List<Trash.Blob> copies = trash.blobs(digest);
    if (copies.isEmpty()) {
      return volume.exists(layout.blob(digest));
    }
    restore(best(copies));
    return true;
  }

  /** The newest that is what its digest says; hashed only where there is a choice. */
  static Trash.Blob best(List<Trash.Blob> copies) throws IOException {
    for (Trash.Blob copy : copies) {
      if (copies.size() == 1 || isWhole(copy.path(), copy.digest())) {
        return copy;
      }
    }
    return copies.getFirst();
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
    restore(items.getFirst());
    return true;
  }

  /**
   * Puts one item where it came from, unless something is there again.
   *
   * @return whether it was put there
   */
  synchronized boolean restore(Trash.Item item) throws IOException {
    return switch (item) {
      case Trash.Tag tag -> tag(tag);
      case Trash.Upload upload -> back(upload, upload.home(layout));
      case Trash.Blob blob -> {
        boolean isBack = file(blob, blob.size() <= COPIED);
        if (isBack) {
          blobs.incrementAndGet();
          bytes.addAndGet(blob.size());
        }
        yield isBack;
      }
      case Trash.Emptied part -> back(part, part.home(layout));
      case Trash.Leaf leaf -> file(leaf, true);
      case Trash.Revision revision -> file(revision, false);
      case Trash.Layer layer -> file(layer, false);
    };
  }

  private boolean tag(Trash.Tag tag) throws IOException {
    Path home = tag.home(layout);
    if (volume.exists(home.resolve("current/link"))) {
      return false;
    }
    if (!volume.exists(home)) {
      return back(tag, home);
    }
    // Half removed, or half pushed: file by file, the one that makes it a tag last.
    linkAll(home.resolve("index"), tag.path().resolve("index"));
    linkAll(home.resolve("current"), tag.path().resolve("current"));
    return true;
  }

  private void linkAll(Path home, Path source) throws IOException {
    for (String name : volume.namesOrNone(source)) {
      if (volume.isFolder(source.resolve(name))) {
        linkAll(home.resolve(name), source.resolve(name));
      } else {
        linkOnce(home.resolve(name), source.resolve(name));
      }
    }
  }

  private boolean back(Trash.Item item, Path home) throws IOException {
    if (volume.exists(home)) {
      return false;
    }
    volume.makeDirectories(StoreLayout.folder(home));
    volume.rename(item.path(), home);
    volume.sync(StoreLayout.folder(home));
    return true;
  }

  private boolean file(Trash.Item item, boolean asCopy) throws IOException {
    Path home = item.home(layout);
    Path source = item.path();
    Path copy = null;
    try {
      if (asCopy) {
        copy = copy(source);
        source = copy;
      }
      linkInto(home, source);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      if (copy != null) {
        volume.unlinkIfThere(copy);
      }
    }
    volume.sync(StoreLayout.folder(home));
    volume.unlinkIfThere(item.path());
    return true;
  }

  private Path temporary() {
    return layout.temporaries().resolve(UUID.randomUUID().toString());
  }

  private Path copy(Path source) throws IOException {
    Path copy = temporary();
    volume.create(copy, volume.read(source, COPIED));
    volume.setModified(copy, volume.stat(source).lastModifiedTime());
    return copy;
  }

  /** Writes a small file where there is none; does nothing where there is one. */
  void write(Path home, byte[] bytes) throws IOException {
    Path copy = temporary();
    try {
      volume.create(copy, bytes);
      linkOnce(home, copy);
    } finally {
      volume.unlinkIfThere(copy);
    }
  }

  private void linkOnce(Path home, Path source) throws IOException {
    try {
      linkInto(home, source);
      volume.sync(StoreLayout.folder(home));
    } catch (FileAlreadyExistsException e) {
      // Somebody was faster.
    }
  }

  private void linkInto(Path home, Path source) throws IOException {
    try {
      linkOrMove(home, source);
    } catch (NoSuchFileException e) {
      volume.makeDirectories(StoreLayout.folder(home));
      linkOrMove(home, source);
    }
  }

  /** Linux lets nobody but the owner link a file (protected_hardlinks). */
  private void linkOrMove(Path home, Path source) throws IOException {
    try {
      volume.link(home, source);
    } catch (FileSystemException e) {
      // Then no registry runs, as the preflight has seen to: nobody else takes the name.
      if (!"Operation not permitted".equals(e.getReason())) {
        throw e;
      }
      if (volume.exists(home)) {
        throw new FileAlreadyExistsException(home.toString());
      }
      volume.rename(source, home);
    }
  }

  /**
   * Puts good data where bad data has taken its place and nobody has written to that for a while;
   * no push heals it, since a registry keeps what is there. The bad goes where the good was.
   *
   * @param before nobody has written since
   * @return whether what is in place now is good
   */
  synchronized boolean replaceBad(Trash.Blob good, Instant before) throws IOException {
    Path home = good.home(layout);
    if (isWhole(home, good.digest())) {
      return true;
    }
    boolean isSettled = volume.stat(home).lastModifiedTime().toInstant().isBefore(before);
    if (!isSettled || !isWhole(good.path(), good.digest())) {
      return false;
    }
    Path next = temporary();
    Path bad = temporary();
    if (good.size() <= COPIED) {
      next = copy(good.path());
    } else {
      volume.link(next, good.path());
    }
    volume.link(bad, home);
    volume.rename(next, home);
    volume.sync(StoreLayout.folder(home));
    volume.rename(bad, good.path());
    blobs.incrementAndGet();
    bytes.addAndGet(good.size());
    return true;
  }

  /** Whether a file's bytes hash to a digest. */
  static boolean isWhole(Path file, Digest digest) throws IOException {
    MessageDigest hash = digest.newHash();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    }
    return digest.matches(hash);
  }
}
