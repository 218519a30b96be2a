package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.CollectionReport.Blobs;
import dev.winnow.storage.CollectionReport.Held;
import dev.winnow.storage.CollectionReport.Items;
import dev.winnow.storage.CollectionReport.Taint;
import dev.winnow.storage.CollectionReport.Waiting;
import dev.winnow.storage.Mark.MarkedRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a store: marks what is needed, takes what nothing has needed for long enough, marks
 * again and brings back what was needed meanwhile, and purges what earlier passes took.
 *
 * <p>It can be ended at any moment: the next pass goes on where this one was.
 */
public final class Pass {
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Volume volume;
  private final StoreLayout layout;
  private final CollectOptions options;
  private final InstantSource clock;
  private final Pause pause;
  private final Instant start;
  private final String name;
  private final String token;
  private final Preflight preflight;
  private Items quarantined = Items.NONE;
  private Items purged = Items.NONE;
  private long untagged;
  private List<String> skipped = List.of();
  private long restoredBlobs;
  private long restoredBytes;

  /** Waits. */
  @FunctionalInterface
  public interface Pause {
    void during(Duration time) throws IOException;
  }

  public Pass(Volume volume, Path root, CollectOptions options, InstantSource clock, Pause pause) {
    this.volume = volume;
    this.layout = new StoreLayout(root);
    this.options = options;
    this.clock = clock;
    this.pause = pause;
    this.start = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    this.name = NAME.format(start);
    byte[] random = new byte[4];
    new SecureRandom().nextBytes(random);
    this.token = HexFormat.of().formatHex(random);
    this.preflight = new Preflight(volume, layout);
  }

  /**
   * Makes the pass.
   *
   * @throws RefusedException when there is something that a person has to look at first
   * @throws LockedException when another collector has the store
   */
  public CollectionReport run() throws IOException {
    preflight.look();
    if (options.dryRun()) {
      return dryRun();
    }
    try (PassLock lock =
        PassLock.take(volume, layout, name + "-" + token, options.until(), clock)) {
      return locked(lock);
    }
  }

  private Path sightings() {
    return layout.own().resolve("sightings");
  }

  private CollectionReport dryRun() throws IOException {
    Trash trash = Trash.read(volume, layout);
    Optional<Sightings> before = Sightings.read(volume, sightings());
    Sightings known = before.orElse(Sightings.none(start));
    Mark mark = mark(trash, null, known, Sightings.none(start));
    String instance = preflight.knownInstance();
    preflight.repositories(mark, before, options.yes());
    Candidates candidates = mark.isComplete() ? decide(mark, known, instance) : Candidates.none();
    return report(instance, mark, candidates, trash);
  }

  private CollectionReport locked(PassLock lock) throws IOException {
    preflight.probe(clock);
    String instance = preflight.instance();
    if (options.expect() != null && !options.expect().equals(instance)) {
      throw new RefusedException(
          layout.root()
              + " is the volume "
              + instance
              + " and not "
              + options.expect()
              + ", which was there last time: is the right volume mounted?");
    }
    Optional<Sightings> before = Sightings.read(volume, sightings());
    preflight.canary(instance, before.isEmpty(), options.yes());
    Trash trash = resume();
    Sightings known = before.orElse(Sightings.none(start));
    Sightings now = Sightings.none(start);
    Restorer restorer = restorer(trash);
    Mark mark = mark(trash, restorer, known, now);
    count(restorer);
    preflight.repositories(mark, before, options.yes());
    if (!mark.isComplete()) {
      return report(instance, mark, Candidates.none(), trash);
    }
    Set<Digest> ours = Set.of(Preflight.canaryDigest(instance));
    mark.blobs()
        .notFirmlyMarked((digest, modified, size) -> {
          if (!ours.contains(digest)) {
            now.unreferenced(digest, known);
          }
        });
    now.write(volume, sightings());
    Candidates candidates = decide(mark, known, instance);
    refuseMostly(mark, candidates, before);
    Mark last = mark;
    Instant lastMarked = start;
    Untagging untagging = Untagging.of(volume, layout, options.untag());
    skipped = untagging.skipped();
    List<Upload> uploads = AbandonedUploads.find(volume, layout, mark, start);
    if (!candidates.isEmpty() || !untagging.going().isEmpty() || !uploads.isEmpty()) {
      quarantine(lock, candidates, untagging.going(), uploads, known, instance);
      lastMarked = clock.instant();
      trash = Trash.read(volume, layout);
      Restorer again = restorer(trash);
      last = mark(trash, again, known, Sightings.none(start));
      count(again);
    }
    if (last.isComplete()) {
      purge(lock, trash, last, lastMarked);
    }
    if (options.offline() && purged.blobs() > 0) {
      tidy(lock, known, instance);
    }
    return report(instance, last, candidates, Trash.read(volume, layout));
  }

