package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.ManifestParser;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/** Reads manifests of a store, through to the trash. */
final class ManifestReader {
  /** What is known of a manifest. */
  sealed interface Read {}

  /** It is whole. */
  record Whole(References references) implements Read {}

  /** There is no data of it, neither in place nor in the trash. */
  record Absent() implements Read {}

  /** Its data is not what its digest says, or nobody can make sense of it. */
  record Senseless(String why) implements Read {}

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final BlobTable blobs;
  private final ManifestCache cache;

  /**
   * @param blobs data that is in place
   */
  ManifestReader(
      Volume volume, StoreLayout layout, Trash trash, BlobTable blobs, ManifestCache cache) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.blobs = blobs;
    this.cache = cache;
  }

  Read read(Digest digest) throws IOException {
    BlobTable.Data there = digest.algorithm().equals("sha256") ? blobs.data(digest) : null;
    if (there == null) {
      return readNow(digest);
    }
    References known = cache.get(digest, there);
    if (known != null) {
      return new Whole(known);
    }
    Read read = readNow(digest);
    if (read instanceof Whole(References references)) {
      cache.put(digest, there, references);
    }
    return read;
  }

  private Read readNow(Digest digest) throws IOException {
    byte[] bytes;
    try {
      bytes = volume.read(layout.blob(digest), Restorer.COPIED);
    } catch (Volume.IsFolderException e) {
      return new Absent();
    } catch (NoSuchFileException | NotDirectoryException e) {
      List<Trash.Blob> copies = trash.blobs(digest);
      if (copies.isEmpty()) {
        return new Absent();
      }
      bytes = volume.read(Restorer.best(copies).path(), Restorer.COPIED);
    }
    return parse(digest, bytes);
  }

  private static Read parse(Digest digest, byte[] bytes) {
    if (!digest.ofSameAlgorithm(bytes).equals(digest)) {
      return new Senseless(bytes.length == 0 ? "is empty" : "is not what its digest says");
    }
    try {
      return new Whole(References.of(ManifestParser.parse(bytes)));
    } catch (InvalidManifestException e) {
      return new Senseless(String.valueOf(e.getMessage()));
    }
  }
}
