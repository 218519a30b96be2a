package dev.winnow.api;

import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a {@link Registry}.
 *
 * @param observedGeneration the generation that this was found for
 * @param conditions Ready; Reconciling and Stalled while they hold; Deletable once a run applied
 * @param deletesBy whether the registry deletes single tags or whole digests, as the probe found
 * @param repositories how many repositories the last run saw
 * @param tags how many tags the last run saw
 * @param size how much the last collection found on the volume, for people
 * @param held how much is in the trash, for people
 * @param lastCollection when the last collection ended, for people
 */
public record RegistryStatus(
    @Nullable Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    @Nullable DeletesBy deletesBy,
    @Nullable Integer repositories,
    @Nullable Integer tags,
    @Nullable String size,
    @Nullable String held,
    @Nullable String lastCollection) {

  /** What a DELETE names. */
  public enum DeletesBy {
    Tag,
    Digest
  }

  @SuppressWarnings("ConstantValue")
  public RegistryStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
