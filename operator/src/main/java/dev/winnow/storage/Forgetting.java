package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.storage.DescriptorCache.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has registries with a cache in common forget what is in the trash, and finds out when nobody can
 * act any more on having seen it there.
 *
 * <p>A request that looked at the volume before something was taken may write its cache entry long
 * after. So, for each pass's trash: once all such requests are over, forget; once all that may have
 * read the cache before that are over as well, forget again. If nothing was there by then, nobody
 * knows of it any more. What was there starts this anew.
 */
final class Forgetting {
  private static final int MOST_ASKED = 100_000;

  private final Volume volume;
  private final StoreLayout layout;
  private final CollectOptions options;
  private final InstantSource clock;
  private final @Nullable DescriptorCache cache;
  private final Map<Path, Instant> proven = new HashMap<>();

  /**
   * @param cache null: the registries have none in common, and there is nothing to do
   */
  Forgetting(
      Volume volume,
      StoreLayout layout,
      CollectOptions options,
      InstantSource clock,
      @Nullable DescriptorCache cache) {
    this.volume = volume;
    this.layout = layout;
    this.options = options;
    this.clock = clock;
    this.cache = cache;
  }

  /**
   * Before a mark: forgets all that is in the trash, and all that was purged lately.
   *
   * @throws IOException when the cache does not say that it is done: nothing may be taken or purged
   */
  void begin(Trash trash) throws IOException {
    if (cache == null) {
      return;
    }
    cache.forget(Tombstones.read(volume, layout, clock.instant()).entries());
    for (TrashFolder folder : trash.folders()) {
      advance(folder, cache.forget(entries(trash, folder)));
    }
  }

  private void advance(TrashFolder folder, long there) throws IOException {
    Instant now = clock.instant();
    Instant taken = folder.taken(volume);
    if (taken == null || now.isBefore(Epoch.lookedBefore(options, taken))) {
      return;
    }
    Instant forgotten = folder.forgotten(volume);
    if (forgotten == null || there > 0) {
      folder.forgotten(volume, now);
    } else if (!now.isBefore(Epoch.drained(options, forgotten))) {
      proven.put(folder.path(), now);
    }
  }

  /**
   * Whether the cache is the store's own, as far as can be told: it remembers something of it. One
   * that was emptied does not, and does again once an image was pulled.
   *
   * @throws IOException when it seems to be another's: what it says proves nothing
   */
  void refuseAnothers(Mark mark) throws IOException {
    if (cache == null || options.yes()) {
      return;
    }
    List<Digest> some = mark.blobs().marked(MOST_ASKED);
    if (!some.isEmpty() && !cache.knowsAny(some)) {
      throw new IOException(
          cache
              + " remembers none of "
              + some.size()
              + " blobs of this store: is it the one, and the database, that the registry uses?"
              + " Pull an image through the registry and collect again; on the command line, if it"
              + " was emptied, --yes goes on without");
    }
  }

  /** Right after a pass took something: the sooner, the fewer pushes fail or break. */
  void taken(Trash trash, TrashFolder folder) throws IOException {
    if (cache != null) {
      cache.forget(entries(trash, folder));
    }
  }

  /** Right before a pass's trash is purged; whether nobody had remembered it since. */
  boolean isForgotten(Trash trash, TrashFolder folder) throws IOException {
    if (cache == null) {
      return true;
    }
    List<Entry> entries = entries(trash, folder);
    long there = cache.forget(entries);
    if (there > 0 && options.online()) {
      folder.forgotten(volume, clock.instant());
      return false;
    }
    Tombstones.read(volume, layout, clock.instant()).add(entries, clock.instant());
    return true;
  }

  /** When the epoch of a pass's trash ended; empty while nothing proves it. */
  Optional<Instant> epoch(TrashFolder folder, Instant taken) {
    return options.offline() || options.cache() != Cache.REDIS
        ? Epoch.end(options, taken)
        : Optional.ofNullable(proven.get(folder.path()));
  }

  /** When it may end at the earliest; empty where that is not a matter of time. */
  Optional<Instant> earliest(TrashFolder folder, Instant taken) throws IOException {
    Optional<Instant> epoch = epoch(folder, taken);
    if (epoch.isPresent() || options.cache() != Cache.REDIS) {
      return epoch;
    }
    Instant forgotten = folder.forgotten(volume);
    return Optional.of(
        Epoch.drained(options, forgotten == null ? Epoch.lookedBefore(options, taken) : forgotten));
  }

  /**
   * All by which a registry may remember what one pass took. What was pushed again since is
   * remembered rightly.
   */
  private List<Entry> entries(Trash trash, TrashFolder folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Trash.Item item : trash.items(folder)) {
      if (!volume.exists(item.home(layout))) {
        switch (item) {
          case Trash.Blob blob -> entries.add(Entry.data(blob.digest()));
          case Trash.Revision link -> entries.add(new Entry(link.repository(), link.digest()));
          case Trash.Layer link -> entries.add(new Entry(link.repository(), link.digest()));
          default -> {} // nobody remembers tags or uploads
        }
      }
    }
    for (Digest probe : folder.probes(volume)) {
      entries.add(Entry.data(probe));
      entries.add(new Entry(ProbeRepository.NAME, probe));
    }
    for (Map.Entry<Digest, Digest> alias : folder.aliases(volume).entrySet()) {
      if (!volume.exists(layout.blob(alias.getValue()))) {
        entries.add(Entry.data(alias.getKey()));
      }
    }
    return entries;
  }
}
