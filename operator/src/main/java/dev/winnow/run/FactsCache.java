package dev.winnow.run;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Facts of digests on disk. They never change, so that an entry is right for ever; the file is
 * bounded, and a file that is damaged is thrown away: nothing in it is worth a repair.
 *
 * <p>Two files: entries are appended to {@code facts}; when that is full it becomes {@code
 * facts.old}, and what was that before is gone. A record is the length of its value, a checksum,
 * the digest, the value. One process writes; others read what was there when they began.
 */
public final class FactsCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FactsCache.class);
  private static final byte[] MAGIC = "winnow facts 1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD = Integer.BYTES + Integer.BYTES + Short.BYTES;

  private final Path file;
  private final Path old;
  private final long mostBytes;
  private final @Nullable FileChannel lockChannel;
  private final @Nullable FileLock lock;
  private final Map<Digest, byte[]> entries = new HashMap<>();

  /** No channel: an interrupt of one reader would close it for all. */
  private @Nullable OutputStream out;

  private long size;

  private FactsCache(Path folder, long mostBytes) throws IOException {
    this.file = folder.resolve("facts");
    this.old = folder.resolve("facts.old");
    this.mostBytes = mostBytes;
    Files.createDirectories(folder);
    this.lockChannel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    this.lock = tryLock(lockChannel);
  }

  /**
   * Opens the cache in a folder, which is made if it is not there.
   *
   * @param mostBytes how much the newer of the two files may hold
   */
  public static FactsCache open(Path folder, long mostBytes) throws IOException {
    FactsCache cache = new FactsCache(folder, mostBytes);
    cache.load(cache.old);
    cache.load(cache.file);
    cache.startWriting();
    return cache;
  }

  synchronized Optional<byte[]> get(Digest digest) {
    return Optional.ofNullable(entries.get(digest));
  }

  /** Remembers a value; without a lock only for this process. */
  synchronized void put(Digest digest, byte[] value) {
    if (entries.putIfAbsent(digest, value) != null || out == null) {
      return;
    }
    try {
      append(out, digest, value);
    } catch (IOException e) {
      // What was read is right all the same.
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("the facts cache cannot be written");
      out = null;
    }
  }

  private void append(OutputStream to, Digest digest, byte[] value) throws IOException {
    byte[] name = digest.text().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer record = ByteBuffer.allocate(HEAD + name.length + value.length);
    record.putInt(value.length).putInt(checksum(name, value)).putShort((short) name.length);
    record.put(name).put(value);
    size += record.position();
    to.write(record.array());
    if (size > mostBytes) {
      to.close();
      Files.move(file, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      startWriting();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (out != null) {
      out.close();
    }
    if (lock != null) {
      lock.close();
    }
    if (lockChannel != null) {
      lockChannel.close();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another run of this process writes
    }
  }

  private void startWriting() throws IOException {
    if (lock == null) {
      return;
    }
    size = Files.exists(file) ? Files.size(file) : 0;
    out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (size == 0) {
      out.write(MAGIC);
      size = MAGIC.length;
    }
  }

  private void load(Path from) throws IOException {
    if (!Files.exists(from)) {
      return;
    }
    byte[] bytes =
        Files.size(from) > 2 * mostBytes + MAGIC.length ? new byte[0] : Files.readAllBytes(from);
    Map<Digest, byte[]> read = new HashMap<>();
    if (parse(ByteBuffer.wrap(bytes), read)) {
      entries.putAll(read);
    } else if (lock != null) {
      LOG.atWarn().addKeyValue("file", from).log("the facts cache is damaged; starting afresh");
      Files.delete(from);
    }
  }

  private static boolean parse(ByteBuffer bytes, Map<Digest, byte[]> into) {
    byte[] magic = new byte[MAGIC.length];
    if (bytes.remaining() < magic.length) {
      return false;
    }
    bytes.get(magic);
    if (!java.util.Arrays.equals(magic, MAGIC)) {
      return false;
    }
    while (bytes.hasRemaining()) {
      if (bytes.remaining() < HEAD) {
        return false;
      }
      int length = bytes.getInt();
      int checksum = bytes.getInt();
      short nameLength = bytes.getShort();
      if (length < 0 || nameLength < 0 || bytes.remaining() < (long) length + nameLength) {
        return false;
      }
      byte[] name = new byte[nameLength];
      byte[] value = new byte[length];
      bytes.get(name).get(value);
      Optional<Digest> digest = Digest.parse(new String(name, StandardCharsets.US_ASCII));
      if (digest.isEmpty() || checksum(name, value) != checksum) {
        return false;
      }
      into.put(digest.get(), value);
    }
    return true;
  }

  private static int checksum(byte[] name, byte[] value) {
    CRC32C sum = new CRC32C();
    sum.update(name);
    sum.update(value);
    return (int) sum.getValue();
  }
}
