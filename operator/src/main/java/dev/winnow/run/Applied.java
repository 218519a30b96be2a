package dev.winnow.run;

import dev.winnow.registry.RegistryException;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What became of a planned deletion.
 *
 * @param outcome what happened
 * @param reason why the tag was passed over; null when it was deleted, or was never tried
 * @param message what the registry said, or why nothing was tried; null when there is nothing to
 *     add
 * @param later whether it may go when it is tried again
 */
public record Applied(
    Result outcome, @Nullable Reason reason, @Nullable String message, Later later) {

  public Applied(Result outcome, @Nullable Reason reason, @Nullable String message) {
    this(outcome, reason, message, Later.No);
  }

  /** What trying again later can come to. */
  public enum Later {
    /** Nothing else. */
    No,
    /** What stood against it may pass by itself. */
    MayGo,
    /** The same; and if it is gone then, it was deleted now: only the answer was lost. */
    MayBeGone
  }

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

  /** It did not come to a deletion, or to an answer. */
  static Applied failed(IOException why) {
    boolean mayPass = why instanceof RegistryException fault && fault.kind().mayPass();
    return failed(Applier.text(why), mayPass ? Later.MayGo : Later.No);
  }

  /** The registry did not delete it now. */
  static Applied failed(String message, Later later) {
    return new Applied(Result.Failed, Reason.Refused, message, later);
  }

  /** Nothing was sent. */
  public static Applied notTried(String why) {
    return new Applied(Result.Skipped, null, why);
  }
}
