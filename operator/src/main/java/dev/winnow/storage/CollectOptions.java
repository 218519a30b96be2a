package dev.winnow.storage;

import dev.winnow.oci.Digest;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What only the caller of a pass can know.
 *
 * @param dryRun change nothing
 * @param untagged the age without a tag from which manifests may go; null: never
 * @param grace nothing younger may go
 * @param hold how long what was taken can be brought back
 * @param offline no process writes to the store, or all of it is read-only, until {@code until}
 * @param takeOnly purge and tidy nothing
 * @param until nothing is renamed or unlinked from then on; null: no such time
 * @param cache what the writers remember
 * @param writersSince every process that can write now started at or after this; null: not known
 * @param drained every process was seen then or later to work on no request; null: not known
 * @param expect the volume's instance as it was last reported; null: any
 * @param inUse digests that are roots
 * @param untag tags to delete, each as long as it has its digest; null: there is no list
 * @param probe whether to find out by a blob of our own what registries remember; somebody has to
 *     ask them for it
 * @param yes a person has looked at what is odd about this store, and says to go on
 * @param timing how long things take that cannot be seen
 */
@RecordBuilder
public record CollectOptions(
    boolean dryRun,
    @Nullable Duration untagged,
    Duration grace,
    Duration hold,
    boolean offline,
    boolean takeOnly,
    @Nullable Instant until,
    Cache cache,
    @Nullable Instant writersSince,
    @Nullable Instant drained,
    @Nullable String expect,
    Set<Digest> inUse,
    @Nullable List<Untag> untag,
    boolean probe,
    boolean yes,
    Timing timing) {

  /**
   * A tag to delete, as long as it has this digest and was not pushed since.
   *
   * @param at when that was decided; null: not known
   */
  public record Untag(String repository, String tag, Digest digest, @Nullable Instant at) {
    /** As far as the clock of a volume may be from that of whoever decided. */
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    /** Whether a tag that was pushed then may have been pushed after the decision. */
    public boolean isBefore(Instant pushed) {
      return at != null
          && (pushed.isAfter(at) || Duration.between(pushed, at).compareTo(CLOCKS) < 0);
    }
  }

  /** Tags to delete. */
  List<Untag> untags() {
    return untag == null ? List.of() : untag;
  }

  /** Offline: nobody's memory counts, and nobody has to be waited for. */
  boolean online() {
    return !offline;
  }
}
