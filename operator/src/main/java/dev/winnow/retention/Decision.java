package dev.winnow.retention;

import dev.winnow.oci.Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to one tag, and why.
 *
 * @param tag the tag
 * @param digest what the tag points to; null when it was not read
 * @param action what happens to it: what the reason says, or {@link Action#Skip} for an {@link
 *     Reason#Expired} tag that waits for the next run because the plan is full
 * @param reason why
 * @param rule name of the deciding rule, of several the least; for {@link Reason#KeptByPolicy}
 *     {@code policy/rule}, or the policy alone when its {@code protect} decides; null where no rule
 *     decides
 * @param pushed when the tag was pushed; null when unknown
 * @param created when the image was built; null when unknown or not read
 * @param bytes size of the whole image; null when not read
 * @param after for {@link Reason#WithSubject}: the tags that must be gone before this one goes
 */
public record Decision(
    String tag,
    @Nullable Digest digest,
    Action action,
    Reason reason,
    @Nullable String rule,
    @Nullable Instant pushed,
    @Nullable Instant created,
    @Nullable Long bytes,
    List<String> after) {

  /** Copies the list. */
  public Decision {
    after = List.copyOf(after);
  }

  /** The same tag with another reason. */
  public Decision withReason(Reason other) {
    return new Decision(tag, digest, other.action(), other, rule, pushed, created, bytes, after);
  }

  /** The same tag, passed over for the same reason. */
  public Decision skipped() {
    return new Decision(tag, digest, Action.Skip, reason, rule, pushed, created, bytes, after);
  }
}
