package dev.winnow.run;

import java.io.IOException;

/** The registry's clock and ours are further apart than ages can bear. */
public final class ClockSkewException extends IOException {
  private static final long serialVersionUID = 1L;

  public ClockSkewException(String message) {
    super(message);
  }
}
