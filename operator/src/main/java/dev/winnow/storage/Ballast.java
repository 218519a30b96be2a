package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Space that a pass gives up when there is no other: on a full disk, too, it can make the folders
 * of the trash and write down what it does.
 */
final class Ballast {
  private static final int SIZE = 4 << 20;
  private static final long ENOUGH = 32L * SIZE;

  private final Volume volume;
  private final Path file;

  Ballast(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.file = layout.own().resolve("ballast");
  }

  /**
   * Gives it up where it may be needed.
   *
   * @return whether the disk is full
   */
  boolean drop() throws IOException {
    if (usable() >= SIZE) {
      return false;
    }
    volume.unlinkIfThere(file);
    return true;
  }

  /** Takes it while there is plenty; what is random takes its space on any file system. */
  void take() throws IOException {
    if (!volume.exists(file) && usable() > ENOUGH) {
      byte[] bytes = new byte[SIZE];
      new Random().nextBytes(bytes);
      volume.replace(file, bytes);
    }
  }

  private long usable() throws IOException {
    return Files.getFileStore(StoreLayout.folder(file)).getUsableSpace();
  }
}
