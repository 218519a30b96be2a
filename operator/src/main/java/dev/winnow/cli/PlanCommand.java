package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.run.FactsCache;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code winnow plan}. */
@CommandLine.Command(
    name = "plan",
    description = "Shows what policies would delete from their registries, and why.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow plan -f policy.yaml",
      "  winnow plan -f policy.yaml --all -o jsonl | jq -r 'select(.tag) | .tag + \" \" + .reason'",
      "  winnow plan -f policy.yaml -o json > plan.json   # winnow apply --plan plan.json",
      "  winnow plan -f policy.yaml --kubeconfig ~/.kube/config",
      "",
      "With --kubeconfig or --context what the cluster's policies of the same registry keep is kept.",
      "Sends nothing but GET and HEAD. A plan over limits is shown and ends with 0.",
    })
final class PlanCommand implements Command {
  @Mixin private PolicyFiles files = new PolicyFiles();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Mixin private CacheOption cache = new CacheOption();

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}. JSON has every decision.")
  private OutputFormat output = OutputFormat.table;

  @Option(names = "--all", description = "Show in the table what stays, too.")
  private boolean all;

  @Option(
      names = "--now",
      paramLabel = "INSTANT",
      description = "Measure ages from this instant, as 2026-11-20T02:30:00Z; default: now.")
  private @Nullable Instant now;

  @Override
  public int run(Context context) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    OneStandardInput.check(files, access);
    Documents documents = files.read(terminal);
    List<Inputs.Work> works = cluster.beside(context, Inputs.check(documents), documents);
    documents.notes().forEach(terminal::warn);
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    context.interrupts().interruptCommand(); // half a plan must not look like a whole one
    int status = Exit.DONE;
    try (Clients clients = Clients.open(context.connections(access), documents, works);
        FactsCache facts = cache.open();
        PlanOutput plans = output.open(terminal, false, all, works.size() > 1)) {
      for (Inputs.Work work : works) {
        status = Math.max(status, planOrSayWhy(terminal, clients, work, at, facts, plans));
      }
    }
    return status;
  }

  /** A policy that cannot be planned is said to be so; the others are planned all the same. */
  private static int planOrSayWhy(
      Terminal terminal,
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache facts,
      PlanOutput plans)
      throws CommandException, IOException {
    try {
      return plan(terminal, clients, work, at, facts, plans);
    } catch (OutputLostException e) {
      throw e;
    } catch (InterruptedIOException e) {
      plans.fail(work.header(at), "interrupted");
      throw e;
    } catch (IOException e) {
      plans.fail(work.header(at), Reasons.text(e));
      terminal.warn("policy " + work.policy().metadata().name() + ": " + Reasons.text(e));
      return Exit.of(e);
    }
  }

  private static int plan(
      Terminal terminal,
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache facts,
      PlanOutput plans)
      throws CommandException, IOException {
    Session session = Session.open(clients, work, at, facts);
    Planner planner = new Planner(session.run(), terminal::warn, terminal.progress("planning"));
    PlanSummary summary = planner.plan(new WatchedSink(plans.asSink(), terminal.out()));
    Warnings.afterPlan(terminal, work, summary);
    return summary.unreadable().isEmpty() ? Exit.DONE : Exit.FAILED;
  }
}
