package dev.winnow.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow report}. */
@CommandLine.Command(
    name = "report",
    description = "Shows the plan of a run, and what became of each deletion.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow report builds-7c9kz",
      "  winnow report builds-7c9kz -o jsonl | jq -r 'select(.outcome == \"Failed\") | .message'",
      "",
      "A run stores what goes and what should go and cannot; what stays is counted only, and",
      "winnow explain says of one tag why.",
    })
final class ReportCommand implements Command {
  @Mixin private ClusterAccess access = new ClusterAccess();

  @Parameters(paramLabel = "RUN", description = "Name of the run.")
  private String name = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.table;

  @Override
  public int run(Context context) throws CommandException, IOException {
    return access.use(
        context,
        cluster -> new RunReport(context.terminal(), cluster).print(cluster.run(name), output));
  }
}
