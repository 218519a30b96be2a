package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a {@code link} file says. Distribution writes the digest and nothing else; 2.8 and 3.0 write
 * in place, so that a reader, or a crash, may leave it empty.
 */
sealed interface LinkFile {
  /** The digest, as it should be. */
  record To(Digest digest) implements LinkFile {}

  /** The digest with space around it: a registry answers 500 to whoever asks for it. */
  record Loosely(Digest digest) implements LinkFile {}

  /** Something else, or nothing at all. */
  record Unreadable(String what) implements LinkFile {}

  /** There is no such file. */
  record Missing() implements LinkFile {}

  int MOST = 512;

  /**
   * Reads one.
   *
   * @throws IOException when it is there and cannot be read
   */
  static LinkFile read(Volume volume, Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = volume.read(file, MOST);
    } catch (NoSuchFileException e) {
      Volume.refuseLinkToNowhere(file);
      return new Missing();
    } catch (Volume.IsFolderException e) {
      return new Unreadable("is a folder");
    } catch (FileSystemException e) {
      if (Volume.isBelowAFile(file)) {
        return new Missing();
      }
      throw e;
    }
    return parse(bytes);
  }

  private static LinkFile parse(byte[] bytes) {
    if (bytes.length == 0) {
      return new Unreadable("is empty");
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Optional<Digest> exact = Digest.parse(text);
    if (exact.isPresent()) {
      return new To(exact.get());
    }
    return Digest.parse(text.strip())
        .<LinkFile>map(Loosely::new)
        .orElseGet(() -> new Unreadable("is no digest"));
  }

  /** The digest, however it is written. */
  default Optional<Digest> said() {
    // By hand: the first use of a switch over types takes longer than reading a thousand links.
    return this instanceof To(Digest digest)
        ? Optional.of(digest)
        : this instanceof Loosely(Digest loose) ? Optional.of(loose) : Optional.empty();
  }
}
