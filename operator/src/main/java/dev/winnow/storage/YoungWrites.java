package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks for traces of a registry that writes, where the caller says that none does. */
final class YoungWrites {
  /** What is further ahead was not written by a clock that the preflight has let pass. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final Volume volume;
  private final StoreLayout layout;
  private final Instant since;
  private final Instant now;

  /**
   * @param writersSince whatever was written since then; null: within as long as clocks and caches
   *     of file systems may take to agree
   */
  YoungWrites(
      Volume volume,
      StoreLayout layout,
      @Nullable Instant writersSince,
      Instant now,
      Duration settle) {
    this.volume = volume;
    this.layout = layout;
    this.since = writersSince == null ? now.minus(settle) : writersSince;
    this.now = now;
  }

  /**
   * Looks at uploads, and links of manifests and tags.
   *
   * @throws RefusedException when one is too new
   */
  void refuse(Mark mark) throws IOException {
    for (Mark.MarkedRepository repository : mark.repositories()) {
      Path uploads = layout.uploads(repository.name());
      for (String id : volume.namesOrNone(uploads)) {
        refuse(uploads.resolve(id).resolve("startedat"));
        refuse(uploads.resolve(id).resolve("data"));
      }
      for (String tag : volume.namesOrNone(layout.tags(repository.name()))) {
        refuse(layout.tag(repository.name(), tag).resolve("current/link"));
      }
      Path revisions = layout.revisions(repository.name());
      for (String algorithm : volume.namesOrNone(revisions)) {
        for (String hex : volume.namesOrNone(revisions.resolve(algorithm))) {
          refuse(revisions.resolve(algorithm).resolve(hex).resolve("link"));
        }
      }
    }
  }

  private void refuse(Path path) throws IOException {
    Optional<Instant> written = written(path);
    if (written.isPresent()
        && written.get().isAfter(since)
        && written.get().isBefore(now.plus(SKEW))) {
      throw new RefusedException(
          "RegistryWrites",
          layout.root().relativize(path)
              + " was written at "
              + written.get()
              + ": a registry seems to write, which --offline says it does not. Stop it or make it"
              + " read-only, wait for five minutes, and try again");
    }
  }

  private Optional<Instant> written(Path path) throws IOException {
    try {
      return Optional.of(volume.stat(path).lastModifiedTime().toInstant());
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }
}
