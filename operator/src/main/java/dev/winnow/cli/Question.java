package dev.winnow.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Asks a person before something is done that cannot be taken back. */
final class Question {
  private Question() {}

  /**
   * Returns when the answer is yes.
   *
   * @param question what is asked
   * @param otherwise what is so in all other cases, as "nothing was deleted"
   * @param interrupted what to do before the process ends by an interrupt
   */
  static void ask(Context context, String question, String otherwise, Runnable interrupted)
      throws CommandException, IOException {
    Terminal terminal = context.terminal();
    context
        .interrupts()
        .onInterrupt(() -> {
          terminal.warn("interrupted; " + otherwise);
          interrupted.run();
          Interrupts.endAtOnce();
        });
    String answer = terminal.ask(question + " [y/N] ");
    context.interrupts().interruptCommand();
    if (answer == null) {
      throw new CommandException(
          Exit.REFUSED,
          "nobody answered; add --yes where nobody can. "
              + otherwise.substring(0, 1).toUpperCase(Locale.ROOT)
              + otherwise.substring(1)
              + ".");
    }
    if (!List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT))) {
      throw new CommandException(Exit.REFUSED, "not confirmed; " + otherwise);
    }
  }
}
