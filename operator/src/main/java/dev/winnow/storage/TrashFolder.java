package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What one pass took out of the store: the names in it tell where each file came from. Its record
 * says when the last of it was taken; it is made before the first, with room for all that it will
 * ever say, so that a full disk does not keep it from being written.
 *
 * <pre>
 *   record
 *   aliases
 *   blobs/sha256/&lt;hex>
 *   repositories/&lt;name>/_manifests/revisions/sha256/&lt;hex>
 *   repositories/&lt;name>/_manifests/tags/&lt;tag>/
 *   repositories/&lt;name>/_layers/&lt;algorithm>/&lt;hex>
 *   repositories/&lt;name>/_uploads/&lt;id>/
 *   probes/&lt;hex>
 *   files/&lt;path below docker/registry/v2>
 *   emptied/&lt;name>/_manifests/ and so on
 * </pre>
 *
 * @param path where it lies
 * @param pass the pass that made it
 */
record TrashFolder(Path path, String pass) {
  private static final int RECORD_SIZE = 4096;
  private static final int MOST = 256 << 20;
  private static final String SEALED = "-sealed";

  /** Whether the name is that of a pass that is over: no collector has a path into it. */
  boolean isSealed() {
    return path.getFileName().toString().endsWith(SEALED);
  }

  Path record() {
    return path.resolve("record");
  }

  Path blobs() {
    return path.resolve("blobs/sha256");
  }

  /** Probes, which are no part of the store: they count nowhere and never come back. */
  Path probes() {
    return path.resolve("probes");
  }

  /** What registries that remember it may know one of them by. */
  List<Digest> probes(Volume volume) throws IOException {
    return volume.namesOrNone(probes()).stream()
        .flatMap(hex -> Digest.parse("sha256:" + hex).stream())
        .toList();
  }

  /** Other files, by where they were. */
  Path files() {
    return path.resolve("files");
  }

  /** What is left of repositories that have nothing. */
  Path emptied() {
    return path.resolve("emptied");
  }

  Path repositories() {
    return path.resolve("repositories");
  }

  /**
   * When the last item was taken.
   *
   * @return null where no record says so: the pass was ended in the middle, or what it wrote is
   *     damaged
   */
  @Nullable Instant taken(Volume volume) throws IOException {
    String text = read(volume).getProperty("taken");
    return text == null ? null : Instant.parse(text);
  }

  /**
   * When the pass began that took it, by the clock of the volume: what was written since was
   * written meanwhile. Where no record says so, all of it was.
   */
  Instant started(Volume volume) throws IOException {
    String text = read(volume).getProperty("started");
    return text == null ? Instant.EPOCH : Instant.parse(text);
  }

  /**
   * When registries were made to forget all of it, after everybody was gone who saw it in place.
   *
   * @return null where that was not yet, or they remembered it again
   */
  @Nullable Instant forgotten(Volume volume) throws IOException {
    String text = read(volume).getProperty("forgotten");
    return text == null ? null : Instant.parse(text);
  }

  /** Says when that was. */
  void forgotten(Volume volume, Instant instant) throws IOException {
    Properties properties = read(volume);
    properties.setProperty("forgotten", instant.toString());
    volume.overwrite(record(), bytes(properties));
  }

  /** Other digests by which registries may know its data, with those that it is stored by. */
  Map<Digest, Digest> aliases(Volume volume) throws IOException {
    Map<Digest, Digest> aliases = new TreeMap<>();
    String text;
    try {
      text = new String(volume.read(path.resolve("aliases"), MOST), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return aliases;
    }
    for (String line : text.lines().toList()) {
      int space = line.indexOf(' ');
      Digest.parse(line.substring(0, Math.max(space, 0)))
          .ifPresent(alias ->
              Digest.parse(line.substring(space + 1))
                  .ifPresent(stored -> aliases.put(alias, stored)));
    }
    return aliases;
  }

  /** Writes them down, before the first of it is taken. */
  void aliases(Volume volume, Map<Digest, Digest> aliases) throws IOException {
    if (!aliases.isEmpty()) {
      StringBuilder text = new StringBuilder();
      new TreeMap<>(aliases)
          .forEach((alias, stored) -> text.append(alias).append(' ').append(stored).append('\n'));
      volume.create(path.resolve("aliases"), text.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Makes the record of a pass that began then, by the clock of the volume. */
  void create(Volume volume, Instant started) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("started", started.toString());
    volume.create(record(), bytes(properties));
  }

  /** Says when the last item was taken. */
  void taken(Volume volume, Instant instant) throws IOException {
    Properties properties = read(volume);
    properties.setProperty("taken", instant.toString());
    properties.remove("forgotten"); // counts from here
    if (volume.exists(record())) {
      volume.overwrite(record(), bytes(properties));
    } else {
      volume.create(record(), bytes(properties)); // ended before there was one, or right after
    }
  }

  private Properties read(Volume volume) throws IOException {
    Properties properties = new Properties();
    byte[] bytes;
    try {
      bytes = volume.read(record(), RECORD_SIZE);
    } catch (NoSuchFileException e) {
      return properties;
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf("crc=");
    if (end < 0 || !text.startsWith(checksum(text.substring(0, end)), end)) {
      return properties;
    }
    properties.load(new StringReader(text.substring(0, end)));
    return properties;
  }

  private static byte[] bytes(Properties properties) {
    StringBuilder text = new StringBuilder();
    properties.stringPropertyNames().stream()
        .sorted()
        .forEach(name ->
            text.append(name).append('=').append(properties.getProperty(name)).append('\n'));
    text.append(checksum(text.toString()));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    int length = bytes.length;
    bytes = Arrays.copyOf(bytes, RECORD_SIZE);
    Arrays.fill(bytes, length, RECORD_SIZE, (byte) '\n');
    return bytes;
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return "crc=" + Long.toHexString(crc.getValue()) + "\n";
  }

  /** The same folder under the name that nobody who is paused knows. */
  TrashFolder seal(Volume volume) throws IOException {
    Path sealed = path.resolveSibling(path.getFileName() + SEALED);
    volume.rename(path, sealed);
    return new TrashFolder(sealed, pass);
  }

  /** The folder of a name in the trash, which begins with the pass. */
  static TrashFolder of(Path path) {
    String name = path.getFileName().toString();
    int end = name.indexOf('-');
    return new TrashFolder(path, end < 0 ? name : name.substring(0, end));
  }
}
