package dev.winnow.storage;

import dev.winnow.storage.Mark.Damage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Since which pass each damage is known. What was broken before the first one is nobody's doing
 * here, and what was told once is not new as long as it lasts.
 *
 * <p>The first line of its file is the name of the volume; then a line each: the pass, or {@code -}
 * for what was there before, the repository, and what that lacks.
 */
final class DamageHistory {
  private static final int MOST_BYTES = 256 << 20;
  private static final String BEFORE = "-";

  private final Volume volume;
  private final Path file;
  private final @Nullable String instance;
  private final String pass;
  private boolean isFirst;
  private String stored = "";
  private Map<String, String> since = new TreeMap<>();

  private DamageHistory(Volume volume, Path file, @Nullable String instance, String pass) {
    this.volume = volume;
    this.file = file;
    this.instance = instance;
    this.pass = pass;
  }

  /**
   * What earlier passes over this volume found.
   *
   * @param instance the volume's name; null where no pass has given it one
   * @param pass the one that reads
   */
  static DamageHistory read(
      Volume volume, StoreLayout layout, @Nullable String instance, String pass)
      throws IOException {
    Path file = layout.own().resolve("damage");
    DamageHistory history = new DamageHistory(volume, file, instance, pass);
    try {
      history.stored = new String(volume.read(file, MOST_BYTES), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      history.stored = "";
    }
    // Of a copy, or of what a backup was restored to, nothing is known.
    history.isFirst = !history.stored.startsWith(instance + "\n");
    if (!history.isFirst) {
      history.stored.lines().skip(1).forEach(history::line);
    }
    return history;
  }

  /** A line that was damaged itself is none. */
  private void line(String line) {
    int space = line.indexOf(' ');
    if (space > 0) {
      since.put(line.substring(space + 1), line.substring(0, space));
    }
  }

  /** Takes in what a mark found; one that could not read everything has not seen what is mended. */
  void saw(Mark mark) throws IOException {
    Map<String, String> now = new TreeMap<>();
    for (Damage damage : mark.damage()) {
      String known = since.get(key(damage));
      now.put(key(damage), known != null ? known : isFirst ? BEFORE : pass);
    }
    if (!mark.isComplete()) {
      since.forEach(now::putIfAbsent);
    }
    since = now;
    isFirst &= !mark.isComplete();
  }

  /** Writes it down for later passes, once there was a mark that read everything. */
  void write() throws IOException {
    StringBuilder text = new StringBuilder(instance + "\n");
    since.forEach((what, when) -> text.append(when).append(' ').append(what).append('\n'));
    if (!isFirst && !text.toString().equals(stored)) {
      stored = text.toString();
      volume.replace(file, stored.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String key(Damage damage) {
    return damage.repository() + " " + damage.missing();
  }

  /** Whether this pass is the first that sees some of it. */
  boolean isNew() {
    return since.containsValue(pass);
  }

  /** The pass that saw it first; null where it was there before all of them. */
  @Nullable String since(Damage damage) {
    String when = Objects.requireNonNullElse(since.get(key(damage)), pass);
    return when.equals(BEFORE) ? null : when;
  }
}
