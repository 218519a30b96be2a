package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes candidates out of the store, each by one rename into the trash folder of this pass. Folders
 * of the store stay: a registry may be about to write into them.
 */
final class Quarantine {
  private static final int BATCH = 256;

  private final Volume volume;
  private final StoreLayout layout;
  private final PassLock lock;
  private final TrashFolder folder;
  private long blobs;
  private long manifests;
  private long tags;
  private long bytes;

  Quarantine(Volume volume, StoreLayout layout, PassLock lock, TrashFolder folder) {
    this.volume = volume;
    this.layout = layout;
    this.lock = lock;
    this.folder = folder;
  }

  long blobs() {
    return blobs;
  }

  long manifests() {
    return manifests;
  }

  long bytes() {
    return bytes;
  }

  /** Tags of the list that were taken. */
  long tags() {
    return tags;
  }

  private record Move(Path from, Path to, long size, Kind kind, @Nullable Digest says) {
    Move(Path from, Path to, long size, Kind kind) {
      this(from, to, size, kind, null);
    }
  }

  private enum Kind {
    DATA,
    MANIFEST,
    TAG,
    OTHER
  }

  private Path within(String repository) {
    return folder.repositories().resolve(repository);
  }

  /**
   * Takes all candidates.
   *
   * @param started when this pass began, by the clock of the volume
   * @throws IOException when one of them cannot be moved, or the lock is lost: what was moved by
   *     then is in the trash, for the next mark
   */
  void take(
      Candidates candidates,
      List<Untag> untags,
      List<Upload> uploads,
      Instant started,
      InstantSource clock)
      throws IOException {
    List<Move> moves = new ArrayList<>();
    untags.forEach(untag ->
        moves.add(
            new Move(
                layout.tag(untag.repository(), untag.tag()),
                within(untag.repository()).resolve("_manifests/tags").resolve(untag.tag()),
                0,
                Kind.TAG,
                untag.digest())));
    moves.addAll(moves(candidates));
    uploads.forEach(upload ->
        moves.add(
            new Move(
                layout.uploads(upload.repository()).resolve(upload.id()),
                within(upload.repository()).resolve("_uploads").resolve(upload.id()),
                0,
                Kind.OTHER)));
    makeFolders(moves, started);
    for (int from = 0; from < moves.size(); from += BATCH) {
      lock.check();
      List<Move> batch = moves.subList(from, Math.min(from + BATCH, moves.size()));
      Set<Path> targets = new TreeSet<>();
      for (Move move : batch) {
        if (move.kind() != Kind.TAG || isStill(move)) {
          take(move);
        }
        targets.add(StoreLayout.folder(move.to()));
      }
      for (Path target : targets) {
        volume.sync(target);
      }
    }
    folder.taken(volume, clock.instant());
  }

  /** Whether a tag still says what it said when it was decided about. */
  private boolean isStill(Move move) throws IOException {
    LinkFile link = LinkFile.read(volume, move.from().resolve("current/link"));
    return link instanceof LinkFile.To(Digest digest) && digest.equals(move.says());
  }

  private void take(Move move) throws IOException {
    try {
      volume.rename(move.from(), move.to());
    } catch (NoSuchFileException e) {
      if (!volume.exists(StoreLayout.folder(move.to()))) {
        throw new LockedException("another collector has taken over; this one goes no further");
      }
      return; // gone already: a link that somebody deleted over the API
    }
    switch (move.kind()) {
      case DATA -> {
        blobs++;
        bytes += move.size();
      }
      case MANIFEST -> manifests++;
      case TAG -> tags++;
      case OTHER -> {}
    }
  }

  private List<Move> moves(Candidates candidates) throws IOException {
    List<Move> moves = new ArrayList<>();
    for (Candidates.Link link : candidates.revisions()) {
      Path to = within(link.repository()).resolve("_manifests/revisions");
      moves.add(
          new Move(
              layout.revision(link.repository(), link.digest()),
              in(to, link.digest()),
              0,
              Kind.MANIFEST));
    }
    for (Candidates.Link link : candidates.layers()) {
      Path to = within(link.repository()).resolve("_layers");
      moves.add(
          new Move(
              layout.layer(link.repository(), link.digest()),
              in(to, link.digest()),
              0,
              Kind.OTHER));
    }
    for (Map.Entry<Digest, Long> data : candidates.data().entrySet()) {
      Path from = layout.blob(data.getKey());
      if (isOurs(from)) {
        moves.add(
            new Move(
                from, folder.blobs().resolve(data.getKey().hex()), data.getValue(), Kind.DATA));
      }
    }
    return moves;
  }

  private static Path in(Path folder, Digest digest) {
    return folder.resolve(digest.algorithm()).resolve(digest.hex());
  }

  /** Nothing that a symbolic link leads to. */
  private boolean isOurs(Path data) throws IOException {
    try {
      return data.toRealPath()
          .equals(layout.blobs().toRealPath().resolve(layout.blobs().relativize(data)));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** All folders before the first rename, and never again: see {@link TrashFolder#seal}. */
  private void makeFolders(List<Move> moves, Instant started) throws IOException {
    volume.makeDirectory(folder.path());
    folder.create(volume, started);
    Set<Path> made = new TreeSet<>();
    made.add(folder.path());
    for (Move move : moves) {
      make(StoreLayout.folder(move.to()), made);
    }
    for (Path each : made) {
      volume.sync(each);
    }
    volume.sync(layout.trash());
  }

  private void make(Path path, Set<Path> made) throws IOException {
    if (made.add(path)) {
      make(StoreLayout.folder(path), made);
      volume.makeDirectory(path);
    }
  }
}
