package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.run.FactsCache;
import dev.winnow.run.ImageSource;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.Planner;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code winnow apply}. */
@CommandLine.Command(
    name = "apply",
    description = "Plans, asks, and deletes what the plan and the registry of now both want.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow apply -f policy.yaml",
      "  winnow apply -f policy.yaml --yes -o json > result.json",
      "  winnow apply -f policy.yaml --plan plan.json     # exactly what was looked at before",
      "  winnow apply -f policy.yaml --kubeconfig ~/.kube/config",
      "",
      "With --kubeconfig or --context what the cluster's policies of the same registry keep is kept.",
      "Each repository is read and decided again, and each tag once more, before it is deleted.",
      "A plan over limits needs --ignore-limits; --yes is not enough.",
    })
final class ApplyCommand implements Command {
  @Mixin private PolicyFiles files = new PolicyFiles();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Mixin private StoreOption store = new StoreOption();

  @Mixin private CacheOption cache = new CacheOption();

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--plan",
      paramLabel = "PLAN.json",
      description = "Apply this plan, made by winnow plan -o json or jsonl, instead of a new one.")
  private @Nullable Path savedPlan;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(names = "--ignore-limits", description = "Delete even where a plan is over its limits.")
  private boolean ignoreLimits;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.table;

  @Override
  public int run(Context context) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    OneStandardInput.check(files, access);
    if (!yes && (files.readsStandardInput() || access.readsStandardInput())) {
      throw new CommandException(
          Exit.USAGE, "standard input is taken, so that nobody can be asked; add --yes");
    }
    Documents documents = files.read(terminal);
    List<Inputs.Work> works =
        cluster.beside(context, Inputs.check(documents, store.isGiven()), documents);
    documents.notes().forEach(terminal::warn);
    Instant now = context.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    SavedPlan saved = savedPlan == null ? null : SavedPlan.open(savedPlan);
    List<Instant> instants = new ArrayList<>();
    for (Inputs.Work work : works) {
      PlanHeader header = saved == null ? work.header(now) : saved.headerOf(work, now);
      instants.add(header.at());
      if (saved != null) {
        terminal.say(SavedPlan.age(header, now));
      }
    }
    List<Application> applications = new ArrayList<>();
    ImageSource volume = store.open(works);
    context.interrupts().interruptCommand(); // plans stand in temporary files
    try (Clients clients = Clients.open(context.connections(access), documents, works);
        FactsCache facts = cache.open()) {
      for (int i = 0; i < works.size(); i++) {
        applications.add(
            plan(terminal, clients, works.get(i), instants.get(i), facts, volume, saved));
      }
      return apply(context, applications);
    } finally {
      for (Application application : applications) {
        application.close();
      }
    }
  }

  /** Plans one policy; when that fails, nothing is deleted by any. */
  private static Application plan(
      Terminal terminal,
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache facts,
      @Nullable ImageSource volume,
      @Nullable SavedPlan saved)
      throws CommandException, IOException {
    Application application = null;
    try {
      Session session = Session.open(clients, work, at, facts, volume);
      application = new Application(work, session, terminal);
      fill(terminal, saved, application);
      return application;
    } catch (CommandException | IOException | RuntimeException e) {
      if (application != null) {
        application.close();
      }
      if (e instanceof InterruptedIOException) {
        throw new CommandException(Exit.INTERRUPTED, "interrupted; nothing was deleted");
      }
      if (!(e instanceof IOException failure)) {
        throw e;
      }
      String policy = "policy " + work.policy().metadata().name() + ": ";
      throw new CommandException(
          Exit.of(failure), policy + Reasons.text(failure) + "\nNothing was deleted.");
    }
  }

  private static void fill(Terminal terminal, @Nullable SavedPlan saved, Application application)
      throws CommandException, IOException {
    if (saved == null) {
      new Planner(application.run(), terminal::warn, terminal.progress("planning"))
          .plan(application.spool().sink());
    } else {
      saved.replay(application.run(), application.spool().sink());
    }
  }

  private int apply(Context context, List<Application> applications)
      throws CommandException, IOException {
    for (Application application : applications) {
      Warnings.afterPlan(context.terminal(), application.work(), application.spool().summary());
    }
    checkLimits(applications);
    ask(context, applications);
    context
        .interrupts()
        .onInterrupt(() -> {
          applications.forEach(each -> each.stop("interrupted"));
          context.terminal().warn("interrupted; what is being deleted now is waited for");
        });
    applications.forEach(Application::apply);
    int status = Exit.DONE;
    Remarks remarks = new Remarks();
    try (PlanOutput results =
        output.open(context.terminal(), true, false, applications.size() > 1)) {
      for (Application application : applications) {
        status = Math.max(status, application.report(results, remarks));
      }
    }
    remarks.print(context.terminal());
    return context.interrupts().wasInterrupted() ? Exit.INTERRUPTED : status;
  }

  private void checkLimits(List<Application> applications) throws CommandException {
    List<String> over = new ArrayList<>();
    for (Application application : applications) {
      String why = Warnings.overLimits(application.work(), application.spool().summary());
      if (why != null) {
        over.add(
            "policy "
                + application.run().header().policy()
                + " (LimitExceeded): "
                + why
                + ". Look at the plan; --ignore-limits lets it go on. Nothing was deleted.");
      }
    }
    if (!over.isEmpty() && !ignoreLimits) {
      throw new CommandException(Exit.REFUSED, over);
    }
  }

  private void ask(Context context, List<Application> applications)
      throws CommandException, IOException {
    Terminal terminal = context.terminal();
    long deletions = applications.stream().mapToLong(each -> each.spool().deletions().size()).sum();
    if (yes || deletions == 0) {
      return;
    }
    for (Application application : applications) {
      application.show(terminal);
    }
    Question.ask(
        context,
        "Delete " + deletions + " tags?",
        "nothing was deleted",
        () -> applications.forEach(Application::discard));
  }
}
