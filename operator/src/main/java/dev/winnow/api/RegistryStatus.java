package dev.winnow.api;

import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a {@link Registry}.
 *
 * @param observedGeneration the generation that this was found for
 * @param conditions Ready; Reconciling and Stalled while they hold; Deletable once a run applied;
 *     Collectable and SpaceHeldBack where it has storage
 * @param deletesBy whether the registry deletes single tags or whole digests, as the probe found
 * @param repositories how many repositories the last run saw
 * @param tags how many tags the last run found, less those that it deleted
 * @param size how much the last collection found on the volume, for people
 * @param held how much of that nothing needs and is not free yet, and why, for people
 * @param lastCollection when the last collection ended, for people
 * @param collections what is remembered between collections
 * @param writers the containers that write to its volume, for as long as they may
 */
@RecordBuilder
public record RegistryStatus(
    @Nullable Long observedGeneration,
    @Size(max = 16) List<Condition> conditions,
    @Nullable DeletesBy deletesBy,
    @Nullable Integer repositories,
    @Nullable Integer tags,
    @Nullable String size,
    @Nullable String held,
    @Nullable String lastCollection,
    @Nullable Collections collections,
    @Nullable SeenWriters writers) {

  /** Nothing is known of collections. */
  public static final Collections NO_COLLECTIONS =
      RegistryStatusCollectionsBuilder.builder().build();

  /**
   * What is remembered between collections, also when they are gone from the history.
   *
   * @param last name of the last collection that ended
   * @param lastTime when that ended
   * @param lastSuccessTime when the last one ended that did all that it should
   * @param next when the next one is due, for people
   * @param nextTime when the next one is due
   * @param lastScheduleTime the last time of the schedule that was handled, or from when on it
   *     counts since the Registry has changed
   * @param lastHandledRequest the last value of winnow.dev/requested-at that was handled
   * @param instance which volume it was; another one is refused
   * @param halt what a person has to look at before anything is collected again
   * @param resumed the last thing that a person let it go on from
   */
  @RecordBuilder
  public record Collections(
      @Nullable String last,
      @Nullable Instant lastTime,
      @Nullable Instant lastSuccessTime,
      @Nullable String next,
      @Nullable Instant nextTime,
      @Nullable Instant lastScheduleTime,
      @Nullable String lastHandledRequest,
      @Nullable String instance,
      @Nullable Halt halt,
      @Nullable Resumed resumed) {}

  /**
   * @param reason in a word
   * @param message for people, with the next step
   * @param collection the collection that found it
   * @param damage the pass that found damage; absent where it is something else
   */
  public record Halt(
      String reason, String message, @Nullable String collection, @Nullable String damage) {}

  /**
   * @param value of the annotation winnow.dev/resume
   * @param reason what it was halted by
   * @param damage the last pass whose damage is known by then
   * @param used whether a collection has begun by it
   */
  public record Resumed(
      String value, String reason, @Nullable String damage, @Nullable Boolean used) {}

  /** What a DELETE names. */
  public enum DeletesBy {
    Tag,
    Digest
  }

  /** Nothing is known. */
  public static final RegistryStatus NONE = RegistryStatusBuilder.builder().build();

  /** The same, with other writers. */
  public RegistryStatus by(@Nullable SeenWriters seen) {
    return RegistryStatusBuilder.builder(this).writers(seen).build();
  }

  @SuppressWarnings("ConstantValue")
  public RegistryStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
