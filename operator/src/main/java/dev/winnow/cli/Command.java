package dev.winnow.cli;

import java.io.IOException;

/** What a command does; its result is the exit status. */
interface Command {
  int run(Context context) throws CommandException, IOException;
}
