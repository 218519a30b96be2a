package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryChecks;
import dev.winnow.api.Storage;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.schedule.ScheduleCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out whether the storage of a Registry can be collected, by what the Registries say. */
final class CollectionCheck {
  private final World world;

  CollectionCheck(World world) {
    this.world = world;
  }

  /** What came of it. */
  sealed interface Verdict {
    /** It can be. */
    record Ready(
        RegistryResource registry,
        Registry.Spec spec,
        Storage storage,
        GarbageCollectionSettings settings,
        String hostPort)
        implements Verdict {}

    /**
     * It cannot be, before somebody changes something.
     *
     * @param reason in a word
     * @param message for people
     */
    record No(String reason, String message) implements Verdict {}
  }

  Verdict check(RegistryResource registry) {
    Registry.Spec spec = Specs.of(registry).orElse(null);
    if (spec == null) {
      return new Verdict.No("Invalid", Specs.problem(registry));
    }
    List<Problem> problems = problems(spec);
    if (!problems.isEmpty()) {
      return new Verdict.No("Invalid", PolicyCheck.text(problems));
    }
    if (spec.storage() == null) {
      return new Verdict.No(
          "StorageMissing",
          "spec.storage: the field is missing; name the PersistentVolumeClaim with the registry's"
              + " data in spec.storage.claimName");
    }
    Optional<RegistryResource> first = Duplicates.earlier(registry, world);
    if (first.isPresent()) {
      return new Verdict.No("DuplicateRegistry", Duplicates.message(World.key(first.get())));
    }
    Optional<RegistryResource> other = sharing(registry, spec.storage());
    if (other.isPresent()) {
      return new Verdict.No(
          "ClaimShared",
          "spec.storage.claimName: Registry "
              + other.get().getMetadata().getName()
              + " has the same claim, and was there first; each volume is collected for one"
              + " Registry");
    }
    return new Verdict.Ready(
        registry,
        spec,
        spec.storage(),
        Objects.requireNonNullElse(spec.garbageCollection(), GarbageCollectionSettings.DEFAULT),
        Specs.hostPort(spec));
  }

  /** What is wrong with a Registry by itself, its schedule included. */
  static List<Problem> problems(Registry.Spec spec) {
    List<Problem> problems = new ArrayList<>(RegistryChecks.check(spec));
    @Nullable GarbageCollectionSettings settings = spec.garbageCollection();
    if (settings != null) {
      ScheduleCheck.of("spec.garbageCollection.schedule", settings.schedule())
          .ifPresent(problems::add);
    }
    return problems;
  }

  private Optional<RegistryResource> sharing(RegistryResource registry, Storage storage) {
    return world
        .registries
        .all()
        .filter(other ->
            other.getMetadata().getNamespace().equals(registry.getMetadata().getNamespace()))
        .filter(other ->
            Specs.of(other)
                .map(Registry.Spec::storage)
                .filter(its -> its.claimName().equals(storage.claimName()))
                .isPresent())
        .filter(other -> Duplicates.AGE.compare(other, registry) < 0)
        .min(Duplicates.AGE);
  }
}
