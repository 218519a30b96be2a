package dev.winnow.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * The commands of {@code winnow} by name. Reading from its annotations what a command takes is most
 * of the time that a short one needs: only the one that is asked for is read.
 */
final class Commands {
  /** In the order of the help. */
  static final Map<String, Supplier<Object>> ALL = all();

  private Commands() {}

  private static SequencedMap<String, Supplier<Object>> all() {
    SequencedMap<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("plan", PlanCommand::new);
    commands.put("apply", ApplyCommand::new);
    commands.put("explain", ExplainCommand::new);
    commands.put("collect", CollectCommand::new);
    commands.put("restore", RestoreCommand::new);
    commands.put("verify", VerifyCommand::new);
    commands.put("inspect", InspectCommand::new);
    commands.put("copy", CopyCommand::new);
    commands.put("runs", RunsCommand::new);
    commands.put("run", RunCommand::new);
    commands.put("approve", ApproveCommand::new);
    commands.put("report", ReportCommand::new);
    commands.put("pause", PauseCommand::new);
    commands.put("operator", OperatorCommand::new);
    commands.put("help", CommandLine.HelpCommand::new);
    commands.put("generate-completion", AutoComplete.GenerateCompletion::new);
    return commands;
  }

  /** Adds those that these arguments may be about. */
  static void addTo(CommandLine line, String... args) {
    String first = args.length == 0 ? "" : args[0];
    Supplier<Object> named = ALL.get(first);
    if (named != null && !isAboutOthers(first)) {
      line.addSubcommand(named.get());
    } else if (!first.equals("--version")) {
      ALL.values().forEach(command -> line.addSubcommand(command.get()));
    }
  }

  private static boolean isAboutOthers(String name) {
    return name.equals("help") || name.equals("generate-completion");
  }
}
