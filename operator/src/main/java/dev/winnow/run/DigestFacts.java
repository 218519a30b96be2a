package dev.winnow.run;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ImageConfig;
import dev.winnow.oci.InvalidManifestException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a digest, read once in a run, and with a cache on disk once and for all: the
 * manifests below an index, and configs. Shared by all repositories of a run; bounded.
 */
public final class DigestFacts {
  private static final int IN_MEMORY = 20_000;

  private final @Nullable FactsCache disk;
  private final Memo<ImageSource.Fetched> manifests = new Memo<>();
  private final Memo<ImageConfig> configs = new Memo<>();

  DigestFacts(@Nullable FactsCache disk) {
    this.disk = disk;
  }

  /** The manifest; empty when the repository does not have it, which is not remembered. */
  Optional<ImageSource.Fetched> manifest(String repository, Digest digest, ImageSource source)
      throws IOException {
    return manifests.get(
        digest,
        () -> {
          Optional<byte[]> cached = disk == null ? Optional.empty() : disk.get(digest);
          if (cached.isPresent()) {
            return cached.map(bytes -> new ImageSource.Fetched(digest, bytes));
          }
          Optional<ImageSource.Fetched> found = source.manifest(repository, digest.text());
          if (disk != null && found.isPresent()) {
            disk.put(digest, found.get().bytes());
          }
          return found;
        });
  }

  /**
   * The config.
   *
   * @throws IOException also when it is not there or cannot be understood
   */
  ImageConfig config(String repository, Digest digest, ImageSource source) throws IOException {
    return configs
        .get(digest, () -> Optional.of(readConfig(repository, digest, source)))
        .orElseThrow();
  }

  private ImageConfig readConfig(String repository, Digest digest, ImageSource source)
      throws IOException {
    Optional<byte[]> bytes = disk == null ? Optional.empty() : disk.get(digest);
    boolean cached = bytes.isPresent();
    if (!cached) {
      bytes = source.config(repository, digest);
    }
    try {
      ImageConfig config =
          ImageConfig.parse(
              bytes.orElseThrow(
                  () -> new IOException("config " + digest + " of an image is not there")));
      if (disk != null && !cached) {
        disk.put(digest, config.toJson());
      }
      return config;
    } catch (InvalidManifestException e) {
      throw new IOException("config " + digest + ": " + e.getMessage(), e);
    }
  }

  private interface Reading<V> {
    Optional<V> read() throws IOException;
  }

  /** Values by digest; of several that ask for one at the same time one reads. */
  private static final class Memo<V> {
    private final Map<Digest, V> known =
        new LinkedHashMap<>(64, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Digest, V> eldest) {
            return size() > IN_MEMORY;
          }
        };
    private final Map<Digest, CompletableFuture<Void>> reading = new ConcurrentHashMap<>();

    Optional<V> get(Digest digest, Reading<V> read) throws IOException {
      while (true) {
        V value = lookUp(digest);
        if (value != null) {
          return Optional.of(value);
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> theirs = reading.putIfAbsent(digest, mine);
        if (theirs != null) {
          theirs.join();
          continue; // there now, or ours to try
        }
        try {
          Optional<V> found = read.read();
          found.ifPresent(v -> remember(digest, v));
          return found;
        } finally {
          reading.remove(digest);
          mine.complete(null);
        }
      }
    }

    private @Nullable V lookUp(Digest digest) {
      synchronized (known) {
        return known.get(digest);
      }
    }

    private void remember(Digest digest, V value) {
      synchronized (known) {
        known.put(digest, value);
      }
    }
  }
}
