package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  private final Ballast ballast;
  private final Forgetting forgetting;
  private final ManifestCache manifests;
  private final CacheProbe probe;
  private final Tally tally;
  private PassProgress progress = PassProgress.NONE;
  private Instant volumeStart = Instant.EPOCH;

  /** Waits. */
  @FunctionalInterface
  public interface Pause {
    void during(Duration time) throws IOException;
  }

  public Pass(Volume volume, Path root, CollectOptions options, InstantSource clock, Pause pause) {
    this(volume, root, options, null, clock, pause);
  }

  /**
   * @param cache what the registries remember in common; null: nothing
   */
  public Pass(
      Volume volume,
      Path root,
      CollectOptions options,
      @Nullable DescriptorCache cache,
      InstantSource clock,
      Pause pause) {
    this.volume = volume;
    this.layout = new StoreLayout(root);
    this.options = options;
    this.clock = clock;
    this.pause = pause;
    this.start = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    this.name = NAME.format(start);
    // A dry run takes no lock, and random numbers are slow to begin with.
    this.token = options.dryRun() ? "" : PassLock.freshToken();
    this.preflight = new Preflight(volume, layout);
    this.ballast = new Ballast(volume, layout);
    this.forgetting = new Forgetting(volume, layout, options, clock, cache);
    this.manifests = new ManifestCache(volume, layout, clock);
    this.probe = new CacheProbe(volume, layout);
    this.tally = new Tally(name, root, start, options);
  }

  /** Tells somebody how far it is. */
  public Pass telling(PassProgress listener) {
    progress = listener;
    return this;
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
    boolean isFull = ballast.drop();
    try (PassLock lock =
        PassLock.take(volume, layout, name + "-" + token, options.until(), clock)) {
      return locked(lock, isFull);
    }
  }

  /** Whether nothing counts that earlier passes saw. */
  private boolean isStale(Optional<Sightings> before) {
    return before.map(last -> last.isStale(start, options.hold())).orElse(true);
  }

  private Path sightings() {
    return layout.own().resolve("sightings");
  }

  private CollectionReport dryRun() throws IOException {
    Instance.refuseOther(volume, layout, options.expect());
    manifests.read();
    Trash trash = Trash.read(volume, layout);
    Optional<Sightings> before = Sightings.read(volume, sightings());
    Sightings known =
        isStale(before) || !Instance.isKnownHere(volume, layout)
            ? Sightings.none(start)
            : before.orElseThrow();
    String id = Instance.known(volume, layout);
    if (id != null) {
      tally.volume(new Instance(id, false));
    }
    tally.ours(probe.inPlace());
    Mark mark = mark(trash, null, known, Sightings.none(start));
    DamageHistory damages = DamageHistory.read(volume, layout, id, name);
    damages.saw(mark);
    if (!mark.isComplete()) {
      return unread(mark, damages, trash);
    }
    preflight.repositories(mark, before, options.yes());
    Candidates candidates = decide(mark, known);
    try {
      refuseMostly(mark, candidates, before);
    } catch (RefusedException e) {
      tally.remark("a pass now would be refused: " + e.getMessage());
    }
    tally.wouldUntag(untagging().tags());
    return report(mark, damages, candidates, trash);
  }

  private CollectionReport locked(PassLock lock, boolean isFull) throws IOException {
    if (isFull && options.online()) {
      tally.remark(
          "the disk is full: nothing is free before its hold ends; --offline with --hold 0s"
              + " frees at once");
    }
    manifests.read();
    manifests.mayWrite();
    volumeStart = preflight.probe(clock, options.online());
    Instance instance = Instance.open(volume, layout, options.expect());
    tally.volume(instance);
    Optional<Sightings> before = Sightings.read(volume, sightings());
    boolean isStale = instance.isNew() || isStale(before);
    Sightings known = isStale ? Sightings.none(start) : before.orElseThrow();
    Sightings now = before.map(last -> Sightings.after(last, start)).orElse(Sightings.none(start));
    Trash trash = resume(isStale);
    forget(trash);
    tidyProbes();
    Instant lastMarked = clock.instant();
    Mark mark = markAndRestore(trash, known, now);
    DamageHistory damages = DamageHistory.read(volume, layout, instance.id(), name);
    damages.saw(mark);
    damages.write();
    if (!mark.isComplete()) {
      return unread(mark, damages, trash);
    }
    // Only now that what was needed is back: a pass that is refused leaves no image broken.
    instance.canary(volume, layout, options.yes());
    manifests.markEnds();
    preflight.repositories(mark, before, options.yes());
    if (options.offline()) {
      new YoungWrites(
              volume, layout, options.writersSince(), volumeStart, options.timing().settle())
          .refuse(mark);
    }
    mark.blobs()
        .notFirmlyMarked((digest, modified, size) -> {
          if (!tally.ours().contains(digest)) {
            now.unreferenced(digest, known);
          }
        });
    Candidates candidates = decide(mark, known);
    refuseMostly(mark, candidates, before);
    now.write(volume, sightings());
    Mark last = mark;
    Untagging untagging = untagging();
    List<Upload> uploads = AbandonedUploads.find(volume, layout, mark, start);
    Taking taking = Taking.of(candidates, untagging.going(), uploads, mark);
    boolean mayTake = !taking.isEmpty() && !tally.hasFailed();
    boolean isLate = mayTake && !hasTimeForSecondMark();
    if (mayTake && !isLate) {
      take(lock, taking, known);
      lastMarked = clock.instant();
      trash = Trash.read(volume, layout);
      last = markAndRestore(trash, known, Sightings.none(start));
      damages.saw(last);
    }
    if (last.isComplete() && !tally.hasFailed() && !options.takeOnly()) {
      last = purgeAndVerify(lock, damages, last, lastMarked, known, now);
    }
    if (isLate) {
      tally.failed(
          "nothing was taken: a second mark would not end by "
              + options.until()
              + "; give it more time, of a window by spec.garbageCollection.maxReadOnly");
    }
    damages.write();
    if (!ballast.drop()) {
      ballast.take().ifPresent(tally::remark);
    }
    return report(last, damages, candidates, Trash.read(volume, layout));
  }

  private Untagging untagging() throws IOException {
    Untagging untagging = Untagging.of(volume, layout, options.untags());
    untagging.skipped().forEach(tally::remark);
    return untagging;
  }

  /** A cache that does not hear keeps a pass from all but restoring. */
  private void forget(Trash trash) {
    try {
      forgetting.begin(trash);
    } catch (IOException e) {
      tally.failed("nothing is taken or purged: " + e.getMessage());
    }
  }

  /**
   * Where something is newly missing nothing is removed for good: it may be what is missing, under
   * another name. Where something was, the tags that are kept are looked at once more.
   */
  private Mark purgeAndVerify(
      PassLock lock,
      DamageHistory damages,
      Mark mark,
      Instant marked,
      Sightings known,
      Sightings now)
      throws IOException {
    if (damages.isNew()) {
      tally.remark("nothing was purged, as images are damaged that were whole before this pass");
      return mark;
    }
    purgeAndTidy(lock, mark, marked, known, now);
    if (!tally.hasRemoved()) {
      return mark;
    }
    Mark verified = markAndRestore(Trash.read(volume, layout), known, Sightings.none(start));
    damages.saw(verified);
    return verified;
  }

  private void purgeAndTidy(
      PassLock lock, Mark mark, Instant marked, Sightings known, Sightings now) throws IOException {
    try {
      purge(lock, Trash.read(volume, layout), mark, marked);
      if (options.offline()) {
        tidy(lock, known, now);
      }
    } catch (LockedException e) {
      throw e;
    } catch (RefusedException e) {
      tally.failed(e.getMessage() + "; what is left to be purged is for the next pass");
    } catch (IOException e) {
      tally.failed("purging: " + Reasons.text(e));
    }
  }

  /**
   * Whatever was taken by the time something fails is looked at by the second mark all the same, so
   * that what is needed of it is back.
   */
  private void take(PassLock lock, Taking taking, Sightings known) throws IOException {
    try {
      quarantine(lock, taking, known);
    } catch (LockedException e) {
      throw e;
    } catch (RefusedException e) {
      tally.failed(e.getMessage() + "; what is left to be taken is for the next pass");
    } catch (IOException e) {
      tally.failed("taking: " + Reasons.text(e));
    }
  }

  /** What is taken must be looked at again while there is time to put it back. */
  private boolean hasTimeForSecondMark() {
    Instant until = options.until();
    if (until == null) {
      return true;
    }
    Duration mark = Duration.between(start, clock.instant());
    Instant end = clock.instant().plus(mark.multipliedBy(3));
    if (options.online()) {
      end = end.plus(options.probe() ? options.timing().probe() : Duration.ZERO);
      end = end.plus(options.timing().settle()).plus(options.timing().secondMark());
    }
    return !end.isAfter(until);
  }

  /** Where nobody has to be waited for, links to what was purged just now go as well. */
  private void tidy(PassLock lock, Sightings known, Sightings now) throws IOException {
    Trash trash = Trash.read(volume, layout);
    Mark mark = markAndRestore(trash, known, Sightings.none(start));
    if (!mark.isComplete()) {
      return;
    }
    Leftovers leftovers = new Leftovers(volume, layout, trash, volumeStart.minus(options.grace()));
    tidy(lock, mark, Taking.of(decide(mark, known).onlyLayers(), leftovers.files(mark)), "-links");
    List<String> empty = leftovers.repositories(mark);
    if (!empty.isEmpty()) {
      empty.forEach(now::forget);
      now.write(volume, sightings());
      tidy(lock, mark, Taking.of(empty), "-empty");
      for (String repository : empty) {
        leftovers.removeRepository(repository);
      }
    }
    leftovers.removeFolders(mark);
    tally.removedFolders(leftovers.folders());
  }

  private void tidy(PassLock lock, Mark mark, Taking taking, String suffix) throws IOException {
    if (!taking.isEmpty()) {
      Quarantine quarantine = quarantine(suffix, lock);
      quarantine.take(taking, volumeStart, clock);
      tally.taken(quarantine);
      purge(lock, Trash.read(volume, layout), mark, clock.instant());
    }
  }

  private Quarantine quarantine(String suffix, PassLock lock) {
    Path folder = layout.trash().resolve(name + "-" + token + suffix);
    return new Quarantine(volume, layout, lock, TrashFolder.of(folder)).telling(progress);
  }

  /** What was written last before this is not being written any more. */
  private Instant settled() {
    return volumeStart.minus(options.timing().settle());
  }

  private Mark markAndRestore(Trash trash, Sightings known, Sightings now) throws IOException {
    Restorer restorer = new Restorer(volume, layout, trash);
    Mark mark = mark(trash, restorer, known, now);
    tally.restored(restorer);
    tally.remarks(mark);
    return mark;
  }

  private Mark mark(Trash trash, @Nullable Restorer restorer, Sightings known, Sightings now)
      throws IOException {
    return marker(trash, restorer, known, now).mark();
  }

  private Marker marker(Trash trash, @Nullable Restorer restorer, Sightings known, Sightings now) {
    Untagged untagged =
        new Untagged(options.untagged(), start, options.inUse(), known, options.online());
    return new Marker(volume, layout, trash, restorer, manifests, settled(), untagged, now)
        .remembering(Epoch.remembered(options), options.timing().settle())
        .telling(progress);
  }

  private Candidates decide(Mark mark, Sightings known) throws IOException {
    return new Candidates.Decider(options, start, known, tally.ours()).decide(volume, layout, mark);
  }

  /** Where most of a store seems to be garbage, rather something is wrong with what was read. */
  private void refuseMostly(Mark mark, Candidates candidates, Optional<Sightings> before)
      throws IOException {
    long total = tally.blobs(mark).total();
    long unneeded = candidates.data().size() + candidates.waitingBlobs();
    if (before.isEmpty() && !options.yes() && 2 * unneeded > total) {
      throw new RefusedException(
          "MostlyUnreferenced",
          "nothing refers to "
              + unneeded
              + " of "
              + total
              + " blobs, which is more than half, and this is the first pass: look at"
              + " winnow inspect --root "
              + layout.root()
              + ", and if that is all there should be, "
              + RefusedException.GO_ON);
    }
  }

  /**
   * Seals what earlier passes left open, and counts the time of what nobody wrote down; of all,
   * where this volume may not be what they worked on.
   */
  private Trash resume(boolean isStale) throws IOException {
    for (TrashFolder folder : Trash.folders(volume, layout)) {
      TrashFolder sealed = folder.isSealed() ? folder : folder.seal(volume);
      if (isStale || sealed.taken(volume) == null) {
        sealed.taken(volume, clock.instant());
      }
    }
    return Trash.read(volume, layout);
  }

  /** What passes before have left of their probes; it is no harm where it cannot be tidied. */
  private void tidyProbes() {
    try {
      probe.tidy();
      tally.ours(probe.inPlace());
    } catch (IOException e) {
      tally.remark("what cache probes have left: " + Reasons.text(e));
    }
  }

  /**
   * Places a probe, and tells of it; one that an ended pass has left is as good. Where that cannot
   * be done, the pass goes on without.
   *
   * @return all that are to be taken
   */
  private Set<Digest> placeProbe() {
    Set<Digest> probes = new LinkedHashSet<>();
    try {
      probes.addAll(probe.inPlace());
      if (options.probe() && probes.isEmpty()) {
        probes.add(probe.place());
      }
    } catch (IOException e) {
      tally.remark("there is no cache probe: " + Reasons.text(e));
      return Set.of();
    }
    tally.ours(probes);
    if (options.probe()) {
      progress.placed(probes.iterator().next());
    }
    return probes;
  }

  private void quarantine(PassLock lock, Taking taking, Sightings known) throws IOException {
    lock.check();
    Set<Digest> probes = placeProbe();
    if (options.probe() && !probes.isEmpty()) {
      pause.during(options.timing().probe()); // whoever was told of it asks for it now
    }
    // Everything once more, right before: what was pushed since the first mark stays with all that
    // it leads to.
    Mark again =
        marker(Trash.read(volume, layout), null, known, Sightings.none(start)).thorough().mark();
    if (!again.isComplete()) {
      throw new IOException("cannot be read: " + again.failures().getFirst());
    }
    taking.candidates().retain(decide(again, known));
    Quarantine quarantine = quarantine("", lock).with(probes);
    try {
      quarantine.take(taking, volumeStart, clock);
    } finally {
      tally.taken(quarantine);
    }
    Trash trash = Trash.read(volume, layout);
    forgetting.taken(trash, quarantine.folder());
    restoreRepushed(trash, taking.candidates());
    if (options.online()) {
      pause.during(options.timing().settle());
      pause.during(options.timing().secondMark());
    }
  }

  /** What was pushed while it was being taken comes back at once, not only by the next mark. */
  private void restoreRepushed(Trash trash, Candidates candidates) throws IOException {
    Restorer restorer = new Restorer(volume, layout, trash);
    new Pushed(volume, layout, trash, restorer, settled()).bringBack();
    LinkTimes links = LinkTimes.of(volume, layout, candidates.data().keySet());
    for (Digest digest : candidates.data().keySet()) {
      Optional<Instant> linked = links.newest(digest);
      if (linked.isPresent() && Ages.isWritten(linked.get(), volumeStart, volumeStart)) {
        restorer.data(digest);
      }
    }
    tally.restored(restorer);
  }

  private void purge(PassLock lock, Trash trash, Mark mark, Instant marked) throws IOException {
    List<TrashFolder> due = due(trash, marked);
    if (due.isEmpty()) {
      return;
    }
    forgetting.refuseAnothers(mark);
    Restorer restorer = new Restorer(volume, layout, trash);
    Pushed pushed = new Pushed(volume, layout, trash, restorer, settled());
    Purge purge =
        new Purge(volume, layout, lock, mark, restorer, pushed, settled()).telling(progress);
    try {
      for (TrashFolder folder : due) {
        if (forgetting.isForgotten(trash, folder)) {
          purge.purge(trash, folder);
        }
      }
    } finally {
      tally.purged(purge);
      tally.restored(restorer);
    }
  }

  /**
   * Of the passes' trash what is past its hold, and its epoch over before the last mark. What this
   * pass took is for a later one, where somebody is to ask first who remembers it.
   */
  private List<TrashFolder> due(Trash trash, Instant marked) throws IOException {
    List<TrashFolder> due = new ArrayList<>();
    for (TrashFolder folder : trash.folders()) {
      Instant taken = folder.taken(volume);
      boolean isAskedFor = options.probe() && folder.pass().equals(name);
      if (taken != null
          && !isAskedFor
          && !taken.plus(options.hold()).isAfter(clock.instant())
          && forgetting.epoch(folder, taken).map(end -> !end.isAfter(marked)).orElse(false)) {
        due.add(folder);
      }
    }
    return due;
  }

  private CollectionReport unread(Mark mark, DamageHistory damages, Trash trash)
      throws IOException {
    tally.remark("nothing was taken or purged, as not all of the volume could be read");
    return report(mark, damages, Candidates.none(), trash);
  }

  private CollectionReport report(
      Mark mark, DamageHistory damages, Candidates candidates, Trash trash) throws IOException {
    return tally.report(
        mark,
        damages,
        candidates,
        HeldItems.of(volume, trash, options, forgetting),
        clock.instant());
  }
}
