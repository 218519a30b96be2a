package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a registry's processes remember though nothing needs it: what was pushed and deleted again
 * since the oldest of them started, between two passes. Such a process takes the next push of it
 * without a look (distribution, registry/storage/blobstore.go, Put, by its cached statter), so that
 * it stays in place, and comes back from the trash.
 */
final class Remembered implements Closure.MarkTarget {
  /** Brings data back from the trash, where that is allowed. */
  interface Restoring {
    void restore(Digest digest) throws IOException;
  }

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final BlobTable blobs;
  private final @Nullable Instant since;
  private final Duration skew;
  private final Restoring restoring;
  private final Set<Digest> digests = ConcurrentHashMap.newKeySet();

  /**
   * @param since when the oldest process started; null: none remembers anything
   * @param skew what the clocks of the volume and of passes may differ by
   */
  Remembered(
      Volume volume,
      StoreLayout layout,
      Trash trash,
      BlobTable blobs,
      @Nullable Instant since,
      Duration skew,
      Restoring restoring) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.blobs = blobs;
    this.since = since;
    this.skew = skew;
    this.restoring = restoring;
  }

  /** All that was found, needed or not. */
  Set<Digest> digests() {
    return digests;
  }

  /** Looks at what was deleted of a repository. */
  void look(RepositoryContent repository, ManifestReader manifests) throws IOException {
    Closure closure = new Closure(repository, manifests, this);
    for (Digest digest : repository.deleted()) {
      if (isRemembered(repository.name(), digest)
          && manifests.read(digest) instanceof ManifestReader.Whole) {
        closure.follow(digest, false, absent -> {});
      }
    }
  }

  /**
   * Whether a registry deleted a manifest since then, by the folder that it leaves. A pass that
   * takes the link of one leaves such a folder, too, which is as old as that.
   */
  private boolean isRemembered(String repository, Digest digest) throws IOException {
    Instant from = since;
    if (from == null || !(blobs.isPresent(digest) || trash.holds(digest))) {
      return false;
    }
    for (Trash.Revision link : trash.revisions(repository, digest)) {
      Instant taken = link.folder().taken(volume);
      if (taken == null) {
        return false; // just now
      }
      Instant later = taken.plus(skew);
      from = later.isAfter(from) ? later : from;
    }
    try {
      Path folder = StoreLayout.folder(layout.revision(repository, digest));
      return !volume.stat(folder).lastModifiedTime().toInstant().isBefore(from);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false; // gone meanwhile
    }
  }

  @Override
  public void needs(Digest digest, boolean firmly) throws IOException {
    digests.add(digest);
    if (trash.holds(digest) && !blobs.isPresent(digest)) {
      restoring.restore(digest);
    }
  }

  /** It was deleted, and is not to come back. */
  @Override
  public void needsRevision(String repository, Digest digest) {}

  @Override
  public void needsSignatures(String repository, Digest digest, boolean firmly) {}

  @Override
  public void needsAlias(Digest digest, boolean firmly) {}

  @Override
  public boolean isDamaged(Digest digest) {
    return false;
  }
}
