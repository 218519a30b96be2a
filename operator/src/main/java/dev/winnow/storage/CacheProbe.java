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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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

  private final Volume volume;
  private final StoreLayout layout;
  private final SecureRandom random = new SecureRandom();

  /**
   * A probe that was taken.
   *
   * @param at when that began
   */
  record Taken(Digest digest, Instant at) {}

  CacheProbe(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.layout = layout;
  }

  /** Those that a pass placed and did not come to take. */
  Set<Digest> inPlace() throws IOException {
    Set<Digest> there = new LinkedHashSet<>();
    for (Digest digest : linked()) {
      if (volume.exists(layout.blob(digest))) {
        there.add(digest);
      }
    }
    return there;
  }

  private List<Digest> linked() throws IOException {
    List<Digest> linked = new ArrayList<>();
    for (String hex : volume.namesOrNone(layout.layers(ProbeRepository.NAME).resolve("sha256"))) {
      Digest.parse("sha256:" + hex).ifPresent(linked::add);
    }
    return linked;
  }

  /** Places one. Its link comes first: data that nothing links could not be told from garbage. */
  Digest place() throws IOException {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    Digest digest = Digest.sha256(bytes);
    create(
        layout.layer(ProbeRepository.NAME, digest),
        digest.text().getBytes(StandardCharsets.US_ASCII));
    create(layout.blob(digest), bytes);
    return digest;
  }

  private void create(Path file, byte[] bytes) throws IOException {
    volume.makeDirectories(StoreLayout.folder(file));
    volume.create(file, bytes);
  }

  /** Removes what earlier ones have left: links whose data was taken, and their folders. */
  void tidy() throws IOException {
    for (Digest digest : linked()) {
      if (!volume.exists(layout.blob(digest))) {
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
