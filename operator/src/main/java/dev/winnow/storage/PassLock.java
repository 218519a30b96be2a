package dev.winnow.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One collector at a time. The kernel's lock lives as long as the process that has it; where it
 * does not hold (the file was removed, the file system is one of a network), the token tells who
 * came last, and who came before goes no further.
 */
final class PassLock implements AutoCloseable {
  private static final int MOST = 128;

  private final Volume volume;
  private final StoreLayout layout;
  private final String token;
  private final @Nullable Instant until;
  private final InstantSource clock;
  private final long deadline;
  private final FileChannel channel;

  private PassLock(
      Volume volume,
      StoreLayout layout,
      String token,
      @Nullable Instant until,
      InstantSource clock,
      FileChannel channel) {
    this.volume = volume;
    this.layout = layout;
    this.token = token;
    this.until = until;
    this.clock = clock;
    this.channel = channel;
    this.deadline =
        until == null ? 0 : System.nanoTime() + Duration.between(clock.instant(), until).toNanos();
  }

  /** What no other collector has, also where two began in the same second. */
  static String freshToken() {
    byte[] random = new byte[4];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /**
   * Takes the lock.
   *
   * @param until when it is given up, whatever is under way then
   * @throws LockedException when another process has it
   */
  static PassLock take(
      Volume volume, StoreLayout layout, String token, @Nullable Instant until, InstantSource clock)
      throws IOException {
    makeOwnFolder(volume, layout);
    FileChannel channel =
        FileChannel.open(
            layout.own().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean isTaken = false;
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new LockedException(
            "another collector works on "
                + layout.root()
                + "; wait for its end, or end it (whatever it was doing, the next pass goes on)");
      }
      volume.replace(layout.own().resolve("token"), token.getBytes(StandardCharsets.UTF_8));
      isTaken = true;
    } finally {
      if (!isTaken) {
        channel.close();
      }
    }
    return new PassLock(volume, layout, token, until, clock, channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void makeOwnFolder(Volume volume, StoreLayout layout) throws IOException {
    for (Path folder : new Path[] {layout.own(), layout.trash(), layout.own().resolve("tmp")}) {
      try {
        volume.makeDirectory(folder);
      } catch (FileAlreadyExistsException e) {
        // From an earlier pass.
      } catch (FileSystemException e) {
        throw new RefusedException(
            "NotWritable",
            folder
                + " cannot be made: "
                + (e.getReason() == null ? "permission denied" : e.getReason())
                + ". Is the volume mounted read-only, or is this another user than the registry's?");
      }
    }
  }

  /** Asked before anything is renamed or unlinked: throws when that is not ours to do any more. */
  void check() throws IOException {
    String last =
        new String(volume.read(layout.own().resolve("token"), MOST), StandardCharsets.UTF_8);
    if (!last.equals(token)) {
      throw new LockedException("another collector has taken over; this one goes no further");
    }
    checkTime();
  }

  /** Throws when it is not to be held any longer. */
  void checkTime() throws RefusedException {
    if (until != null && (!clock.instant().isBefore(until) || System.nanoTime() - deadline >= 0)) {
      throw new RefusedException("TimeOver", "the time is over: --until " + until);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
