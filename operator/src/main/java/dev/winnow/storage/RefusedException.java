package dev.winnow.storage;

import java.io.IOException;

/** A pass that does not begin, or goes no further, for a reason that a person has to look at. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what was found and what to do. */
  public RefusedException(String message) {
    super(message);
  }
}
