package dev.winnow.storage;

import dev.winnow.storage.CollectionReport.Held;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Counts what is in the trash, and says what it waits for. */
final class HeldItems {
  private HeldItems() {}

  static Held of(Volume volume, Trash trash, CollectOptions options, Forgetting forgetting)
      throws IOException {
    long blobs = 0;
    long bytes = 0;
    Instant earliest = null;
    boolean isUnproven = false;
    for (TrashFolder folder : trash.folders()) {
      for (Trash.Item item : trash.items(folder)) {
        if (item instanceof Trash.Blob blob) {
          blobs++;
          bytes += blob.size();
        }
      }
      Instant taken = folder.taken(volume);
      Optional<Instant> epoch =
          taken == null ? Optional.empty() : forgetting.earliest(folder, taken);
      if (taken == null || epoch.isEmpty()) {
        isUnproven = true;
      } else {
        Instant free = later(taken.plus(options.hold()), epoch.get());
        earliest = earliest == null || free.isBefore(earliest) ? free : earliest;
      }
    }
    if (blobs == 0) {
      return Held.NOTHING;
    }
    return new Held(blobs, bytes, earliest, isUnproven ? "RegistryNotRestarted" : "Hold");
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