  /** Links to what was purged just now go as well, where nobody has to be waited for. */
  private void tidy(PassLock lock, Sightings known, @Nullable String instance) throws IOException {
    Trash trash = Trash.read(volume, layout);
    Mark mark = mark(trash, restorer(trash), known, Sightings.none(start));
    if (!mark.isComplete()) {
      return;
    }
    Candidates candidates = decide(mark, known, instance).onlyLayers();
    if (!candidates.isEmpty()) {
      TrashFolder folder = TrashFolder.of(layout.trash().resolve(name + "-" + token + "-tidy"));
      new Quarantine(volume, layout, lock, folder).take(candidates, List.of(), List.of(), clock);
      purge(lock, Trash.read(volume, layout), mark, clock.instant());
    }
  }

  private Restorer restorer(Trash trash) {
    return new Restorer(volume, layout, trash, layout.own().resolve("tmp"));
  }

  private void count(Restorer restorer) {
    restoredBlobs += restorer.blobs();
    restoredBytes += restorer.bytes();
  }

  private Mark mark(Trash trash, @Nullable Restorer restorer, Sightings known, Sightings now)
      throws IOException {
    Untagged untagged =
        new Untagged(options.untagged(), start, options.inUse(), known, options.online());
    return new Marker(volume, layout, trash, restorer, untagged, now).mark();
  }

  private Candidates decide(Mark mark, Sightings known, @Nullable String instance)
      throws IOException {
    Set<Digest> ours = instance == null ? Set.of() : Set.of(Preflight.canaryDigest(instance));
    return new Candidates.Decider(options, start, known, ours).decide(volume, layout, mark);
  }

  /** Where most of a store seems to be garbage, rather something is wrong with what was read. */
  private void refuseMostly(Mark mark, Candidates candidates, Optional<Sightings> before)
      throws IOException {
    long[] total = {0};
    mark.blobs().present((digest, modified, size) -> total[0]++);
    long unneeded = candidates.data().size() + candidates.waitingBlobs();
    if (before.isEmpty() && !options.yes() && 2 * unneeded > total[0]) {
      throw new RefusedException(
          "nothing refers to "
              + unneeded
              + " of "
              + total[0]
              + " blobs, which is more than half, and this is the first pass: look at"
              + " winnow inspect --root "
              + layout.root()
              + ", and if that is all there should be, go on with --yes");
    }
  }

  /** Seals what earlier passes left open, and counts the time of what nobody wrote down. */
  private Trash resume() throws IOException {
    for (TrashFolder folder : Trash.folders(volume, layout)) {
      TrashFolder sealed = folder.isSealed() ? folder : folder.seal(volume);
      if (sealed.taken(volume) == null) {
        sealed.taken(volume, clock.instant());
      }
    }
    return Trash.read(volume, layout);
  }

  private void quarantine(
      PassLock lock,
      Candidates candidates,
      List<Untag> untags,
      List<Upload> uploads,
      Sightings known,
      @Nullable String instance)
      throws IOException {
    // Everything once more, right before: what was pushed since the first mark stays with all that
    // it leads to.
    Mark again = mark(Trash.read(volume, layout), null, known, Sightings.none(start));
    if (!again.isComplete()) {
      throw new IOException("cannot be read: " + again.failures().getFirst());
    }
    candidates.retain(decide(again, known, instance));
    TrashFolder folder = TrashFolder.of(layout.trash().resolve(name + "-" + token));
    Quarantine quarantine = new Quarantine(volume, layout, lock, folder);
    try {
      quarantine.take(candidates, untags, uploads, clock);
      restoreRepushed(candidates);
    } finally {
      untagged = quarantine.tags();
      quarantined = new Items(quarantine.blobs(), quarantine.manifests(), quarantine.bytes());
    }
    if (options.online()) {
      pause.during(options.timing().settle());
      pause.during(options.timing().secondMark());
    }
  }

