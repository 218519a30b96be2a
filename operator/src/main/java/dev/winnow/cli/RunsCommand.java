package dev.winnow.cli;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code winnow runs}. */
@CommandLine.Command(
    name = "runs",
    description = "Lists the runs of a namespace, newest first, and those that await approval.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow runs",
      "  winnow runs -p builds -n team-a",
      "  winnow runs -A -o json | jq -r '.items[] | select(.phase == \"AwaitingApproval\") | .name'",
    })
final class RunsCommand implements Command {
  private static final int LONGEST_MESSAGE = 100;

  @Mixin private ClusterAccess access = new ClusterAccess();

  @Option(
      names = {"-p", "--policy"},
      paramLabel = "POLICY",
      description = "Only the runs of this policy.")
  private @Nullable String policy;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "The runs of all namespaces.")
  private boolean everywhere;

  @Mixin private TableOrJsonOption output = new TableOrJsonOption();

  @Override
  public int run(Context context) throws CommandException, IOException {
    return access.use(context, cluster -> list(context, cluster));
  }

  private int list(Context context, Cluster cluster) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    if (policy != null && !everywhere) {
      cluster.policy(policy); // a name that is misspelt has no runs
    }
    List<RunView> runs =
        cluster.runs(everywhere).stream()
            .map(RunView::of)
            .filter(run -> policy == null || policy.equals(run.policy()))
            .sorted(RunView.NEWEST)
            .toList();
    if (output.isJson()) {
      ClusterJson.print(terminal, runs);
      return Exit.DONE;
    }
    if (runs.isEmpty()) {
      if (!everywhere) {
        cluster.checkNamespace();
      }
      terminal.say("There are no runs" + (everywhere ? "." : " in " + cluster.namespace() + "."));
      return Exit.DONE;
    }
    table(terminal, runs);
    terminal.out().flush();
    runs.stream()
        .filter(run -> run.phase() == Phase.AwaitingApproval)
        .forEach(run ->
            terminal.say("Awaits approval: " + context.name() + " approve " + run.options()));
    return Exit.DONE;
  }

  private void table(Terminal terminal, List<RunView> runs) {
    List<String> head =
        new ArrayList<>(
            List.of(
                "NAME", "POLICY", "PHASE", "MODE", "TAGS", "DELETE", "DELETED", "CREATED",
                "MESSAGE"));
    if (everywhere) {
      head.addFirst("NAMESPACE");
    }
    Table table = new Table(terminal.out(), head.toArray(String[]::new));
    runs.forEach(run -> table.row(row(run)));
    table.end();
  }

  private String[] row(RunView run) {
    RetentionRunStatus.Plan plan = run.plan();
    RetentionRunStatus.Result result = run.result();
    List<String> cells =
        new ArrayList<>(
            List.of(
                run.name(),
                run.policy() == null ? "-" : run.policy(),
                run.phase().name(),
                run.mode() == null ? "-" : run.mode().name(),
                plan == null ? "-" : String.valueOf(plan.tags()),
                plan == null ? "-" : String.valueOf(plan.delete()),
                result == null ? "-" : String.valueOf(result.deleted()),
                Times.minute(run.created()),
                oneLine(run.news())));
    if (everywhere) {
      cells.addFirst(run.namespace());
    }
    return cells.toArray(String[]::new);
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE - 1) + "…";
  }
}
