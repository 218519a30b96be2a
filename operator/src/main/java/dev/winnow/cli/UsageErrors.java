package dev.winnow.cli;

import dev.winnow.api.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in words. */
final class UsageErrors {
  private UsageErrors() {}

  /**
   * A line each. Misspelt options come instead of what is missing, which is most often what they
   * were to give.
   */
  static List<String> of(ParameterException e, String[] args) {
    if (!(e instanceof UnmatchedArgumentException) && !(e instanceof MissingParameterException)) {
      return List.of(said(e));
    }
    CommandLine command = e.getCommandLine();
    List<String> misspelt = misspelt(command, args);
    if (!misspelt.isEmpty()) {
      return misspelt;
    }
    if (e instanceof UnmatchedArgumentException unmatched && !command.getSubcommands().isEmpty()) {
      String name = unmatched.getUnmatched().getFirst();
      return List.of(
          "Unknown command: '" + name + "'" + meant(name, "", command.getSubcommands().keySet()));
    }
    return List.of(said(e));
  }

  /** Of options that stand for each other picocli says that it is an error, we do so anyway. */
  private static String said(ParameterException e) {
    return String.valueOf(e.getMessage()).replaceFirst("^Error: ", "");
  }

  private static List<String> misspelt(CommandLine command, String[] args) {
    Map<String, ?> known = command.getCommandSpec().optionsMap();
    Set<String> words =
        known.keySet().stream()
            .filter(option -> option.startsWith("--"))
            .map(option -> option.substring(2))
            .collect(Collectors.toSet());
    boolean hasCommands = !command.getSubcommands().isEmpty();
    List<String> misspelt = new ArrayList<>();
    for (String arg : args) {
      if (arg.equals("--") || (hasCommands && !arg.startsWith("-"))) {
        break; // what follows is no option, or one of the command that is named here
      }
      String option = arg.replaceFirst("=.*", "");
      if (option.startsWith("--") && !known.containsKey(option)) {
        String meant = meant(option.substring(2), "--", words);
        misspelt.add("Unknown option: '" + option + "'" + meant);
      } else if (option.matches("-[^-].*") && !known.containsKey(option.substring(0, 2))) {
        misspelt.add("Unknown option: '" + option + "'");
      }
    }
    return misspelt;
  }

  private static String meant(String name, String prefix, Set<String> known) {
    return Texts.nearest(name, known)
        .map(near -> "; did you mean " + prefix + near + "?")
        .orElse("");
  }
}
