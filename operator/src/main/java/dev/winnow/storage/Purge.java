package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Unlinks what is in the trash: past its epoch, past its hold, and found to be needed by nothing by
 * a whole mark that began after both.
 */
final class Purge {
  private static final int BATCH = 256;

  private final Volume volume;
  private final StoreLayout layout;
  private final PassLock lock;
  private final Mark mark;
  private final Instant marked;
  private long blobs;
  private long bytes;
  private long held;

  /**
   * @param mark a whole mark that restored
   * @param marked when it began
   */
  Purge(Volume volume, StoreLayout layout, PassLock lock, Mark mark, Instant marked) {
    this.volume = volume;
    this.layout = layout;
    this.lock = lock;
    this.mark = mark;
    this.marked = marked;
  }

  long blobs() {
    return blobs;
  }

  long bytes() {
    return bytes;
  }

  /** Items that stay in the trash though their time has come. */
  long held() {
    return held;
  }

  void purge(Trash trash, TrashFolder folder) throws IOException {
    List<Trash.Item> items = trash.items(folder);
    LinkTimes links = LinkTimes.of(volume, layout, digests(items));
    int done = 0;
    for (Trash.Item item : items) {
      if (done++ % BATCH == 0) {
        lock.check();
      }
      if (mayGo(item, links)) {
        unlink(item);
      } else {
        held++;
      }
    }
    if (held == 0) {
      removeFolders(folder.path());
    }
  }

  private static Set<Digest> digests(List<Trash.Item> items) {
    Set<Digest> digests = new HashSet<>();
    for (Trash.Item item : items) {
      if (item instanceof Trash.Blob blob) {
        digests.add(blob.digest());
      }
    }
    return digests;
  }

  private boolean mayGo(Trash.Item item, LinkTimes links) throws IOException {
    if (!(item instanceof Trash.Blob blob)) {
      return true;
    }
    Optional<Instant> pushed = links.newest(blob.digest());
    boolean isAgain = Files.exists(layout.blob(blob.digest()));
    if (isAgain) {
      return Restorer.isWhole(layout.blob(blob.digest()), blob.digest());
    }
    return !mark.blobs().isMarked(blob.digest())
        && (pushed.isEmpty() || pushed.get().isBefore(marked));
  }

  private void unlink(Trash.Item item) throws IOException {
    switch (item) {
      case Trash.Blob blob -> {
        volume.unlink(blob.path());
        blobs++;
        bytes += blob.size();
      }
      case Trash.Tag tag -> removeTree(tag.path());
      case Trash.Upload upload -> removeTree(upload.path());
      case Trash.Revision revision -> volume.unlink(revision.path());
      case Trash.Layer layer -> volume.unlink(layer.path());
    }
  }

  private void removeTree(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      for (String name : volume.names(path)) {
        removeTree(path.resolve(name));
      }
    }
    volume.unlink(path);
  }

  /** The folders of the trash, which hold nothing but a record by now. */
  private void removeFolders(Path path) throws IOException {
    for (String name : volume.namesOrNone(path)) {
      Path below = path.resolve(name);
      if (Files.isDirectory(below)) {
        removeFolders(below);
      }
    }
    try {
      Files.deleteIfExists(path.resolve("record"));
      volume.unlink(path);
    } catch (DirectoryNotEmptyException e) {
      // Something came in that nobody knows: it stays.
    }
  }
}
