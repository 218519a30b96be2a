package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectionReport.Blobs;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each sha256 digest of a store: whether its data is there, since when and how
 * large, and whether anything needs it. A million take 60 MB.
 *
 * <p>Split by the first byte, as the store is: whoever fills or marks different parts is not in
 * each other's way. Safe for use by many threads.
 */
final class BlobTable {
  private static final int PRESENT = 1;
  private static final int MARKED = 2;
  private static final int FIRMLY = 4;

  private final Part[] parts = new Part[256];

  BlobTable() {
    Arrays.setAll(parts, i -> new Part());
  }

  /** Looks at blobs that are there. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param modified when its data was last written, in seconds since 1970
     * @param size bytes of its data
     */
    void visit(Digest digest, long modified, long size);
  }

  private Part part(String hex) {
    return parts[
        HexFormat.fromHexDigit(hex.charAt(0)) << 4 | HexFormat.fromHexDigit(hex.charAt(1))];
  }

  /** The data of a digest is there. */
  void add(String hex, long modified, long size) {
    Part part = part(hex);
    synchronized (part) {
      int at = part.find(hex, true);
      part.flags[at] |= PRESENT;
      part.modified[at] = modified;
      part.size[at] = size;
    }
  }

  /**
   * Something needs the digest.
   *
   * @param firmly not only for as long as an untagged manifest is young
   */
  void mark(Digest digest, boolean firmly) {
    Part part = part(digest.hex());
    synchronized (part) {
      int at = part.find(digest.hex(), true);
      part.flags[at] |= (byte) (firmly ? MARKED | FIRMLY : MARKED);
    }
  }

  boolean isMarked(Digest digest) {
    return has(digest, MARKED);
  }

  boolean isPresent(Digest digest) {
    return has(digest, PRESENT);
  }

  private boolean has(Digest digest, int flag) {
    Part part = part(digest.hex());
    synchronized (part) {
      int at = part.find(digest.hex(), false);
      return at >= 0 && (part.flags[at] & flag) != 0;
    }
  }

  /** What is known of data that is there. */
  record Data(long modified, long size) {}

  /** What is known of the data of a sha256 digest; null where it is not there. */
  @Nullable Data data(Digest digest) {
    Part part = part(digest.hex());
    synchronized (part) {
      int at = part.find(digest.hex(), false);
      boolean isThere = at >= 0 && (part.flags[at] & PRESENT) != 0;
      return isThere ? new Data(part.modified[at], part.size[at]) : null;
    }
  }

  /** Counts what is there. */
  Blobs count() {
    long total = 0;
    long live = 0;
    long bytes = 0;
    for (Part part : parts) {
      synchronized (part) {
        for (int at = 0; at < part.count; at++) {
          if ((part.flags[at] & PRESENT) != 0) {
            total++;
            live += (part.flags[at] & MARKED) != 0 ? 1 : 0;
            bytes += part.size[at];
          }
        }
      }
    }
    return new Blobs(total, live, bytes);
  }

  /** Visits what is there and not needed, part by part, in no order within one. */
  void unmarked(Visitor visitor) {
    visit(PRESENT | MARKED, PRESENT, visitor);
  }

  /** Visits what is there and needed at most by untagged manifests that are young. */
  void notFirmlyMarked(Visitor visitor) {
    visit(PRESENT | FIRMLY, PRESENT, visitor);
  }

  /** Some of what is there and needed. */
  List<Digest> marked(int most) {
    List<Digest> some = new ArrayList<>();
    visit(
        PRESENT | MARKED,
        PRESENT | MARKED,
        (digest, modified, size) -> {
          if (some.size() < most) {
            some.add(digest);
          }
        });
    return some;
  }

  private void visit(int mask, int flags, Visitor visitor) {
    for (Part part : parts) {
      synchronized (part) {
        for (int at = 0; at < part.count; at++) {
          if ((part.flags[at] & mask) == flags) {
            visitor.visit(part.digest(at), part.modified[at], part.size[at]);
          }
        }
      }
    }
  }

  /** Entries in the order they came, and a table of open addresses that leads to them. */
  private static final class Part {
    private int count;
    private long[] words = new long[4 * 16];
    private byte[] flags = new byte[16];
    private long[] modified = new long[16];
    private long[] size = new long[16];
    private int[] slots = new int[64]; // index + 1; 0 is free

    /** Where the digest is; adds it, or says -1, where it is not. */
    int find(String hex, boolean add) {
      long a = word(hex, 0);
      long b = word(hex, 1);
      long c = word(hex, 2);
      long d = word(hex, 3);
      int mask = slots.length - 1;
      int slot = (int) b & mask; // digests are random: any bits will do, but the first byte
      while (slots[slot] != 0) {
        int at = slots[slot] - 1;
        int w = 4 * at;
        if (words[w] == a && words[w + 1] == b && words[w + 2] == c && words[w + 3] == d) {
          return at;
        }
        slot = (slot + 1) & mask;
      }
      if (!add) {
        return -1;
      }
      if (count == flags.length) {
        grow();
        return find(hex, true);
      }
      slots[slot] = count + 1;
      int w = 4 * count;
      words[w] = a;
      words[w + 1] = b;
      words[w + 2] = c;
      words[w + 3] = d;
      return count++;
    }

    /** Sixteen of the hex digits. */
    private static long word(String hex, int index) {
      long word = 0;
      for (int at = 16 * index; at < 16 * index + 16; at++) {
        char c = hex.charAt(at);
        word = word << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
      }
      return word;
    }

    private void grow() {
      int capacity = 2 * flags.length;
      words = Arrays.copyOf(words, 4 * capacity);
      flags = Arrays.copyOf(flags, capacity);
      modified = Arrays.copyOf(modified, capacity);
      size = Arrays.copyOf(size, capacity);
      slots = new int[4 * capacity];
      int mask = slots.length - 1;
      for (int at = 0; at < count; at++) {
        int slot = (int) words[4 * at + 1] & mask;
        while (slots[slot] != 0) {
          slot = (slot + 1) & mask;
        }
        slots[slot] = at + 1;
      }
    }

    Digest digest(int at) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * Long.BYTES);
      bytes.asLongBuffer().put(words, 4 * at, 4);
      return Digest.ofSha256(bytes.array(), 0);
    }
  }
}