  /** What was pushed while it was being taken comes back at once, not only by the next mark. */
  private void restoreRepushed(Candidates candidates) throws IOException {
    LinkTimes links = LinkTimes.of(volume, layout, candidates.data().keySet());
    Trash trash = Trash.read(volume, layout);
    Restorer restorer = restorer(trash);
    for (Digest digest : candidates.data().keySet()) {
      if (links.newest(digest).map(pushed -> pushed.isAfter(start)).orElse(false)) {
        restorer.data(digest);
      }
    }
    count(restorer);
  }

  private void purge(PassLock lock, Trash trash, Mark mark, Instant marked) throws IOException {
    for (TrashFolder folder : trash.folders()) {
      Instant taken = folder.taken(volume);
      if (taken == null || taken.plus(options.hold()).isAfter(clock.instant())) {
        continue;
      }
      Optional<Instant> epoch = Epoch.end(options, taken);
      if (epoch.isPresent() && !epoch.get().isAfter(marked)) {
        Purge purge = new Purge(volume, layout, lock, mark, marked);
        purge.purge(trash, folder);
        purged = new Items(purged.blobs() + purge.blobs(), 0, purged.bytes() + purge.bytes());
      }
    }
  }

  private CollectionReport report(
      @Nullable String instance, Mark mark, Candidates candidates, Trash trash) throws IOException {
    long[] count = new long[3];
    mark.blobs()
        .present((digest, modified, size) -> {
          count[0]++;
          count[1] += size;
        });
    mark.blobs().unmarked((digest, modified, size) -> count[2]++);
    return new CollectionReport(
        name,
        instance,
        layout.root().toString(),
        start,
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        options.dryRun(),
        mark.repositories().size(),
        mark.repositories().stream().mapToLong(MarkedRepository::revisions).sum(),
        new Blobs(count[0], count[0] - count[2], count[1]),
        new Items(candidates.data().size(), candidates.revisions().size(), candidates.bytes()),
        new Waiting(
            candidates.waitingBlobs(),
            candidates.waitingManifests(),
            candidates.waitingBytes(),
            candidates.earliest()),
        quarantined,
        held(trash),
        new Items(restoredBlobs, 0, restoredBytes),
        purged,
        untagged,
        mark.repositories().stream()
            .filter(repository -> !repository.taint().isEmpty())
            .map(repository -> new Taint(repository.name(), repository.taint()))
            .toList(),
        mark.damage().stream()
            .map(damage ->
                new CollectionReport.Damaged(
                    damage.repository(), damage.tag(), damage.missing().text(), damage.why()))
            .toList(),
        Stream.concat(skipped.stream(), mark.remarks().stream()).toList(),
        mark.failures());
  }

  private Held held(Trash trash) throws IOException {
    long blobs = 0;
    long bytes = 0;
    Instant earliest = null;
    boolean isUnproven = false;
    for (TrashFolder folder : trash.folders()) {
      for (Trash.Item item : trash.items(folder)) {
        if (item instanceof Trash.Blob blob) {
          blobs++;
          bytes += blob.size();
        }
      }
      Instant taken = folder.taken(volume);
      Optional<Instant> epoch = taken == null ? Optional.empty() : Epoch.end(options, taken);
      if (taken == null || epoch.isEmpty()) {
        isUnproven = true;
      } else {
        Instant free = later(taken.plus(options.hold()), epoch.get());
        earliest = earliest == null || free.isBefore(earliest) ? free : earliest;
      }
    }
    if (blobs == 0) {
      return Held.NOTHING;
    }
    return new Held(blobs, bytes, earliest, isUnproven ? "RegistryNotRestarted" : "Hold");
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
