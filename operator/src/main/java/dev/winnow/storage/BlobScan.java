package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.parallel.Parallel;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Finds the data of a store. */
final class BlobScan {
  private final Volume volume;
  private final StoreLayout layout;
  private final BlobTable table;
  private final ConcurrentLinkedQueue<String> remarks = new ConcurrentLinkedQueue<>();

  BlobScan(Volume volume, StoreLayout layout, BlobTable table) {
    this.volume = volume;
    this.layout = layout;
    this.table = table;
  }

  /**
   * Fills the table.
   *
   * @throws IOException when a folder or a file's attributes cannot be read
   */
  void scan(int workers) throws IOException {
    for (String algorithm : volume.namesOrNone(layout.blobs())) {
      Path folder = layout.blobs().resolve(algorithm);
      if (algorithm.equals("sha256")) {
        List<String> shards = volume.names(folder).stream().sorted().toList();
        Parallel.map(shards, workers, shard -> scanShard(folder.resolve(shard), shard));
      } else {
        remark(folder, "is not where distribution stores data; left alone");
      }
    }
  }

  List<String> remarks() {
    return List.copyOf(remarks);
  }

  private void remark(Path path, String what) {
    remarks.add(layout.root().relativize(path) + " " + what);
  }

  private Object scanShard(Path shard, String name) throws IOException {
    for (String hex : volume.namesOrNone(shard)) {
      Optional<Digest> digest = Digest.parse("sha256:" + hex);
      if (digest.isEmpty() || !hex.startsWith(name)) {
        remark(shard.resolve(hex), "is no blob; left alone");
        continue;
      }
      Path data = shard.resolve(hex + "/data");
      try {
        BasicFileAttributes attributes = volume.stat(data);
        if (attributes.isRegularFile()) {
          table.add(hex, attributes.lastModifiedTime().to(TimeUnit.SECONDS), attributes.size());
        } else {
          // What it leads to is not ours to move: as if it were needed.
          table.add(hex, attributes.lastModifiedTime().to(TimeUnit.SECONDS), 0);
          table.mark(digest.get(), true);
          remark(data, "is no plain file; left alone");
        }
      } catch (NoSuchFileException e) {
        Volume.refuseLinkToNowhere(data); // else an empty folder, as a collection leaves it
      } catch (NotDirectoryException e) {
        // A stray file.
      }
    }
    return name;
  }
}
