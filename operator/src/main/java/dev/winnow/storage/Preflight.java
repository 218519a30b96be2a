package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a folder is a store that may be collected, before anything of it is touched. Each
 * refusal says what was found and what to do.
 */
final class Preflight {
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final int MOST = 256;

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
          root
              + " is no folder; give the registry's rootdirectory, which holds docker/registry/v2");
    }
    if (!Files.isDirectory(layout.v2())) {
      boolean isEmpty = volume.names(root).isEmpty();
      throw new RefusedException(
          root
              + (isEmpty
                  ? " is empty: is the volume mounted?"
                  : " holds no docker/registry/v2: it is not the rootdirectory of a registry"));
    }
    if (Files.exists(root.resolve("scheduler-state.json"))) {
      throw new RefusedException(
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
        layout.root()
            + " has blobs and not one repository: is all of the volume mounted? Nothing was"
            + " touched");
  }

  /** What needs a trace to be left, in Winnow's own folder and a blob that nobody refers to. */
  void probe(InstantSource clock) throws IOException {
    Path own = layout.own().resolve("tmp/probe");
    Files.deleteIfExists(own);
    volume.create(own, new byte[] {'\n'});
    Instant written = Files.getLastModifiedTime(own).toInstant();
    Duration skew = Duration.between(written, clock.instant()).abs();
    if (skew.compareTo(SKEW) > 0) {
      throw new RefusedException(
          "the clock of the volume and that of this machine are "
              + skew.toSeconds()
              + " s apart; ages would be wrong. Set the clocks");
    }
    probeRename(own, layout.blobs());
    probeRename(own, layout.repositories());
    Files.deleteIfExists(own);
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
          folder
              + " and "
              + layout.own()
              + " are on different devices: mount the volume as the registry has it, without"
              + " subPath");
    } catch (FileSystemException e) {
      throw new RefusedException(
          "nothing can be moved in "
              + folder
              + ": "
              + e.getReason()
              + ". Is the volume mounted read-only, or is this another user than the registry's?");
    }
  }

  /** The volume's name; null where it was never collected. */
  @Nullable String knownInstance() throws IOException {
    return Files.exists(layout.own().resolve("instance")) ? instance() : null;
  }

  /** The volume's name, made when it is first collected. */
  String instance() throws IOException {
    Path file = layout.own().resolve("instance");
    try {
      return new String(volume.read(file, MOST), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      String instance = UUID.randomUUID().toString();
      volume.replace(file, instance.getBytes(StandardCharsets.UTF_8));
      return instance;
    }
  }

  /**
   * A blob that no repository refers to and that only we leave alone: when it is gone, somebody ran
   * another collector.
   */
  static byte[] canary(String instance) {
    return ("This blob belongs to Winnow (instance " + instance + "): leave it alone.\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  static Digest canaryDigest(String instance) {
    return Digest.sha256(canary(instance));
  }

  void canary(String instance, boolean isFirst, boolean yes) throws IOException {
    Path data = layout.blob(canaryDigest(instance));
    if (Files.exists(data)) {
      return;
    }
    if (!isFirst && !yes) {
      throw new RefusedException(
          "somebody removed the blob that Winnow keeps to notice other collectors ("
              + layout.root().relativize(data)
              + "): registry garbage-collect or a script ran on this volume. It may have broken"
              + " images: look with winnow verify, end what ran it, then go on with --yes");
    }
    Files.createDirectories(StoreLayout.folder(data));
    try {
      volume.create(data, canary(instance));
    } catch (FileAlreadyExistsException e) {
      // Just made.
    }
  }

  /** Compares with what was there last time. */
  void repositories(Mark mark, Optional<Sightings> before, boolean yes) throws IOException {
    Set<String> now = new TreeSet<>();
    mark.repositories().forEach(each -> now.add(each.name()));
    boolean[] hasBlobs = {false};
    mark.blobs().present((digest, modified, size) -> hasBlobs[0] = true);
    if (now.isEmpty() && hasBlobs[0]) {
      throw noRepositories();
    }
    if (before.isEmpty() || yes) {
      return;
    }
    Set<String> missing = new TreeSet<>(before.get().repositories());
    missing.removeAll(now);
    if (!missing.isEmpty()) {
      throw new RefusedException(
          missing.size()
              + " repositories are gone since the last pass, among them "
              + missing.iterator().next()
              + ": is all of the volume mounted? If they were deleted, go on with --yes");
    }
  }
}
