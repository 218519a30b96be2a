package dev.winnow.storage;

import java.io.IOException;

/** A pass that does not begin, or goes no further, for a reason that a person has to look at. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Where a person says that it was looked at, behind what the command line takes for that. */
  static final String IN_A_CLUSTER =
      " (in a cluster: by the annotation that the Registry's condition names)";

  /** The next step of what {@code --yes} lifts. */
  static final String GO_ON = "go on with --yes" + IN_A_CLUSTER;

  private final String reason;

  /**
   * Says what was found and what to do.
   *
   * @param reason the same in a word; others rely on it
   */
  public RefusedException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What was found, in a word. */
  public String reason() {
    return reason;
  }
}
