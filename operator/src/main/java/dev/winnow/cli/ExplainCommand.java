package dev.winnow.cli;

import java.io.IOException;
import picocli.CommandLine;

/** {@code winnow explain}. */
@CommandLine.Command(name = "explain", description = "Says why a tag stays or goes.")
final class ExplainCommand implements Command {
  @Override
  public int run(Context context) throws CommandException, IOException {
    throw new CommandException(Exit.USAGE, "not built yet");
  }
}
