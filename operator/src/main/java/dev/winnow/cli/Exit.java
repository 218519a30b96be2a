package dev.winnow.cli;

import dev.winnow.run.ClockSkewException;
import java.io.IOException;

/** Exit statuses of every command; scripts rely on them. */
final class Exit {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int REFUSED = 3;
  static final int DAMAGE = 4;
  static final int LOCKED = 5;
  static final int INTERRUPTED = 130;

  private Exit() {}

  /** The status of a failure: a clock that is off is refused, all else has failed. */
  static int of(IOException e) {
    return e instanceof ClockSkewException ? REFUSED : FAILED;
  }
}
