package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
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
  private final Restorer restorer;
  private final Pushed pushed;
  private final Instant settled;
  private PassProgress progress = PassProgress.NONE;
  private long blobs;
  private long bytes;

  /**
   * @param mark a whole mark that restored
   * @param settled what was written last before this is not being written now
   */
  Purge(
      Volume volume,
      StoreLayout layout,
      PassLock lock,
      Mark mark,
      Restorer restorer,
      Pushed pushed,
      Instant settled) {
    this.volume = volume;
    this.layout = layout;
    this.lock = lock;
    this.mark = mark;
    this.restorer = restorer;
    this.pushed = pushed;
    this.settled = settled;
  }

  Purge telling(PassProgress listener) {
    progress = listener;
    return this;
  }

  long blobs() {
    return blobs;
  }

  long bytes() {
    return bytes;
  }

  void purge(Trash trash, TrashFolder folder) throws IOException {
    List<Trash.Item> items = trash.items(folder);
    LinkTimes links = LinkTimes.of(volume, layout, digests(items));
    boolean isEmpty = true;
    int done = 0;
    for (Trash.Item item : items) {
      if (done++ % BATCH == 0) {
        lock.check();
        progress.at("purging", done, items.size(), "files and links of " + folder.pass());
      }
      lock.checkTime();
      if (pushed.comesBack(item)) {
        isEmpty &= !volume.exists(item.path());
      } else if (mayGo(item, trash.started(item), links)) {
        unlink(item);
      } else {
        isEmpty = false;
      }
    }
    if (isEmpty) {
      for (String probe : volume.namesOrNone(folder.probes())) {
        volume.unlink(folder.probes().resolve(probe));
      }
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

  private boolean mayGo(Trash.Item item, Instant started, LinkTimes links) throws IOException {
    if (!(item instanceof Trash.Blob blob)) {
      return true;
    }
    if (volume.exists(layout.blob(blob.digest()))) {
      return restorer.replaceBad(blob, settled);
    }
    Optional<Instant> linked = links.newest(blob.digest());
    if (linked.isPresent() && Ages.isWritten(linked.get(), started, settled)) {
      restorer.restore(blob);
      return false;
    }
    return !mark.blobs().isMarked(blob.digest());
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
      case Trash.Emptied part -> removeTree(part.path());
      case Trash.Leaf leaf -> volume.unlink(leaf.path());
      case Trash.Revision revision -> volume.unlink(revision.path());
      case Trash.Layer layer -> volume.unlink(layer.path());
    }
  }

  private void removeTree(Path path) throws IOException {
    if (volume.isFolder(path)) {
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
      if (volume.isFolder(below)) {
        removeFolders(below);
      }
    }
    try {
      volume.unlinkIfThere(path.resolve("aliases"));
      volume.unlinkIfThere(path.resolve("record"));
      volume.unlink(path);
    } catch (DirectoryNotEmptyException e) {
      // Something came in that nobody knows: it stays.
    }
  }
}
