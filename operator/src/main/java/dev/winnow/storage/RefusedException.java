package dev.winnow.storage;

import java.io.IOException;

/** A pass that does not begin, or goes no further, for a reason that a person has to look at. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

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
