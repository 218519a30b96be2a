package dev.winnow.collect;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the operator runs the collector.
 *
 * @param image the collector's image; absent: that of the operator's own pod
 * @param pod namespace and name of the operator's own pod; absent where it runs outside of the
 *     cluster
 * @param fastTime times of a test
 */
public record CollectorSettings(
    Optional<String> image, Optional<OwnPod> pod, Optional<FastTime> fastTime) {
  /** Nothing is known: no collection can begin. */
  public static final CollectorSettings NONE =
      new CollectorSettings(Optional.empty(), Optional.empty(), Optional.empty());

  /** The pod that the operator runs in. */
  public record OwnPod(String namespace, String name) {}

  /** Times of a test, in place of the Registry's; null: as the Registry says. */
  public record FastTime(
      @Nullable String grace,
      @Nullable String hold,
      @Nullable String untagged,
      @Nullable String maxReadOnly) {}
}
