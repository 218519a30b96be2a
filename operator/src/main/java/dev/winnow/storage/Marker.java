package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.parallel.Parallel;
import dev.winnow.storage.Mark.Damage;
import dev.winnow.storage.Mark.MarkedRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Marks what a store needs, and restores what of that is in the trash.
 *
 * <p>A failure to read something does not end it: what can be restored is, and the mark says that
 * it is not complete.
 */
final class Marker implements Closure.MarkTarget {
  private static final int WORKERS = 2 * Runtime.getRuntime().availableProcessors();

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final @Nullable Restorer restorer;
  private final @Nullable Pushed pushed;
  private final Instant settled;
  private boolean isThorough;
  private Remembered remembered;
  private PassProgress progress = PassProgress.NONE;
  private final Untagged untagged;
  private final Sightings now;
  private final BlobTable blobs = new BlobTable();
  private final ManifestReader manifests;
  private final Map<Digest, Digest> aliases = new ConcurrentHashMap<>();
  private final Map<Digest, Boolean> unresolved = new ConcurrentHashMap<>();
  private final Collection<String> failures = new ConcurrentLinkedQueue<>();
  private final Collection<String> remarks = new ConcurrentLinkedQueue<>();
  private final Collection<Damage> damage = new ConcurrentLinkedQueue<>();

