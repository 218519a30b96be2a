package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which digests the tags of a repository have led to, and until when at most: a tag keeps a link of
 * each below {@code index/}, and the time of its current link is that of its last move. Read when
 * it is asked for first, since most repositories have nothing to ask for.
 */
final class TagHistory {
  private final Volume volume;
  private final StoreLayout layout;
  private final String repository;
  private final Map<Digest, Instant> newest = new HashMap<>();
  private boolean isRead;

  TagHistory(Volume volume, StoreLayout layout, String repository) {
    this.volume = volume;
    this.layout = layout;
    this.repository = repository;
  }

  /** When a tag may have led to a digest last; empty where no tag that is there has. */
  Optional<Instant> newest(Digest digest) throws IOException {
    if (!isRead) {
      read();
      isRead = true;
    }
    return Optional.ofNullable(newest.get(digest));
  }

  private void read() throws IOException {
    Path tags = layout.tags(repository);
    for (String tag : volume.namesOrNone(tags)) {
      Path index = tags.resolve(tag).resolve("index");
      Optional<Instant> moved = modified(tags.resolve(tag).resolve("current/link"));
      for (String algorithm : volume.namesOrNone(index)) {
        for (String hex : volume.namesOrNone(index.resolve(algorithm))) {
          Optional<Digest> digest = Digest.parse(algorithm + ":" + hex);
          if (digest.isPresent()) {
            moved.ifPresent(at -> saw(digest.get(), at));
            modified(index.resolve(algorithm).resolve(hex).resolve("link"))
                .ifPresent(at -> saw(digest.get(), at));
          }
        }
      }
    }
  }

  private void saw(Digest digest, Instant at) {
    newest.merge(digest, at, (a, b) -> a.isAfter(b) ? a : b);
  }

  private Optional<Instant> modified(Path path) throws IOException {
    try {
      return Optional.of(volume.stat(path).lastModifiedTime().toInstant());
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }
}
