package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.CollectionReport.Items;
import dev.winnow.storage.CollectionReport.Tidied;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final Set<Digest> probes = new LinkedHashSet<>();
  private PassProgress progress = PassProgress.NONE;
  private CacheProbe.@Nullable Taken probed;
  private long bytes;

  Quarantine(Volume volume, StoreLayout layout, PassLock lock, TrashFolder folder) {
    this.volume = volume;
    this.layout = layout;
    this.lock = lock;
    this.folder = folder;
  }

  Items items() {
    return new Items(count(Kind.DATA), count(Kind.MANIFEST), bytes);
  }

  /** Tags of the list that were taken. */
  long tags() {
    return count(Kind.TAG);
  }

  /** What was taken besides, as far as it is no folder. */
  Tidied tidied() {
    return new Tidied(count(Kind.LAYER), 0, count(Kind.UPLOAD), count(Kind.FILE));
  }

  private long count(Kind kind) {
    return counts.getOrDefault(kind, 0L);
  }

  private record Move(
      Path from, Path to, long size, Kind kind, @Nullable Digest probe, @Nullable Untag untag) {
    Move(Path from, Path to, long size, Kind kind) {
      this(from, to, size, kind, null, null);
    }
  }

  private enum Kind {
    PROBE,
    DATA,
    MANIFEST,
    TAG,
    LAYER,
    UPLOAD,
    FILE,
    FOLDER
  }

  /** The first probe that was taken; null where none was. */
  CacheProbe.@Nullable Taken probed() {
    return probed;
  }

  /** Takes these as well, before all else. */
  Quarantine with(Set<Digest> other) {
    probes.addAll(other);
    return this;
  }

  private Path within(String repository) {
    return folder.repositories().resolve(repository);
  }

  Quarantine telling(PassProgress listener) {
    progress = listener;
    return this;
  }

  /** Where it goes. */
  TrashFolder folder() {
    return folder;
  }

  /**
   * Takes all candidates.
   *
   * @param started when this pass began, by the clock of the volume
   * @throws IOException when one of them cannot be moved, or the lock is lost: what was moved by
   *     then is in the trash, for the next mark
   */
  void take(Taking taking, Instant started, InstantSource clock) throws IOException {
    List<Move> moves = new ArrayList<>();
    for (Digest probe : probes) {
      Path to = folder.probes().resolve(probe.hex());
      moves.add(new Move(layout.blob(probe), to, 0, Kind.PROBE, probe, null));
    }
    for (Untag untag : taking.untags()) {
      Path to = within(untag.repository()).resolve("_manifests/tags").resolve(untag.tag());
      Path from = layout.tag(untag.repository(), untag.tag());
      moves.add(new Move(from, to, 0, Kind.TAG, null, untag));
    }
    moves.addAll(moves(taking.candidates()));
    for (Upload upload : taking.uploads()) {
      Path to = within(upload.repository()).resolve("_uploads").resolve(upload.id());
      Path from = layout.uploads(upload.repository()).resolve(upload.id());
      moves.add(new Move(from, to, 0, Kind.UPLOAD));
    }
    for (Path file : taking.files()) {
      Path to = folder.files().resolve(layout.v2().relativize(file));
      moves.add(new Move(file, to, 0, Kind.FILE));
    }
    for (String repository : taking.repositories()) {
      // Distribution 2.8 finds a repository by its _layers: they go last, and come back first.
      for (String part : List.of("_uploads", "_manifests", "_layers")) {
        Path to = folder.emptied().resolve(repository).resolve(part);
        moves.add(new Move(layout.repository(repository).resolve(part), to, 0, Kind.FOLDER));
      }
    }
    makeFolders(moves, taking.aliases(), started);
    for (int from = 0; from < moves.size(); from += BATCH) {
      lock.check();
      List<Move> batch = moves.subList(from, Math.min(from + BATCH, moves.size()));
      Set<Path> targets = new TreeSet<>();
      for (Move move : batch) {
        lock.checkTime();
        if (move.kind() == Kind.PROBE) {
          takeProbe(move, clock.instant());
        } else if (move.untag() == null || isStill(move.untag())) {
          take(move);
        }
        targets.add(StoreLayout.folder(move.to()));
      }
      for (Path target : targets) {
        volume.sync(target);
      }
      progress.at("taking", from + batch.size(), moves.size(), "files and links");
    }
    folder.taken(volume, clock.instant());
  }

  /** Whether a tag still says what it said when it was decided about. */
  private boolean isStill(Untag untag) throws IOException {
    return Untagging.objection(volume, layout, untag).isEmpty();
  }

  /** One that stays is no harm: the next pass finds it. */
  private void takeProbe(Move move, Instant now) throws LockedException {
    try {
      take(move);
      if (probed == null && count(Kind.PROBE) > 0) {
        probed = new CacheProbe.Taken(Objects.requireNonNull(move.probe()), now);
      }
    } catch (LockedException e) {
      throw e;
    } catch (IOException e) {
      // Then there is none.
    }
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
    counts.merge(move.kind(), 1L, Long::sum);
    if (move.kind() == Kind.DATA) {
      bytes += move.size();
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
              Kind.LAYER));
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
  private void makeFolders(List<Move> moves, Map<Digest, Digest> aliases, Instant started)
      throws IOException {
    volume.makeDirectory(folder.path());
    folder.create(volume, started);
    folder.aliases(volume, aliases);
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
