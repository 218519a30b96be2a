package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What earlier passes saw: since when data has been unreferenced in each of them without a break,
 * since when revisions have had no tag, and which repositories there were.
 *
 * <p>It guards against times that lie: a volume restored from a backup may have all of its files
 * old or all of them new. What is damaged counts as never written.
 */
final class Sightings {
  private static final int MAGIC = 0x574e5332; // WNS2
  private static final int MOST_BYTES = 1 << 30;
  private static final Duration UNKNOWN = Duration.ofDays(7);
  private static final Duration LEAST = Duration.ofHours(1);

  private final Instant pass;
  private final Duration interval;
  private final Map<Digest, Integer> data;
  private final Map<Revision, Integer> revisions;
  private final Set<String> repositories;

  private record Revision(String repository, Digest digest) {
    // By hand: what Java makes for a record is slow until it has been used some thousand times.
    @Override
    public int hashCode() {
      return 31 * repository.hashCode() + digest.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Revision revision
          && digest.equals(revision.digest)
          && repository.equals(revision.repository);
    }
  }

  private Sightings(
      Instant pass,
      Duration interval,
      Map<Digest, Integer> data,
      Map<Revision, Integer> revisions,
      Set<String> repositories) {
    this.pass = pass;
    this.interval = interval;
    this.data = data;
    this.revisions = revisions;
    this.repositories = repositories;
  }

  /** Those of a pass that began now, and of which no other is known. */
  static Sightings none(Instant pass) {
    return none(pass, UNKNOWN);
  }

  /** Those of a pass that began now, after these. */
  static Sightings after(Sightings before, Instant pass) {
    return none(pass, Duration.between(before.pass, pass));
  }

  private static Sightings none(Instant pass, Duration interval) {
    return new Sightings(pass, interval, new HashMap<>(), new HashMap<>(), new TreeSet<>());
  }

  /**
   * Whether so much time has passed since that the volume may have been elsewhere, or another: much
   * more than between the two passes before, and than what was taken is held.
   */
  boolean isStale(Instant at, Duration hold) {
    Duration usual = interval.compareTo(LEAST) < 0 ? LEAST : interval;
    Duration most = usual.multipliedBy(3);
    return pass.plus(most.compareTo(hold) < 0 ? hold : most).isBefore(at);
  }

  /** When the pass began that saw this. */
  Instant pass() {
    return pass;
  }

  Set<String> repositories() {
    return repositories;
  }

  /** Since when data has been unreferenced. */
  Optional<Instant> unreferenced(Digest digest) {
    return instant(data.get(digest));
  }

  /** Since when a revision has had no tag. */
  Optional<Instant> untagged(String repository, Digest digest) {
    return instant(revisions.get(new Revision(repository, digest)));
  }

  private static Optional<Instant> instant(@org.jspecify.annotations.Nullable Integer seconds) {
    return Optional.ofNullable(seconds).map(Instant::ofEpochSecond);
  }

  /** This pass saw data unreferenced; an earlier one may have seen it first. */
  synchronized void unreferenced(Digest digest, Sightings before) {
    data.put(digest, seconds(before.unreferenced(digest).orElse(pass)));
  }

  /** This pass saw a revision without a tag, as it has been since then. */
  synchronized void untagged(String repository, Digest digest, Instant since) {
    revisions.put(new Revision(repository, digest), seconds(since));
  }

  synchronized void repository(String name) {
    repositories.add(name);
  }

  /** It is gone, and that is as it should be. */
  synchronized void forget(String repository) {
    repositories.remove(repository);
  }

  private static int seconds(Instant instant) {
    return Math.toIntExact(instant.getEpochSecond());
  }

  /** Reads what the newest whole pass saw; empty where there is none, or it is damaged. */
  static Optional<Sightings> read(Volume volume, Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = volume.read(file, MOST_BYTES);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int length = bytes.length - Long.BYTES;
    if (length < Integer.BYTES) {
      return Optional.empty();
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      in.mark(bytes.length);
      in.skipNBytes(length);
      if (in.readLong() != crc.getValue()) {
        return Optional.empty();
      }
      in.reset();
      return in.readInt() == MAGIC ? Optional.of(parse(in)) : Optional.empty();
    }
  }

  private static Sightings parse(DataInputStream in) throws IOException {
    Sightings read = none(Instant.ofEpochMilli(in.readLong()), Duration.ofMillis(in.readLong()));
    for (int left = in.readInt(); left > 0; left--) {
      read.repositories.add(in.readUTF());
    }
    for (int left = in.readInt(); left > 0; left--) {
      read.data.put(digest(in), in.readInt());
    }
    for (int left = in.readInt(); left > 0; left--) {
      read.revisions.put(new Revision(in.readUTF(), digest(in)), in.readInt());
    }
    return read;
  }

  private static Digest digest(DataInputStream in) throws IOException {
    return new Digest(new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.US_ASCII));
  }

  /** Replaces what an earlier pass wrote. */
  void write(Volume volume, Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeLong(pass.toEpochMilli());
      out.writeLong(interval.toMillis());
      out.writeInt(repositories.size());
      for (String repository : repositories) {
        out.writeUTF(repository);
      }
      out.writeInt(data.size());
      for (Map.Entry<Digest, Integer> each : data.entrySet()) {
        write(out, each.getKey());
        out.writeInt(each.getValue());
      }
      out.writeInt(revisions.size());
      for (Map.Entry<Revision, Integer> each : revisions.entrySet()) {
        out.writeUTF(each.getKey().repository());
        write(out, each.getKey().digest());
        out.writeInt(each.getValue());
      }
      CRC32C crc = new CRC32C();
      crc.update(bytes.toByteArray());
      out.writeLong(crc.getValue());
    }
    volume.replace(file, bytes.toByteArray());
  }

  private static void write(DataOutputStream out, Digest digest) throws IOException {
    byte[] text = digest.text().getBytes(StandardCharsets.US_ASCII);
    out.writeByte(text.length);
    out.write(text);
  }
}
