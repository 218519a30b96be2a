package dev.winnow.run;

import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What became of a planned deletion.
 *
 * @param outcome what happened
 * @param reason why the tag was passed over; null when it was deleted, or was never tried
 * @param message what the registry said, or why nothing was tried; null when there is nothing to
 *     add
 */
public record Applied(Result outcome, @Nullable Reason reason, @Nullable String message) {

  /** What happened. */
  public enum Result {
    Deleted,
    Skipped,
    Failed
  }

  /** The decision as a result has it: what stays is skipped, with the reason of now. */
  public Decision of(Decision planned) {
    if (reason != null) {
      return planned.withReason(reason);
    }
    return outcome == Result.Deleted ? planned : planned.skipped();
  }

  /** The tag is gone. */
  public static final Applied DELETED = new Applied(Result.Deleted, null, null);

  /** The tag was passed over. */
  public static Applied skipped(Reason reason) {
    return new Applied(Result.Skipped, reason, null);
  }

  /** The registry did not delete it. */
  public static Applied failed(String message) {
    return new Applied(Result.Failed, Reason.Refused, message);
  }

  /** Nothing was sent. */
  public static Applied notTried(String why) {
    return new Applied(Result.Skipped, null, why);
  }
}
