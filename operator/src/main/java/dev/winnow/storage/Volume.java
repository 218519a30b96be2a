package dev.winnow.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The file system that a store lies on: all that the collector does to it goes through here, so
 * that a test can make each of these calls fail or be the last one.
 */
public final class Volume {
  /** What can be done to a volume. */
  public enum Operation {
    LIST,
    READ,
    STAT,
    RENAME,
    LINK,
    UNLINK,
    MAKE_DIRECTORY,
    WRITE,
    SYNC;

    /** Whether it changes the volume. */
    public boolean changes() {
      return this != LIST && this != READ && this != STAT;
    }
  }

  /** Told of each operation before it happens; what it throws happens instead. */
  @FunctionalInterface
  public interface Watcher {
    Watcher NONE = (operation, path) -> {};

    void before(Operation operation, Path path) throws IOException;
  }

  /** A folder where a file should be: Java has no name for that. */
  static final class IsFolderException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    IsFolderException(Path path) {
      super(path.toString(), null, "is a folder");
    }
  }

  /** Most files are links and manifests. */
  private static final int SMALL = 4 << 10;

  /** Java copies what it reads and writes, and keeps the room for that. */
  private static final int SLICE = 128 << 10;

  private final Watcher watcher;

  public Volume(Watcher watcher) {
    this.watcher = watcher;
  }

  /** The names in a folder, in no order. */
  List<String> names(Path folder) throws IOException {
    watcher.before(Operation.LIST, folder);
    List<String> names = new ArrayList<>();
    int prefix = folder.resolve("x").toString().length() - 1;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(entry.toString().substring(prefix)); // getFileName() takes apart the whole path
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** The names in a folder; none where it is not there, or is no folder. */
  List<String> namesOrNone(Path folder) throws IOException {
    try {
      return names(folder);
    } catch (NoSuchFileException e) {
      refuseLinkToNowhere(folder);
      return List.of();
    } catch (NotDirectoryException e) {
      return List.of();
    }
  }

  /**
   * Tells what is not there from what cannot be reached.
   *
   * @param missing a path that is not there
   * @throws IOException when a symbolic link on the way leads nowhere: a disk that is not mounted,
   *     most likely, and nobody knows what is on it
   */
  static void refuseLinkToNowhere(Path missing) throws IOException {
    for (Path at = missing; at != null; at = at.getParent()) {
      // Not so of a link to itself, behind which there never was anything.
      if (Files.isSymbolicLink(at) && Files.notExists(at)) {
        throw new FileSystemException(
            at.toString(),
            Files.readSymbolicLink(at).toString(),
            "is a symbolic link to what is not there: mount it, or remove the link");
      }
      if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
    }
  }

  /** Up to so many bytes of a file, and one more where it has more. */
  byte[] read(Path file, int most) throws IOException {
    watcher.before(Operation.READ, file);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      byte[] bytes = new byte[Math.min(most + 1, SMALL)];
      int length = fill(in, bytes, 0);
      while (length == bytes.length && length <= most) {
        bytes = Arrays.copyOf(bytes, (int) Math.clamp(in.size() + 1, length + 1L, most + 1L));
        length = fill(in, bytes, length);
      }
      return Arrays.copyOf(bytes, length);
    } catch (IOException e) {
      throw Files.isDirectory(file) ? new IsFolderException(file) : e;
    }
  }

  private static int fill(FileChannel in, byte[] bytes, int from) throws IOException {
    int length = from;
    while (length < bytes.length) {
      int part = Math.min(bytes.length - length, SLICE);
      int read = in.read(ByteBuffer.wrap(bytes, length, part));
      if (read < 0) {
        break;
      }
      length += read;
      if (read < part) {
        break; // of a plain file that is its end
      }
    }
    return length;
  }

  /** What a name is, a link not followed. */
  BasicFileAttributes stat(Path path) throws IOException {
    watcher.before(Operation.STAT, path);
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether a name is there, a link not followed; what cannot be seen is a failure. */
  boolean exists(Path path) throws IOException {
    try {
      stat(path);
      return true;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    } catch (FileSystemException e) {
      if (isBelowAFile(path)) {
        return false;
      }
      throw e;
    }
  }

  /** Java has no name for a stray file where a folder should be. */
  static boolean isBelowAFile(Path path) {
    Path folder = path.getParent();
    while (folder != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    return folder != null && !Files.isDirectory(folder);
  }

  /** Whether a name is that of a folder, a link not followed. */
  boolean isFolder(Path path) throws IOException {
    try {
      return exists(path) && stat(path).isDirectory();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false; // gone between the two
    }
  }

  /** What a file is, whatever its name; a copy of it is another. */
  long inode(Path file) throws IOException {
    watcher.before(Operation.STAT, file);
    return (Long) Files.getAttribute(file, "unix:ino");
  }

  /** {@code rename(2)}: Java's plain move would copy across devices. */
  void rename(Path from, Path to) throws IOException {
    watcher.before(Operation.RENAME, from);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A second name for a file; fails where the name is taken. */
  void link(Path name, Path existing) throws IOException {
    watcher.before(Operation.LINK, name);
    Files.createLink(name, existing);
  }

  /** Removes a name in Winnow's own folder. */
  void unlink(Path path) throws IOException {
    watcher.before(Operation.UNLINK, path);
    Files.delete(path);
  }

  /** Removes a name in Winnow's own folder, if it is there. */
  void unlinkIfThere(Path path) throws IOException {
    if (exists(path)) {
      unlink(path);
    }
  }

  /** Makes a folder and those above it, as far as they are missing. */
  void makeDirectories(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      makeDirectories(StoreLayout.folder(folder));
      try {
        makeDirectory(folder);
      } catch (FileAlreadyExistsException e) {
        // Somebody was faster.
      }
    }
  }

  /** Makes one folder; its parent must be there. */
  void makeDirectory(Path folder) throws IOException {
    watcher.before(Operation.MAKE_DIRECTORY, folder);
    Files.createDirectory(folder);
  }

  /** Makes a file with these bytes, on the disk when this returns; its name is not yet. */
  void create(Path file, byte[] bytes) throws IOException {
    watcher.before(Operation.WRITE, file);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeAndSync(out, bytes, bytes.length);
    }
  }

  /** Gives a file of Winnow's own a time. */
  void setModified(Path file, FileTime time) throws IOException {
    watcher.before(Operation.WRITE, file);
    Files.setLastModifiedTime(file, time);
  }

  /** Replaces a small file as a whole: whoever reads it sees the old bytes or the new ones. */
  void replace(Path file, byte[] bytes) throws IOException {
    replace(file, bytes, bytes.length);
  }

  /** Replaces a file by the first of these bytes. */
  void replace(Path file, byte[] bytes, int length) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    watcher.before(Operation.WRITE, next);
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeAndSync(out, bytes, length);
    }
    rename(next, file);
    sync(StoreLayout.folder(file));
  }

  /** Writes over the beginning of a file that has room for it: needs no space on a full disk. */
  void overwrite(Path file, byte[] bytes) throws IOException {
    watcher.before(Operation.WRITE, file);
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      writeAndSync(out, bytes, bytes.length);
    }
  }

  private void writeAndSync(FileChannel out, byte[] bytes, int length) throws IOException {
    int written = 0;
    while (written < length) {
      written += out.write(ByteBuffer.wrap(bytes, written, Math.min(length - written, SLICE)));
    }
    out.force(true);
  }

  /** Puts the names in a folder on the disk. */
  void sync(Path folder) throws IOException {
    watcher.before(Operation.SYNC, folder);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
