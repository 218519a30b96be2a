package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a folder is a store that may be collected, before anything of it is touched. Each
 * refusal says what was found and what to do.
 */
final class Preflight {
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final Volume volume;
  private final StoreLayout layout;

  Preflight(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.layout = layout;
  }

  /** What can be seen without writing. */
  void look() throws IOException {
    Path root = layout.root();
    if (!Files.isDirectory(root)) {
      throw new RefusedException(
          "RootMissing",
          root
              + " is no folder; give the registry's rootdirectory, which holds docker/registry/v2");
    }
    if (!Files.isDirectory(layout.v2())) {
      boolean isEmpty = volume.names(root).isEmpty();
      throw new RefusedException(
          isEmpty ? "EmptyVolume" : "NotARegistry",
          root
              + (isEmpty
                  ? " is empty: is the volume mounted?"
                  : " holds no docker/registry/v2: it is not the rootdirectory of a registry"));
    }
    if (volume.exists(root.resolve("scheduler-state.json"))) {
      throw new RefusedException(
          "PullThroughCache",
          root
              + " belongs to a pull-through cache (scheduler-state.json): it removes by itself what"
              + " is old; use proxy.ttl of its configuration");
    }
    if (!Files.isDirectory(layout.repositories()) && Files.isDirectory(layout.blobs())) {
      throw noRepositories();
    }
  }

  private RefusedException noRepositories() {
    return new RefusedException(
        "NoRepositories",
        layout.root()
            + " has blobs and not one repository: is all of the volume mounted? Nothing was"
            + " touched");
  }

  /**
   * What needs a trace to be left, in Winnow's own folder.
   *
   * @return what the volume's own clock says
   */
  Instant probe(InstantSource clock, boolean online) throws IOException {
    for (String left : volume.names(layout.temporaries())) {
      volume.unlink(layout.temporaries().resolve(left));
    }
    Path own = layout.temporaries().resolve("probe");
    volume.create(own, new byte[] {'\n'});
    Instant written = volume.stat(own).lastModifiedTime().toInstant();
    Duration skew = Duration.between(written, clock.instant()).abs();
    if (skew.compareTo(SKEW) > 0) {
      throw new RefusedException(
          "ClockSkew",
          "the clock of the volume and that of this machine are "
              + skew.toSeconds()
              + " s apart; ages would be wrong. Set the clocks");
    }
    probeRename(own, layout.blobs());
    probeRename(own, layout.repositories());
    volume.unlinkIfThere(own);
    if (online) {
      probeLink();
    }
    return written;
  }

  /**
   * A second name for data that a registry wrote: Linux refuses it to whoever may not write to the
   * file (fs.protected_hardlinks), and then nothing large can be brought back without a moment in
   * which it could overwrite what is pushed just then.
   */
  private void probeLink() throws IOException {
    String instance = Instance.known(volume, layout);
    Path ours = instance == null ? null : layout.blob(new Instance(instance, false).canaryDigest());
    Optional<Path> data = anyData(layout.blobs(), 3, ours);
    Path name = layout.temporaries().resolve("probe-link");
    try {
      if (data.isPresent()) {
        volume.link(name, data.get());
        volume.unlink(name);
      }
    } catch (FileSystemException | UnsupportedOperationException e) {
      passOn(e);
      throw new RefusedException(
          "LinksRefused",
          "the registry's files cannot get a second name ("
              + e.getMessage()
              + "), without which nothing can be brought back safely while it serves: run as the"
              + " registry's user, or collect --offline");
    }
  }

  /** That a disk is full says nothing else: a new name may need space, too. */
  private static void passOn(Exception e) throws IOException {
    if (e instanceof IOException failure && Reasons.isFull(Reasons.text(failure))) {
      throw failure;
    }
  }

  private Optional<Path> anyData(Path folder, int depth, @Nullable Path except) throws IOException {
    for (String name : volume.namesOrNone(folder)) {
      Path below = folder.resolve(name);
      Optional<Path> found =
          depth > 0
              ? anyData(below, depth - 1, except)
              : Optional.of(below)
                  .filter(path ->
                      name.equals("data") && !path.equals(except) && Files.isRegularFile(path));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** A rename there and back: it fails where store and trash are on different devices. */
  private void probeRename(Path own, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    Path there = folder.resolve(".winnow-probe");
    try {
      volume.rename(own, there);
      volume.rename(there, own);
    } catch (AtomicMoveNotSupportedException e) {
      throw new RefusedException(
          "DifferentDevices",
          folder
              + " and "
              + layout.own()
              + " are on different devices: mount the volume as the registry has it, without"
              + " subPath");
    } catch (FileSystemException e) {
      passOn(e);
      throw new RefusedException(
          "NotWritable",
          "nothing can be moved in "
              + folder
              + ": "
              + e.getReason()
              + ". Is the volume mounted read-only, or is this another user than the registry's?");
    }
  }

  /** Compares with what was there last time. */
  void repositories(Mark mark, Optional<Sightings> before, boolean yes) throws IOException {
    Set<String> now = new TreeSet<>();
    mark.repositories().stream()
        .filter(each -> !each.isProbes())
        .forEach(each -> now.add(each.name()));
    if (now.isEmpty() && mark.blobs().count().total() > 0) {
      throw noRepositories();
    }
    if (before.isEmpty() || yes) {
      return;
    }
    Set<String> missing = new TreeSet<>(before.get().repositories());
    missing.removeAll(now);
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "RepositoriesMissing",
          missing.size()
              + " repositories are gone since the last pass, among them "
              + missing.iterator().next()
              + ": is all of the volume mounted? If they were deleted, "
              + RefusedException.GO_ON);
    }
  }
}
