package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.DescriptorCache.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was purged lately: a Redis that comes back from an old file, or whose replica takes over,
 * remembers it again. A line each: second of the purge, repository or {@code -}, digest.
 */
final class Tombstones {
  private static final Duration KEPT = Duration.ofDays(30);
  private static final int MOST_BYTES = 256 << 20;

  private final Volume volume;
  private final Path file;
  private final Map<String, Long> lines = new TreeMap<>();

  private Tombstones(Volume volume, Path file) {
    this.volume = volume;
    this.file = file;
  }

  static Tombstones read(Volume volume, StoreLayout layout, Instant now) throws IOException {
    Tombstones read = new Tombstones(volume, layout.own().resolve("tombstones"));
    String text;
    try {
      text = new String(volume.read(read.file, MOST_BYTES), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return read;
    }
    long oldest = now.minus(KEPT).getEpochSecond();
    text.lines()
        .forEach(line -> {
          int space = line.indexOf(' ');
          if (space > 0 && line.substring(0, space).matches("\\d{1,12}")) {
            long second = Long.parseLong(line.substring(0, space));
            if (second >= oldest) {
              read.lines.merge(line.substring(space + 1), second, Math::max);
            }
          }
        });
    return read;
  }

  /** What must be forgotten again; a line that was damaged is none. */
  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (String line : lines.keySet()) {
      int space = line.indexOf(' ');
      Optional<Digest> digest =
          space < 0 ? Optional.empty() : Digest.parse(line.substring(space + 1));
      if (digest.isPresent()) {
        String repository = line.substring(0, space);
        entries.add(new Entry(repository.equals("-") ? "" : repository, digest.get()));
      }
    }
    return entries;
  }

  /** Writes down what is about to be purged. */
  void add(Collection<Entry> entries, Instant now) throws IOException {
    for (Entry entry : entries) {
      String repository = entry.repository().isEmpty() ? "-" : entry.repository();
      lines.put(repository + " " + entry.digest(), now.getEpochSecond());
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((line, second) -> text.append(second).append(' ').append(line).append('\n'));
    volume.replace(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
