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
   * The registry is read-only for a time.
   *
   * @param status the HTTP status
   * @param message what it said
   */
  record ReadOnly(int status, String message) implements Deleted {}

  /**
   * The guard objected before anything was sent that may have deleted it.
   *
   * @param objection what it said
   */
  record Stopped(String objection) implements Deleted {}

  /**
   * A request was sent that may have deleted it, and no answer says so.
   *
   * @param why what happened instead
   */
  record Unknown(String why) implements Deleted {}
}
