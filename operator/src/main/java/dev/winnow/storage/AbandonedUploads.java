package dev.winnow.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/** Uploads that nobody has written to for a week, by each of their times. */
final class AbandonedUploads {
  private static final Duration AGE = Duration.ofDays(7);
  private static final int MOST = 256;

  private AbandonedUploads() {}

  /** The folder of an upload. */
  record Upload(String repository, String id) {}

  static List<Upload> find(Volume volume, StoreLayout layout, Mark mark, Instant at)
      throws IOException {
    List<Upload> found = new ArrayList<>();
    for (Mark.MarkedRepository repository : mark.repositories()) {
      if (repository.taint().isEmpty()) {
        for (String id : volume.namesOrNone(layout.uploads(repository.name()))) {
          Path folder = layout.uploads(repository.name()).resolve(id);
          if (isOld(volume, folder, at)
              && isOld(volume, folder.resolve("data"), at)
              && isOld(volume, folder.resolve("startedat"), at)
              && startedLongAgo(volume, folder.resolve("startedat"), at)) {
            found.add(new Upload(repository.name(), id));
          }
        }
      }
    }
    return found;
  }

  /** What it says itself: times of files may be those of a backup. Anything else says nothing. */
  private static boolean startedLongAgo(Volume volume, Path path, Instant at) throws IOException {
    try {
      String text = new String(volume.read(path, MOST), StandardCharsets.US_ASCII);
      return Instant.parse(text.strip()).isBefore(at.minus(AGE));
    } catch (NoSuchFileException | NotDirectoryException | DateTimeParseException e) {
      return true;
    }
  }

  /** What is not there is not young. */
  private static boolean isOld(Volume volume, Path path, Instant at) throws IOException {
    try {
      Instant modified = volume.stat(path).lastModifiedTime().toInstant();
      return modified.isBefore(at.minus(AGE));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return true;
    }
  }
}
