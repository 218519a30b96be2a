package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.storage.CollectionReport.Blobs;
import dev.winnow.storage.CollectionReport.Damaged;
import dev.winnow.storage.CollectionReport.Held;
import dev.winnow.storage.CollectionReport.Items;
import dev.winnow.storage.CollectionReport.Probed;
import dev.winnow.storage.CollectionReport.Taint;
import dev.winnow.storage.CollectionReport.Tidied;
import dev.winnow.storage.CollectionReport.Waiting;
import dev.winnow.storage.Mark.MarkedRepository;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a pass has done so far, for the report at its end. */
final class Tally {
  private final String pass;
  private final Path root;
  private final Instant start;
  private final CollectOptions options;
  private final List<String> failures = new ArrayList<>();
  private final Set<String> remarks = new LinkedHashSet<>();
  private @Nullable String instance;
  private final Set<Digest> ours = new LinkedHashSet<>();
  private @Nullable Probed probed;
  private Items quarantined = Items.NONE;
  private Items purged = Items.NONE;
  private Items restored = Items.NONE;
  private Tidied tidied = Tidied.NONE;
  private long untagged;

  Tally(String pass, Path root, Instant start, CollectOptions options) {
    this.pass = pass;
    this.root = root;
    this.start = start;
    this.options = options;
  }

  void volume(Instance volume) {
    instance = volume.id();
    ours.add(volume.canaryDigest());
  }

  /** Data that nobody refers to, and that is to be left alone. */
  Set<Digest> ours() {
    return ours;
  }

  void ours(Set<Digest> digests) {
    ours.addAll(digests);
  }

  void failed(String what) {
    failures.add(what);
  }

  boolean hasFailed() {
    return !failures.isEmpty();
  }

  void remark(String what) {
    remarks.add(what);
  }

  void restored(Restorer restorer) {
    restored = restored.plus(new Items(restorer.blobs(), 0, restorer.bytes()));
  }

  /** Tags that a pass would take. */
  void wouldUntag(long tags) {
    untagged = tags;
  }

  void taken(Quarantine quarantine) {
    quarantined = quarantined.plus(quarantine.items());
    tidied = tidied.plus(quarantine.tidied());
    untagged += quarantine.tags();
    CacheProbe.Taken probe = quarantine.probed();
    if (probe != null) {
      probed = new Probed(ProbeRepository.NAME, probe.digest().text(), probe.at());
    }
  }

  void purged(Purge purge) {
    purged = purged.plus(new Items(purge.blobs(), 0, purge.bytes()));
  }

  void removedFolders(long folders) {
    tidied = tidied.plus(new Tidied(0, folders, 0, 0));
  }

  /** What there is, but for the blobs that are ours. */
  Blobs blobs(Mark mark) {
    Blobs all = mark.blobs().count();
    for (Digest digest : ours) {
      BlobTable.Data own = mark.blobs().data(digest);
      if (own != null) {
        long live = all.live() - (mark.blobs().isMarked(digest) ? 1 : 0);
        all = new Blobs(all.total() - 1, live, all.bytes() - own.size());
      }
    }
    return all;
  }

  /** What a mark mended is in order for the next one, and is to be told all the same. */
  void remarks(Mark mark) {
    remarks.addAll(mark.remarks());
  }

  /** Whether something is gone for good. */
  boolean hasRemoved() {
    return purged.blobs() > 0 || !tidied.equals(Tidied.NONE);
  }

  CollectionReport report(
      Mark mark, DamageHistory damages, Candidates candidates, Held held, Instant end) {
    remarks(mark);
    mark.failures().forEach(this::failed);
    return new CollectionReport(
        pass,
        instance,
        root.toString(),
        start,
        end.truncatedTo(ChronoUnit.MILLIS),
        options.dryRun(),
        (int) mark.repositories().stream().filter(each -> !each.isProbes()).count(),
        mark.repositories().stream().mapToLong(MarkedRepository::revisions).sum(),
        blobs(mark),
        new Items(candidates.data().size(), candidates.revisions().size(), candidates.bytes()),
        new Waiting(
            candidates.waitingBlobs(),
            candidates.waitingManifests(),
            candidates.waitingBytes(),
            candidates.earliest()),
        quarantined,
        held,
        restored,
        purged,
        options.untag() == null ? null : untagged,
        mark.repositories().stream().mapToLong(MarkedRepository::untaggedKept).sum(),
        tidied,
        probed,
        mark.repositories().stream()
            .filter(repository -> !repository.taint().isEmpty())
            .map(repository -> new Taint(repository.name(), repository.taint()))
            .toList(),
        mark.damage().stream()
            .map(damage ->
                new Damaged(
                    damage.repository(),
                    damage.tag(),
                    damage.missing().text(),
                    damage.why(),
                    damages.since(damage)))
            .toList(),
        List.copyOf(remarks),
        List.copyOf(failures));
  }
}
