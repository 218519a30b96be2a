package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;

/**
 * Space that a pass gives up when there is no other: on a full disk, too, it can make the folders
 * of the trash and write down what it does.
 */
final class Ballast {
  private static final int SIZE = 4 << 20;
  private static final long ENOUGH = 4L * SIZE;

  private final Volume volume;
  private final Path root;
  private final Path file;

  Ballast(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.root = layout.root();
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

  /**
   * Takes it while there is plenty; what is random takes its space on any file system.
   *
   * @return why it could not
   */
  Optional<String> take() {
    try {
      if (!volume.exists(file) && usable() > ENOUGH) {
        byte[] bytes = new byte[SIZE];
        new Random().nextBytes(bytes);
        volume.replace(file, bytes);
      }
    } catch (IOException e) {
      return Optional.of("no space could be put aside for a full disk: " + Reasons.text(e));
    }
    return Optional.empty();
  }

  private long usable() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }
}
