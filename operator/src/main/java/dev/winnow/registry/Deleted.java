package dev.winnow.registry;

/** What became of a delete. */
public sealed interface Deleted {
  /** The registry deleted it, by this request or by an attempt whose answer was lost. */
  record Done() implements Deleted {}

  /** It was not there any more. */
  record AlreadyGone() implements Deleted {}

  /**
   * The registry would not.
   *
   * @param status the HTTP status
   * @param message what it said
   */
  record Refused(int status, String message) implements Deleted {}

  /**
   * The guard objected.
   *
   * @param objection what it said
   * @param outcomeUnknown whether an earlier attempt was sent that may have deleted it
   */
  record Stopped(String objection, boolean outcomeUnknown) implements Deleted {}
}
