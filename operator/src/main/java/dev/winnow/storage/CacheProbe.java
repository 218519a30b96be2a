package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A blob that nobody needs, in a repository of our own. A registry that is asked for it, and asked
 * again once it is taken, tells whether it remembers what it has seen: a 200 then refutes what is
 * believed of its cache.
 *
 * <p>It is no garbage of the store's, and no report counts it. Its bytes are random, so that nobody
 * else has them.
 */
final class CacheProbe {
  private static final int LENGTH = 32;
  private static final int MOST = 1 << 20;

  private final Volume volume;
  private final StoreLayout layout;
  private final Path file;

  /**
   * A probe that was taken.
   *
   * @param at when that began
   */
  record Taken(Digest digest, Instant at) {}

  CacheProbe(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.layout = layout;
    this.file = layout.own().resolve("probes");
  }

  /** Those that a pass placed and did not come to take. */
  Set<Digest> inPlace() throws IOException {
    Set<Digest> there = new LinkedHashSet<>();
    for (Digest digest : known()) {
      if (volume.exists(layout.blob(digest))) {
        there.add(digest);
      }
    }
    return there;
  }

  /** Written down before they are made: what is not there is somebody else's, wherever it is. */
  private Set<Digest> known() throws IOException {
    Set<Digest> known = new LinkedHashSet<>();
    try {
      new String(volume.read(file, MOST), StandardCharsets.US_ASCII)
          .lines()
          .forEach(line -> Digest.parse(line).ifPresent(known::add));
    } catch (NoSuchFileException e) {
      // There never was one.
    }
    return known;
  }

  private void write(Set<Digest> known) throws IOException {
    StringBuilder text = new StringBuilder();
    known.forEach(digest -> text.append(digest.text()).append('\n'));
    volume.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** Places one. */
  Digest place() throws IOException {
    byte[] bytes = new byte[LENGTH];
    new SecureRandom().nextBytes(bytes);
    Digest digest = Digest.sha256(bytes);
    Set<Digest> known = known();
    known.add(digest);
    write(known);
    create(
        layout.layer(ProbeRepository.NAME, digest),
        digest.text().getBytes(StandardCharsets.US_ASCII));
    create(layout.blob(digest), bytes);
    return digest;
  }

  private void create(Path path, byte[] bytes) throws IOException {
    volume.makeDirectories(StoreLayout.folder(path));
    volume.create(path, bytes);
  }

  /** Removes what earlier ones have left: links whose data was taken, and their folders. */
  void tidy() throws IOException {
    Set<Digest> known = known();
    Set<Digest> left = new LinkedHashSet<>();
    for (Digest digest : known) {
      if (volume.exists(layout.blob(digest))) {
        left.add(digest);
        continue;
      }
      Path link = layout.layer(ProbeRepository.NAME, digest);
      Path name = layout.temporaries().resolve("probe-link");
      if (volume.exists(link)) {
        volume.rename(link, name);
        volume.unlink(name);
      }
      // No registry is about to write there: only we had these digests.
      removeIfEmpty(layout.blobFolder(digest));
      removeIfEmpty(StoreLayout.folder(link));
    }
    if (left.size() < known.size()) {
      write(left);
    }
  }

  private void removeIfEmpty(Path folder) throws IOException {
    try {
      volume.unlink(folder);
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      // Gone, or somebody's by now.
    }
  }
}
