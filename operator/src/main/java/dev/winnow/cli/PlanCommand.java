package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.retention.Action;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.run.FactsCache;
import dev.winnow.run.ImageSource;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import dev.winnow.run.Run;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
      names = "--without-kept",
      description = "Leave out of JSON what stays; the summary counts it all the same.")
  private boolean withoutKept;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "Plan this policy alone; the others of the files only keep.")
  private @Nullable String policy;

  /** How a registry deletes, in a word. */
  enum DeletesBy {
    tag,
    digest
  }

  @Option(
      names = "--deletes-by",
      paramLabel = "WHAT",
      description = {
        "With --store: how the registry deletes, ${COMPLETION-CANDIDATES}. It is not asked then,"
            + " nor anything else of it."
      })
  private @Nullable DeletesBy deletesBy;

  @Option(
      names = "--untag-file",
      paramLabel = "FILE",
      description =
          "Write what goes there, too, as winnow collect --untag takes it; then repositories that"
              + " cannot be read are no failure: their tags stay.")
  private @Nullable Path untagFile;

  @Option(
      names = "--skipped",
      paramLabel = "FILE",
      description =
          "With --untag-file: say in this file how many repositories could not be read, where there"
              + " were any.")
  private @Nullable Path skipped;

  @Option(
      names = "--planned",
      paramLabel = "DIR",
      description =
          "With --untag-file: only what goes by the stored plan in this folder, too, as packed JSON"
              + " lines.")
  private @Nullable Path planned;

  @Option(
      names = "--going",
      paramLabel = "DIR",
      description =
          "With --store and --untag-file: plan as if the tags of the other lists in this folder were"
              + " gone, since one collection takes them all.")
  private @Nullable Path going;

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
    if (deletesBy != null && !store.isGiven()) {
      throw new CommandException(
          Exit.USAGE, "--deletes-by is for --store; without it the registry is asked");
    }
    if (untagFile == null && (planned != null || skipped != null)) {
      throw new CommandException(
          Exit.USAGE, (planned == null ? "--skipped" : "--planned") + " is for --untag-file");
    }
    if (going != null && (untagFile == null || !store.isGiven())) {
      throw new CommandException(Exit.USAGE, "--going is for --store with --untag-file");
    }
    List<Inputs.Work> works =
        wanted(
            cluster.beside(
                context, Inputs.check(documents, store.isGiven(), this::isWanted), documents));
    documents.notes().forEach(terminal::warn);
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    context.interrupts().interruptCommand(); // half a plan must not look like a whole one
    ImageSource volume = store.open(works, going());
    // A volume is there or not: what the registry has to say besides is asked for once.
    Context asking = volume == null ? context : context.withoutRetries();
    int status = Exit.DONE;
    try (Clients clients = Clients.open(asking.connections(access), documents, works);
        FactsCache facts = cache.open();
        PlanOutput plans = output.open(terminal, false, all, works.size() > 1)) {
      for (Inputs.Work work : works) {
        Opening opening = () -> open(clients, work, at, facts, volume, terminal);
        status = Math.max(status, planOrSayWhy(terminal, work, at, opening, plans));
      }
    }
    return status;
  }

  private List<Untag> going() throws CommandException {
    return going == null || untagFile == null ? List.of() : UntagFile.others(going, untagFile);
  }

  private boolean isWanted(RetentionPolicy each) {
    return policy == null || policy.equals(each.metadata().name());
  }

  private List<Inputs.Work> wanted(List<Inputs.Work> works) throws CommandException {
    List<Inputs.Work> wanted = works.stream().filter(work -> isWanted(work.policy())).toList();
    if (wanted.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "--policy: the files hold no RetentionPolicy " + policy);
    }
    return wanted;
  }

  private Run open(
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache facts,
      @Nullable ImageSource volume,
      Terminal terminal)
      throws IOException {
    if (volume == null) {
      return Session.open(clients, work, at, facts, null).run();
    }
    return deletesBy == null
        ? Session.plan(clients, work, at, facts, volume, terminal::warn)
        : Session.plan(
            work,
            at,
            facts,
            volume,
            deletesBy == DeletesBy.tag ? Deletion.BY_TAG : Deletion.BY_DIGEST);
  }

  /** Connects to what a plan reads. */
  private interface Opening {
    Run open() throws IOException;
  }

  /** A policy that cannot be planned is said to be so; the others are planned all the same. */
  private int planOrSayWhy(
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

  private int plan(Terminal terminal, Inputs.Work work, Run run, PlanOutput plans)
      throws CommandException, IOException {
    Planner planner = new Planner(run, terminal::warn, terminal.progress("planning"));
    boolean isJson = output != OutputFormat.table;
    PlanSink shown = plans.asSink(each -> !(isJson && withoutKept) || each.action() != Action.Keep);
    PlanSink sink = new WatchedSink(shown, terminal.out());
    PlanSummary summary =
        planner.plan(
            untagFile == null ? sink : PlanSink.both(sink, UntagOutput.to(untagFile, planned)));
    Warnings.afterPlan(terminal, work, summary);
    if (skipped != null && !summary.unreadable().isEmpty()) {
      Files.writeString(skipped, summary.unreadable().size() + " repositories could not be read");
    }
    return summary.unreadable().isEmpty() || untagFile != null ? Exit.DONE : Exit.FAILED;
  }
}
