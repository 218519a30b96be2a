package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What manifests need, by their digests: whoever has read one once need not read it again.
 *
 * <p>It hides nothing that is needed. An entry is made of bytes that hash to the digest, so it
 * stays true for as long as it is parsed alike; and it answers only for data that this mark has
 * seen in place, as large and as old as it was then. It never says whether data is there. What is
 * damaged, of another version or not ours counts as never written, and where it cannot be written a
 * pass goes on without.
 *
 * <p>The file is the table in memory, and a checksum. Safe for use by many threads.
 */
final class ManifestCache {
  /** To be raised whenever the same bytes come to mean other references. */
  static final int VERSION = 1;

  private static final int MAGIC = 0x574e4d43; // WNMC
  private static final int MOST = 64 << 20;
  private static final Duration FLUSH = Duration.ofSeconds(30);
  private static final HexFormat HEX = HexFormat.of();

  // An entry: digest, when it was written, size, flags, how many references; then those, each a
  // kind and a digest.
  private static final int DIGEST = 32;
  private static final int MODIFIED = DIGEST;
  private static final int SIZE = MODIFIED + Integer.BYTES;
  private static final int FLAGS = SIZE + Integer.BYTES;
  private static final int COUNT = FLAGS + 1;
  private static final int ENTRY = COUNT + Integer.BYTES;
  private static final int REFERENCE = 1 + DIGEST;
  private static final int FIRST = 2 * Integer.BYTES;

  private static final int USED = 1;
  private static final int UNDERSTOOD = 2;
  private static final int SCHEMA1 = 4;

  private static final byte MEMBER = 0;
  private static final byte BLOB = 1;
  private static final byte ELSEWHERE = 2;
  private static final byte SUBJECT = 3;

  private final Volume volume;
  private final Path file;
  private final InstantSource clock;
  private boolean isWritten;
  private boolean isChanged;
  private Instant flushed;
  private byte[] bytes = new byte[1 << 16];
  private ByteBuffer table = ByteBuffer.wrap(bytes);
  private int end = FIRST;
  private int entries;
  private int[] slots = new int[1 << 10]; // where an entry begins; 0 is free

  ManifestCache(Volume volume, StoreLayout layout, InstantSource clock) {
    this.volume = volume;
    this.file = layout.own().resolve("manifests");
    this.clock = clock;
    this.flushed = clock.instant();
    table.putInt(0, MAGIC).putInt(Integer.BYTES, VERSION);
  }

  /** Takes what earlier passes left. */
  synchronized void read() {
    try {
      take(volume.read(file, MOST));
    } catch (IOException e) {
      // As if there were none.
    }
  }

  /** From now on, what is known is left to later passes. */
  synchronized void mayWrite() {
    isWritten = true;
  }

  private void take(byte[] left) {
    int length = left.length - Long.BYTES;
    if (length < FIRST || left.length > MOST) {
      return;
    }
    ByteBuffer read = ByteBuffer.wrap(left);
    if (read.getInt(0) == MAGIC
        && read.getInt(Integer.BYTES) == VERSION
        && read.getLong(length) == checksum(left, length)) {
      bytes = left;
      table = read;
      end = length;
      index();
    }
  }

