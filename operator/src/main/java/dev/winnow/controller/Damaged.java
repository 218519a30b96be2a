package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus.Damage;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.RegistryStatus;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What tags need and the volume does not have. What was so before the first collection is told and
 * stops nothing: no collection did it, and it loses nothing more by the next.
 *
 * @param since the pass that found the latest of it; null where all was there before
 * @param message how much, and what to do
 */
record Damaged(@Nullable String since, String message) {
  /** The condition, and the reason for which nothing is collected. */
  static final String REASON = "Damaged";

  /** What a collection found. */
  static Optional<Damaged> of(@Nullable Result result) {
    Damage found = result == null ? null : result.damaged();
    return found == null || found.count() == 0
        ? Optional.empty()
        : Optional.of(new Damaged(found.since(), message(found)));
  }

  private static String message(Damage found) {
    long before =
        found.since() == null ? found.count() : Objects.requireNonNullElse(found.before(), 0L);
    String when =
        found.since() == null
            ? ", as before the first collection"
            : before == 0 ? "" : ", " + before + " of them since before the first collection";
    return found.count()
        + " things that tags need are not on the volume"
        + when
        + ": "
        + String.join("; ", found.first())
        + "; push these images again, or look with winnow restore whether it is in the trash";
  }

  /** Whether some of it was found after what a person let the collections go on from. */
  boolean isAfter(RegistryStatus.@Nullable Resumed resumed) {
    String known = resumed == null ? null : resumed.damage();
    // Passes are called by the time of their start.
    return since != null && (known == null || since.compareTo(known) > 0);
  }

  /** Of the condition. */
  String reason(RegistryCollections.Look collected) {
    return since == null
        ? "BeforeFirstCollection"
        : isAfter(collected.memory().resumed()) ? "Found" : "Acknowledged";
  }
}
