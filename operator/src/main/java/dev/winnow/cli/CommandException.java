package dev.winnow.cli;

import java.util.List;

/** Ends a command with a status and what to say on standard error; never a stack trace. */
final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  CommandException(int status, String message) {
    super(message);
    this.status = status;
  }

  CommandException(int status, List<String> lines) {
    this(status, String.join("\n", lines));
  }

  int status() {
    return status;
  }
}
