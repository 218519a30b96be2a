package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.parallel.Parallel;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * When clients pushed, mounted or skipped a blob last: distribution writes a link again each time,
 * also where it changes nothing, while the data keeps the time of its first upload.
 */
final class LinkTimes {
  private final Map<Digest, Instant> newest = new HashMap<>();

  private LinkTimes() {}

  /** Looks at the links of some digests in all repositories. */
  static LinkTimes of(Volume volume, StoreLayout layout, Set<Digest> digests) throws IOException {
    LinkTimes times = new LinkTimes();
    if (digests.isEmpty()) {
      return times;
    }
    List<RepositoryName> repositories = new RepositoryWalk(volume, layout).walk();
    Parallel.map(
        repositories, 4, repository -> times.look(volume, layout, repository.name(), digests));
    return times;
  }

  private Object look(Volume volume, StoreLayout layout, String repository, Set<Digest> digests)
      throws IOException {
    for (Path folder : List.of(layout.layers(repository), layout.revisions(repository))) {
      for (String algorithm : volume.namesOrNone(folder)) {
        Collection<String> names = volume.namesOrNone(folder.resolve(algorithm));
        for (String hex : names) {
          Optional<Digest> digest = Digest.parse(algorithm + ":" + hex);
          Path link = folder.resolve(algorithm).resolve(hex).resolve("link");
          if (digest.isPresent() && !algorithm.equals("sha256")) {
            // An alias: its time is that of what it stands for.
            digest = LinkFile.read(volume, link).said();
          }
          if (digest.isPresent() && digests.contains(digest.get())) {
            saw(digest.get(), volume, link);
          }
        }
      }
    }
    return repository;
  }

  private void saw(Digest digest, Volume volume, Path link) throws IOException {
    try {
      Instant modified = volume.stat(link).lastModifiedTime().toInstant();
      synchronized (newest) {
        newest.merge(digest, modified, (a, b) -> a.isAfter(b) ? a : b);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // A folder that a deleted link left.
    }
  }

  /** The time of the newest link; empty where nobody links the digest. */
  Optional<Instant> newest(Digest digest) {
    return Optional.ofNullable(newest.get(digest));
  }
}