  /**
   * @param restorer null: nothing is changed
   * @param settled what was written last before this is not being written now
   * @param now gets what is seen
   */
  Marker(
      Volume volume,
      StoreLayout layout,
      Trash trash,
      @Nullable Restorer restorer,
      ManifestCache cache,
      Instant settled,
      Untagged untagged,
      Sightings now) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.restorer = restorer;
    this.settled = settled;
    this.pushed = restorer == null ? null : new Pushed(volume, layout, trash, restorer, settled);
    this.untagged = untagged;
    this.now = now;
    this.manifests = new ManifestReader(volume, layout, trash, blobs, cache);
    this.remembered =
        new Remembered(volume, layout, trash, blobs, null, Duration.ZERO, this::restore);
  }

  Volume volume() {
    return volume;
  }

  StoreLayout layout() {
    return layout;
  }

  /**
   * Finds what processes may remember.
   *
   * @param since when the oldest of them started; null: none remembers anything
   * @param skew what the clocks of the volume and of passes may differ by
   */
  Marker remembering(@Nullable Instant since, Duration skew) {
    remembered = new Remembered(volume, layout, trash, blobs, since, skew, this::restore);
    return this;
  }

  Remembered remembered() {
    return remembered;
  }

  /** Reads what may be wrong, too, and never is where nobody has changed it by hand. */
  Marker thorough() {
    isThorough = true;
    return this;
  }

  Marker telling(PassProgress listener) {
    progress = listener;
    return this;
  }

  Mark mark() throws IOException {
    BlobScan scan = new BlobScan(volume, layout, blobs);
    orFailure("blobs", () -> scan.scan(WORKERS));
    remarks.addAll(scan.remarks());
    RepositoryWalk walk = new RepositoryWalk(volume, layout);
    List<RepositoryName> names = new ArrayList<>();
    if (pushed != null) {
      orFailure("trash", pushed::bringBack);
    }
    orFailure("repositories", () -> names.addAll(walk.walk()));
    remarks.addAll(walk.remarks());
    AtomicInteger done = new AtomicInteger();
    List<MarkedRepository> marked =
        Parallel.map(
                names,
                WORKERS,
                name -> {
                  Optional<MarkedRepository> repository = markRepository(name);
                  progress.at("marking", done.incrementAndGet(), names.size(), "repositories");
                  return repository;
                })
            .stream()
            .flatMap(Optional::stream)
            .toList();
    resolveAliases();
    return new Mark(
        blobs,
        marked,
        Map.copyOf(aliases),
        Set.copyOf(remembered.digests()),
        sorted(failures),
        sorted(remarks),
        damage.stream()
            .sorted((a, b) ->
                (a.repository() + "\0" + a.tag()).compareTo(b.repository() + "\0" + b.tag()))
            .toList());
  }

  private static List<String> sorted(Collection<String> texts) {
    return texts.stream().sorted().toList();
  }

  private interface Step {
    void run() throws IOException;
  }

  private void orFailure(String what, Step step) {
    try {
      step.run();
    } catch (IOException e) {
      failures.add(what + ": " + Reasons.text(e));
    }
  }

  private Optional<MarkedRepository> markRepository(RepositoryName name) {
    try {
      RepositoryContent content = RepositoryReader.read(volume, layout, name, isThorough);
      if (!name.isProbes()) {
        now.repository(name.name());
      }
      remarks.addAll(content.remarks());
      content.aliases().forEach(aliases::putIfAbsent);
      restorePushed(content);
      RepositoryMarker marker =
          new RepositoryMarker(content, trash.manifests(name.name()), untagged, manifests, this);
      MarkedRepository marked = marker.mark();
      damage.addAll(marker.damage());
      return Optional.of(marked);
    } catch (IOException e) {
      failures.add("repository " + name.name() + ": " + Reasons.text(e));
      return Optional.empty();
    }
  }

  /** What was linked anew since it was taken is about to be referred to. */
  private void restorePushed(RepositoryContent content) throws IOException {
    if (restorer == null) {
      return;
    }
    for (Digest digest : content.revisions()) {
      restorePushed(digest, layout.revision(content.name(), digest));
    }
    for (Digest digest : content.layers()) {
      restorePushed(digest, layout.layer(content.name(), digest));
    }
    for (Map.Entry<Digest, Digest> alias : content.aliases().entrySet()) {
      restorePushed(alias.getValue(), layout.layer(content.name(), alias.getKey()));
    }
  }

  private void restorePushed(Digest digest, Path link) throws IOException {
    if (!trash.holds(digest) || blobs.isPresent(digest) || !volume.exists(link)) {
      return;
    }
    Instant written = volume.stat(link).lastModifiedTime().toInstant();
    for (Trash.Blob blob : trash.blobs(digest)) {
      if (Ages.isWritten(written, trash.started(blob), settled)) {
        restore(digest);
        return;
      }
    }
  }

  private void restore(Digest digest) throws IOException {
    if (restorer != null && restorer.data(digest)) {
      BasicFileAttributes data = volume.stat(layout.blob(digest));
      blobs.add(digest.hex(), data.lastModifiedTime().toInstant().getEpochSecond(), data.size());
    }
  }

  /** A sha512 reference of one repository may have its link in another. */
  private void resolveAliases() throws IOException {
    for (Map.Entry<Digest, Boolean> reference : unresolved.entrySet()) {
      Digest stored = aliases.get(reference.getKey());
      if (stored != null && stored.algorithm().equals("sha256")) {
        needs(stored, reference.getValue());
      }
    }
  }

  @Override
  public void needs(Digest digest, boolean firmly) throws IOException {
    blobs.mark(digest, firmly);
    if (restorer == null || !trash.holds(digest)) {
      return;
    }
    BlobTable.Data known = blobs.data(digest);
    if (known == null) {
      restore(digest);
    } else if (known.size() == 0
        && restorer.replaceBad(Restorer.best(trash.blobs(digest)), settled)) {
      blobs.add(digest.hex(), known.modified(), volume.stat(layout.blob(digest)).size());
    }
  }

  @Override
  public void needsRevision(String repository, Digest digest) throws IOException {
    if (restorer != null && !trash.revisions(repository, digest).isEmpty()) {
      restorer.revision(repository, digest);
    }
  }

  @Override
  public void needsAlias(Digest digest, boolean firmly) {
    unresolved.merge(digest, firmly, Boolean::logicalOr);
  }

  /** What was pushed since the store was listed is looked at where it is. */
  @Override
  public boolean isDamaged(Digest digest) throws IOException {
    if (!digest.algorithm().equals("sha256")) {
      return false; // what another digest stands for is known only once all repositories are read
    }
    BlobTable.Data known = blobs.data(digest);
    if ((known != null && known.size() > 0) || trash.holds(digest)) {
      return false;
    }
    Path data = layout.blob(digest);
    return !volume.exists(data)
        || (volume.stat(data).size() == 0 && !digest.equals(Digest.sha256(new byte[0])));
  }

  /** What is wrong with a digest that has no data, or none that it should have. */
  String damage(Digest digest) {
    BlobTable.Data known = digest.algorithm().equals("sha256") ? blobs.data(digest) : null;
    return known == null ? "has no data" : "is empty";
  }

  @Override
  public void needsSignatures(String repository, Digest digest, boolean firmly) throws IOException {
    Path folder =
        Objects.requireNonNull(layout.revision(repository, digest).getParent())
            .resolve("signatures");
    for (String algorithm : volume.namesOrNone(folder)) {
      for (String hex : volume.namesOrNone(folder.resolve(algorithm))) {
        Optional<Digest> signature = Digest.parse(algorithm + ":" + hex);
        if (signature.isPresent() && algorithm.equals("sha256")) {
          needs(signature.get(), firmly);
        }
      }
    }
  }

  /**
   * This pass saw a revision that no tag leads to. What it finds old on its first sight, as it may
   * where no process writes, is old for whoever goes on where it is ended.
   */
  void sawUntagged(String repository, Digest digest, boolean isYoung) {
    Instant first = untagged.before().untagged(repository, digest).orElse(now.pass());
    now.untagged(repository, digest, isYoung ? first : Instant.EPOCH);
  }

  /**
   * Writes the links of layers that manifests name, whose data is there, and which the repository
   * has no link of: without, a registry refuses to serve them.
   */
  void mendLayerLinks(RepositoryContent repository, Set<Digest> needed) throws IOException {
    if (restorer == null) {
      return;
    }
    for (Digest digest : needed) {
      if (digest.algorithm().equals("sha256") && blobs.isPresent(digest)) {
        Path link = layout.layer(repository.name(), digest);
        if (!volume.exists(link)
            && !restorer.layer(repository.name(), digest)
            && !repository.revisions().contains(digest)) {
          restorer.write(link, digest.text().getBytes(StandardCharsets.US_ASCII));
          remarks.add(layout.root().relativize(link) + " was missing; written again");
        }
      }
    }
  }

  /** Layers that a repository has a folder of, and which are nowhere. */
  Set<Digest> dangling(RepositoryContent repository, Predicate<Digest> isNeeded) {
    Set<Digest> dangling = new LinkedHashSet<>();
    for (Digest layer : repository.layers()) {
      if (isNowhere(layer) && !isNeeded.test(layer)) {
        dangling.add(layer);
      }
    }
    repository
        .aliases()
        .forEach((alias, stored) -> {
          boolean isKnown = stored.algorithm().equals("sha256");
          if (isKnown && isNowhere(stored) && !isNeeded.test(alias)) {
            dangling.add(alias);
          }
        });
    return dangling;
  }

  private boolean isNowhere(Digest digest) {
    return !blobs.isPresent(digest) && !trash.holds(digest);
  }
}
