package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Registry;
import java.util.Optional;

/** Registries of which a collection deletes the tags, on the volume, and not a run over the API. */
final class DeletionByVolume {
  private DeletionByVolume() {}

  static boolean isAskedFor(Registry.Spec registry) {
    return registry.deletion() == Registry.Deletion.Volume;
  }

  /** What is missing for it: else nothing would ever be deleted. */
  static Optional<PolicyVerdict.Waiting> lack(Registry.Spec registry) {
    if (!isAskedFor(registry)) {
      return Optional.empty();
    }
    if (registry.storage() == null) {
      return Optional.of(
          new PolicyVerdict.Waiting(
              "StorageMissing",
              "spec.deletion: Volume needs the volume; name its claim in spec.storage.claimName, or"
                  + " write deletion: Api"));
    }
    GarbageCollectionSettings collection = registry.garbageCollection();
    return collection != null && collection.schedule() != null
        ? Optional.empty()
        : Optional.of(
            new PolicyVerdict.Waiting(
                "ScheduleMissing",
                "spec.deletion: Volume leaves deletions to the next collection, and none is"
                    + " scheduled; set spec.garbageCollection.schedule, or write deletion: Api"));
  }
}
