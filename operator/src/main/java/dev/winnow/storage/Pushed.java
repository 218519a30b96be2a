package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * Brings back what somebody pushed while it was being taken. Such a push has written into the file
 * that is in the trash by now, or found data in place that was moved before its link was there.
 */
final class Pushed {
  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final Restorer restorer;
  private final Instant settled;

  /**
   * @param settled what was written last before this is not being written now
   */
  Pushed(Volume volume, StoreLayout layout, Trash trash, Restorer restorer, Instant settled) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.restorer = restorer;
    this.settled = settled;
  }

  /** Looks at all of the trash. */
  void bringBack() throws IOException {
    for (Trash.Item item : trash.items()) {
      comesBack(item);
    }
  }

  /** Brings an item back if it must be; says whether it has left the trash. */
  boolean comesBack(Trash.Item item) throws IOException {
    if (item instanceof Trash.Blob blob) {
      if (isOfOtherSize(blob)) {
        restorer.replaceBad(blob, settled);
      }
      return false;
    }
    return isPushed(item) && restorer.restore(item);
  }

  /** Data that was pushed again, and not in full: a registry would keep it like that for ever. */
  private boolean isOfOtherSize(Trash.Blob blob) throws IOException {
    Path home = blob.home(layout);
    return volume.exists(home) && volume.stat(home).size() != blob.size();
  }

  private boolean isPushed(Trash.Item item) throws IOException {
    return switch (item) {
      case Trash.Blob blob -> false;
      case Trash.Tag tag -> isPushed(tag, tag.path().resolve("current/link"));
      case Trash.Leaf leaf -> isNew(leaf, leaf.path());
      case Trash.Emptied part -> isHalf(part);
      case Trash.Upload upload -> isNew(upload, upload.path().resolve("data"));
      case Trash.Revision revision -> isNew(revision, revision.path());
      case Trash.Layer layer -> isNew(layer, layer.path()) || hasDataAgain(layer);
    };
  }

  /** A tag whose link is empty or missing is being written: what it will say is not known. */
  private boolean isPushed(Trash.Tag tag, Path link) throws IOException {
    return !volume.exists(link) || volume.stat(link).size() == 0 || isNew(tag, link);
  }

  private boolean isNew(Trash.Item item, Path file) throws IOException {
    try {
      BasicFileAttributes attributes = volume.stat(file);
      Instant modified = attributes.lastModifiedTime().toInstant();
      return Ages.isWritten(modified, trash.started(item), settled);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    }
  }

  /** Without one of its folders distribution does not see a repository, and collects it. */
  private boolean isHalf(Trash.Emptied part) throws IOException {
    Path repository = StoreLayout.folder(part.home(layout));
    return volume.namesOrNone(repository).stream().anyMatch(name -> name.startsWith("_"));
  }

  private boolean hasDataAgain(Trash.Layer layer) throws IOException {
    Digest stored = LinkFile.read(volume, layer.path()).said().orElse(layer.digest());
    return stored.algorithm().equals("sha256") && volume.exists(layout.blob(stored));
  }
}
