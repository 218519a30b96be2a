package dev.winnow.cli;

import dev.winnow.registry.RetryPolicy;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs several commands in one process, each after a {@code ,}: an AOT cache holds what one process
 * has loaded. Only hack/aot and hack/image run it.
 */
final class Training {
  private Training() {}

  public static void main(String[] args) {
    System.setProperty("log4j2.level", "OFF"); // as the command line has it
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    List<String> command = new ArrayList<>();
    for (String arg : List.of(args)) {
      if (arg.equals(",")) {
        run(command, out);
        command.clear();
      } else {
        command.add(arg);
      }
    }
    run(command, out);
    out.flush();
  }

  private static void run(List<String> command, PrintStream out) {
    Context context =
        new Context(
            new Terminal(System.in, out, System.err, false),
            System.getenv(),
            InstantSource.system(),
            Interrupts.none(),
            RetryPolicy.DEFAULT);
    int status = new Main(context).execute(command.toArray(String[]::new));
    if (status != Exit.DONE) {
      throw new IllegalStateException(command + " ended with " + status);
    }
  }
}
