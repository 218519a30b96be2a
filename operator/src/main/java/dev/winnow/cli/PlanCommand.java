package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.run.FactsCache;
import dev.winnow.run.ImageSource;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import dev.winnow.run.Run;
import dev.winnow.storage.Reasons;
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
      "  winnow plan -f policy.yaml --store /var/lib/registry   # knows when tags were pushed",
      "",
      "With --kubeconfig or --context what the cluster's policies of the same registry keep is kept.",
      "Sends nothing but GET and HEAD. A plan over limits is shown and ends with 0.",
    })
final class PlanCommand implements Command {
  @Mixin private PolicyFiles files = new PolicyFiles();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Mixin private StoreOption store = new StoreOption();

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
    List<Inputs.Work> works =
        cluster.beside(context, Inputs.check(documents, store.isGiven()), documents);
    documents.notes().forEach(terminal::warn);
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    context.interrupts().interruptCommand(); // half a plan must not look like a whole one
    ImageSource volume = store.open(works);
    // A volume is there or not: what the registry has to say besides is asked for once.
    Context asking = volume == null ? context : context.withoutRetries();
    int status = Exit.DONE;
    try (Clients clients = Clients.open(asking.connections(access), documents, works);
        FactsCache facts = cache.open();
        PlanOutput plans = output.open(terminal, false, all, works.size() > 1)) {
      for (Inputs.Work work : works) {
        Opening opening =
            () ->
                volume == null
                    ? Session.open(clients, work, at, facts, null).run()
                    : Session.plan(clients, work, at, facts, volume, terminal::warn);
        status = Math.max(status, planOrSayWhy(terminal, work, at, opening, plans));
      }
    }
    return status;
  }

  /** Connects to what a plan reads. */
  private interface Opening {
    Run open() throws IOException;
  }

  /** A policy that cannot be planned is said to be so; the others are planned all the same. */
  private static int planOrSayWhy(
      Terminal terminal, Inputs.Work work, Instant at, Opening opening, PlanOutput plans)
      throws CommandException, IOException {
    try {
      return plan(terminal, work, opening.open(), plans);
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

  private static int plan(Terminal terminal, Inputs.Work work, Run run, PlanOutput plans)
      throws CommandException, IOException {
    Planner planner = new Planner(run, terminal::warn, terminal.progress("planning"));
    PlanSummary summary = planner.plan(new WatchedSink(plans.asSink(), terminal.out()));
    Warnings.afterPlan(terminal, work, summary);
    return summary.unreadable().isEmpty() ? Exit.DONE : Exit.FAILED;
  }
}
