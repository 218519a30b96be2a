package dev.winnow.cli;

import java.io.IOException;

/** Standard output takes nothing more, so that there is nobody to go on for. */
final class OutputLostException extends IOException {
  private static final long serialVersionUID = 1L;

  OutputLostException() {
    super("standard output cannot be written");
  }
}
