package dev.winnow.cli;

import dev.winnow.registry.RetryPolicy;
import dev.winnow.storage.Reasons;
import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** Entry point of {@code winnow}: wires everything, runs one command, exits with its status. */
@CommandLine.Command(
    name = "winnow",
    description = "Keeps container registries small without losing an image that somebody needs.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow plan -f policy.yaml",
      "  winnow help plan",
      "",
      "Exit status:",
      "    0 done; 1 failed or partly done; 2 usage or an invalid document, nothing contacted;",
      "    3 refused by a limit, a guard or something unknown; 4 damage found;",
      "    5 something else holds the lock; 130 interrupted.",
    })
public final class Main {
  private final Context context;

  Main(Context context) {
    this.context = context;
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to null where there is no terminal.
  public static void main(String[] args) {
    WarmUp.begin(args);
    // Libraries log failures that commands live with, by default to standard output. The operator
    // has a configuration of its own, which this level is not for.
    System.setProperty("log4j2.level", System.getProperty("log4j2.level", "OFF"));
    StandardOutput standard = new StandardOutput();
    PrintStream out =
        new PrintStream(new BufferedOutputStream(standard, 1 << 16), false, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    Console console = System.console();
    boolean interactive = console != null && console.isTerminal();
    Terminal terminal = new Terminal(System.in, out, err, interactive);
    if ("refused".equals(System.getProperty("winnow.fast-time"))
        && System.getenv("WINNOW_TEST_FAST_TIME") != null) {
      terminal.warn("WINNOW_TEST_FAST_TIME is for tests, and this is a released image; unset it");
      System.exit(Exit.USAGE);
    }
    Interrupts interrupts = Interrupts.watch(terminal::warn);
    int status = Exit.FAILED;
    try {
      Context context =
          new Context(
              terminal, System.getenv(), InstantSource.system(), interrupts, RetryPolicy.DEFAULT);
      status = new Main(context).execute(args);
      if (out.checkError()) { // flushes, too
        if (!standard.isReaderGone()) { // who left has seen enough
          terminal.warn("standard output cannot be written: what is there is not all");
        }
        status = status == Exit.DONE ? Exit.FAILED : status;
      }
    } finally {
      interrupts.commandEnded(); // also by an error, or an interrupt would wait for it
    }
    System.exit(status);
  }

  /** Runs a command; its status is that of the process. */
  int execute(String... args) {
    CommandLine line = new CommandLine(this);
    Commands.addTo(line, args);
    line.setCommandName(context.name());
    line.registerConverter(Instant.class, Main::instant);
    line.registerConverter(Path.class, Main::path);
    line.setExecutionStrategy(this::run);
    line.setParameterExceptionHandler(this::usage);
    line.setCaseInsensitiveEnumValuesAllowed(false);
    // What -f takes ends at the next option, also when that one is misspelt.
    line.setUnmatchedOptionsAllowedAsOptionParameters(false);
    line.setUsageHelpWidth(100);
    line.setOut(new PrintWriter(context.terminal().out(), true, StandardCharsets.UTF_8));
    try {
      return line.execute(args);
    } finally {
      line.getOut().flush(); // has a buffer of its own; what fails is seen on standard output
    }
  }

  private int run(ParseResult parsed) {
    Integer help = CommandLine.executeHelpRequest(parsed);
    if (help != null) {
      return help;
    }
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    Object asked = last.commandSpec().userObject();
    if (asked instanceof Command command) {
      return run(command);
    }
    if (asked instanceof Runnable runnable) {
      runnable.run();
      return Exit.DONE;
    }
    last.commandSpec().commandLine().usage(context.terminal().out());
    return Exit.USAGE;
  }

  private int run(Command command) {
    Terminal terminal = context.terminal();
    try {
      return command.run(context);
    } catch (CommandException e) {
      String.valueOf(e.getMessage()).lines().forEach(terminal::warn);
      return e.status();
    } catch (OutputLostException e) {
      return Exit.FAILED; // main says so, where it is to be said
    } catch (InterruptedIOException e) {
      terminal.warn("interrupted");
      return Exit.INTERRUPTED;
    } catch (IOException e) {
      terminal.warn(Reasons.text(e));
      return Exit.of(e);
    }
  }

  private int usage(CommandLine.ParameterException e, String[] args) {
    UsageErrors.of(e, args).forEach(context.terminal()::warn);
    context
        .terminal()
        .say("See '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return Exit.USAGE;
  }

  /** An empty text would be the folder we are in: a variable that is not set, most likely. */
  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("an empty name is no file and no folder");
    }
    return Path.of(text);
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "'" + text + "' is not an instant; write it as 2026-11-20T02:30:00Z");
    }
  }
}
