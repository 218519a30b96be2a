package dev.winnow.api;

import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One collection of a {@link Registry}'s volume. */
public final class GarbageCollection {
  private GarbageCollection() {}

  /**
   * @param registryRef the registry, in the same namespace; cannot be changed
   * @param dryRun only say what a collection would do; cannot be changed
   * @param mode whether the registry takes pushes meanwhile; absent: as the Registry says; cannot
   *     be changed
   */
  @ValidationRule(
      value = "self.registryRef == oldSelf.registryRef",
      message = "registryRef cannot be changed; create another collection",
      fieldPath = ".registryRef")
  @ValidationRule(
      value =
          "has(self.dryRun) == has(oldSelf.dryRun) && (!has(self.dryRun) || self.dryRun =="
              + " oldSelf.dryRun)",
      message = "dryRun cannot be changed; create another collection",
      fieldPath = ".dryRun")
  @ValidationRule(
      value =
          "has(self.mode) == has(oldSelf.mode) && (!has(self.mode) || self.mode == oldSelf.mode)",
      message = "mode cannot be changed; create another collection",
      fieldPath = ".mode")
  public record Spec(
      @Required Registry.NameRef registryRef,
      @Nullable Boolean dryRun,
      GarbageCollectionSettings.@Nullable Mode mode) {}
}