  private static long checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return crc.getValue();
  }

  /**
   * What a manifest needs; null where that is not known.
   *
   * @param there the data that was seen in place
   */
  synchronized @Nullable References get(Digest manifest, BlobTable.Data there) {
    int at = entry(manifest, there);
    if (at == 0) {
      return null;
    }
    int flags = table.get(at + FLAGS);
    table.put(at + FLAGS, (byte) (flags | USED));
    List<Digest> members = new ArrayList<>();
    List<Digest> blobs = new ArrayList<>();
    List<Digest> elsewhere = new ArrayList<>();
    Digest subject = null;
    for (int next = at + ENTRY; next < after(at); next += REFERENCE) {
      Digest digest = Digest.ofSha256(bytes, next + 1);
      switch (table.get(next)) {
        case MEMBER -> members.add(digest);
        case ELSEWHERE -> {
          blobs.add(digest);
          elsewhere.add(digest);
        }
        case SUBJECT -> subject = digest;
        default -> blobs.add(digest);
      }
    }
    return new References(
        members,
        blobs,
        Set.copyOf(elsewhere),
        subject,
        (flags & UNDERSTOOD) != 0,
        (flags & SCHEMA1) != 0);
  }

  private int entry(Digest manifest, BlobTable.Data there) {
    int at = slots[slot(HEX.parseHex(manifest.hex()), 0)];
    boolean isSame =
        at != 0
            && table.getInt(at + MODIFIED) == (int) there.modified()
            && table.getInt(at + SIZE) == there.size();
    return isSame ? at : 0;
  }

  /** Keeps what a manifest needs, if there is room. */
  synchronized void put(Digest manifest, BlobTable.Data there, References references) {
    List<Digest> all = references.all().toList();
    int size = ENTRY + all.size() * REFERENCE;
    if (all.stream().anyMatch(digest -> !digest.algorithm().equals("sha256"))
        || entry(manifest, there) != 0
        || !hasRoom(size)) {
      return;
    }
    int at = end;
    byte[] digest = HEX.parseHex(manifest.hex());
    table.put(at, digest).putInt(at + MODIFIED, (int) there.modified());
    table.putInt(at + SIZE, (int) there.size()).putInt(at + COUNT, all.size());
    int flags =
        (references.isUnderstood() ? UNDERSTOOD : 0) | (references.isSchema1() ? SCHEMA1 : 0);
    table.put(at + FLAGS, (byte) (USED | flags));
    table.position(at + ENTRY);
    references.members().forEach(member -> put(MEMBER, member));
    references
        .blobs()
        .forEach(blob -> put(references.elsewhere().contains(blob) ? ELSEWHERE : BLOB, blob));
    if (references.subject() != null) {
      put(SUBJECT, references.subject());
    }
    end += size;
    lead(digest, at);
    isChanged = true;
    if (!clock.instant().isBefore(flushed.plus(FLUSH))) {
      write();
    }
  }

  private void put(byte kind, Digest digest) {
    table.put(kind).put(HEX.parseHex(digest.hex()));
  }

  private boolean hasRoom(int size) {
    int needed = end + size + Long.BYTES;
    if (needed > MOST) {
      return false;
    }
    if (needed > bytes.length) {
      int capacity = Math.min(MOST, Math.max(needed, bytes.length + bytes.length / 2));
      bytes = Arrays.copyOf(bytes, capacity);
      table = ByteBuffer.wrap(bytes);
    }
    return true;
  }

  private int after(int entry) {
    return entry + ENTRY + table.getInt(entry + COUNT) * REFERENCE;
  }

  /** The slot of a digest, or the free one that it would have. */
  private int slot(byte[] digest, int offset) {
    int mask = slots.length - 1;
    int slot = ByteBuffer.wrap(digest).getInt(offset) & mask; // digests are random
    while (slots[slot] != 0
        && !Arrays.equals(
            bytes, slots[slot], slots[slot] + DIGEST, digest, offset, offset + DIGEST)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void lead(byte[] digest, int entry) {
    int slot = slot(digest, 0);
    if (slots[slot] != 0) {
      table.put(slots[slot] + FLAGS, (byte) 0); // this one is newer
    }
    slots[slot] = entry;
    entries++;
    if (2 * entries > slots.length) {
      index();
    }
  }

  /** Leads to all entries anew. */
  private void index() {
    entries = 0;
    for (int at = FIRST; at < end; at = after(at)) {
      entries++;
    }
    slots = new int[Math.max(1 << 10, 4 * Integer.highestOneBit(entries + 1))];
    for (int at = FIRST; at < end; at = after(at)) {
      slots[slot(bytes, at)] = at;
    }
  }

  /** Leaves to the next pass what a whole mark has asked for, and no more. */
  synchronized void markEnds() {
    int to = FIRST;
    for (int at = FIRST; at < end; ) {
      int next = after(at);
      if ((table.get(at + FLAGS) & USED) != 0) {
        table.put(at + FLAGS, (byte) (table.get(at + FLAGS) & ~USED));
        System.arraycopy(bytes, at, bytes, to, next - at);
        to += next - at;
      }
      at = next;
    }
    isChanged |= to != end;
    end = to;
    index();
    write();
  }

  private void write() {
    flushed = clock.instant();
    if (!isWritten || !isChanged) {
      return;
    }
    try {
      long usable = Files.getFileStore(StoreLayout.folder(file)).getUsableSpace();
      if (usable / 8 > end) {
        table.putLong(end, checksum(bytes, end));
        volume.replace(file, bytes, end + Long.BYTES);
        isChanged = false;
      }
    } catch (IOException e) {
      isWritten = false;
      remove(file.resolveSibling(file.getFileName() + ".next"));
    }
  }

  private void remove(Path half) {
    try {
      volume.unlinkIfThere(half);
    } catch (IOException e) {
      // The next pass writes over it.
    }
  }
}
