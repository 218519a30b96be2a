package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which volume this is. The file that says so knows its own inode: in a copy of the volume, or what
 * a backup was restored to, it has another, and what earlier passes saw was not seen here.
 *
 * @param id its name
 * @param isNew whether this is the first pass over it
 */
record Instance(String id, boolean isNew) {
  private static final int MOST = 256;

  /** Whether what earlier passes saw was seen here. */
  static boolean isKnownHere(Volume volume, StoreLayout layout) throws IOException {
    return known(volume, layout) != null && isThis(volume, file(layout));
  }

  /** The volume's name; null where it was never collected. */
  static @Nullable String known(Volume volume, StoreLayout layout) throws IOException {
    try {
      return read(volume, file(layout))[0];
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Looks whether this is the volume that the caller thinks.
   *
   * @param expected what the caller was told last time; null: nothing
   * @throws RefusedException when it is another
   */
  static void refuseOther(Volume volume, StoreLayout layout, @Nullable String expected)
      throws IOException {
    Path file = file(layout);
    String known = known(volume, layout);
    boolean isThis = known != null && isThis(volume, file);
    if (expected != null && !(isThis && expected.equals(known))) {
      throw new RefusedException(
          "OtherVolume",
          layout.root()
              + " is "
              + (known == null
                  ? "a volume that was never collected"
                  : isThis ? "the volume " + known : "a copy of the volume " + known)
              + " and not "
              + expected
              + ", which was there last time: is the right volume mounted? If this is what there is"
              + " now, go on without --expect (in a cluster: collect, and set the annotation that the"
              + " Registry's condition names then)");
    }
  }

  /**
   * Reads or makes it.
   *
   * @param expected what the caller was told last time; null: nothing
   * @throws RefusedException when this is another volume than the caller thinks
   */
  static Instance open(Volume volume, StoreLayout layout, @Nullable String expected)
      throws IOException {
    refuseOther(volume, layout, expected);
    Path file = file(layout);
    String known = known(volume, layout);
    boolean isThis = known != null && isThis(volume, file);
    if (known != null && isThis) {
      return new Instance(known, false);
    }
    String id = UUID.randomUUID().toString();
    volume.replace(file, bytes(id));
    // A file that is killed before this line has no inode in it, and is taken for this volume's.
    volume.overwrite(file, bytes(id + " " + volume.inode(file)));
    return new Instance(id, true);
  }

  private static Path file(StoreLayout layout) {
    return layout.own().resolve("instance");
  }

  private static boolean isThis(Volume volume, Path file) throws IOException {
    String[] words = read(volume, file);
    return words.length < 2 || words[1].equals(Long.toString(volume.inode(file)));
  }

  private static String[] read(Volume volume, Path file) throws IOException {
    return new String(volume.read(file, MOST), StandardCharsets.UTF_8).strip().split(" ");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A blob that no repository refers to and that only we leave alone: when it is gone, somebody ran
   * another collector.
   */
  private byte[] canary() {
    return bytes("This blob belongs to Winnow (instance " + id + "): leave it alone.\n");
  }

  Digest canaryDigest() {
    return Digest.sha256(canary());
  }

  /**
   * Looks for the canary, or puts it there.
   *
   * @throws RefusedException when it is gone
   */
  void canary(Volume volume, StoreLayout layout, boolean yes) throws IOException {
    Path data = layout.blob(canaryDigest());
    if (volume.exists(data)) {
      return;
    }
    Path mark = layout.own().resolve("canary");
    if (volume.exists(mark) && !isNew && !yes) {
      throw new RefusedException(
          "ForeignCollector",
          "somebody removed the blob that Winnow keeps to notice other collectors ("
              + layout.root().relativize(data)
              + "): registry garbage-collect or a script ran on this volume. It may have broken"
              + " images: look with winnow verify, end what ran it, then "
              + RefusedException.GO_ON);
    }
    volume.makeDirectories(StoreLayout.folder(data));
    try {
      volume.create(data, canary());
    } catch (FileAlreadyExistsException e) {
      // Just made.
    }
    volume.replace(mark, bytes(canaryDigest().text()));
  }
}
