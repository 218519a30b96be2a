package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.Parsed;
import dev.winnow.image.Reference;
import dev.winnow.registry.RegistryException;
import dev.winnow.run.Explained;
import dev.winnow.run.FactsCache;
import dev.winnow.run.ImageSource;
import dev.winnow.run.Run;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow explain}. */
@CommandLine.Command(
    name = "explain",
    description = "Says why a tag stays or goes: each rule, each entry, and the facts.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow explain team-a/app:main-17 -f policy.yaml",
      "  winnow explain team-a/app:main-17 --policy builds -n team-a",
      "",
      "With --policy the policy, its Registry and what that names come from the cluster.",
    })
final class ExplainCommand implements Command {
  private static final String FORM = "REPOSITORY:TAG, for example team-a/app:main-17";

  /** Which registry the tag is in, the policies say. */
  private static final URI NO_REGISTRY = URI.create("");

  @Parameters(paramLabel = "REPOSITORY:TAG", arity = "0..1", description = "The tag.")
  private @Nullable String positional;

  @Mixin private PolicyFiles files = new PolicyFiles();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Mixin private StoreOption store = new StoreOption();

  @Mixin private CacheOption cache = new CacheOption();

  @Mixin private ClusterAccess cluster = new ClusterAccess();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "The policy of the cluster that decides, instead of one of -f.")
  private @Nullable String policy;

  @Option(
      names = "--now",
      paramLabel = "INSTANT",
      description = "Measure ages from this instant, as 2026-11-20T02:30:00Z; default: now.")
  private @Nullable Instant now;

  @Override
  public int run(Context context) throws CommandException, IOException {
    Reference tag = parse(positional == null ? files.giveUpLast() : positional);
    OneStandardInput.check(files, access);
    if (policy != null && files.areGiven()) {
      throw new CommandException(
          Exit.USAGE, "-f and --policy do not go together: give one of them");
    }
    if (policy == null && !files.areGiven()) {
      throw new CommandException(
          Exit.USAGE, "say which policy is to decide: -f FILE, or --policy NAME of the cluster");
    }
    Subject subject =
        policy == null
            ? fromFiles(context)
            : cluster.use(context, from -> inCluster(context, from));
    explain(context, tag, subject);
    return Exit.DONE;
  }

  /** What is to decide. */
  private record Subject(Documents documents, List<Inputs.Work> works) {}

  private Subject fromFiles(Context context) throws CommandException, IOException {
    Documents documents = files.read(context.terminal());
    List<Inputs.Work> works =
        cluster.beside(context, Inputs.check(documents, store.isGiven()), documents);
    documents.notes().forEach(context.terminal()::warn);
    return new Subject(documents, works);
  }

  private Subject inCluster(Context context, Cluster from) throws CommandException {
    ClusterDocuments documents = new ClusterDocuments(context.terminal(), from);
    Documents read = documents.of(Objects.requireNonNull(policy));
    List<Inputs.Work> works = Inputs.check(read, store.isGiven());
    return new Subject(read, documents.policies().beside(works, read.policies()));
  }

  private void explain(Context context, Reference tag, Subject subject)
      throws CommandException, IOException {
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    ImageSource volume = store.open(subject.works());
    ExplanationText text = new ExplanationText(context.terminal().out(), subject.documents());
    try (Clients clients =
            Clients.open(context.connections(access), subject.documents(), subject.works());
        FactsCache facts = cache.open()) {
      for (Inputs.Work work : subject.works()) {
        Run run = open(clients, work, at, facts, volume).run();
        Explained explained = run.decider().explain(tag.repository(), tag.reference());
        text.print(tag.toString(), run.header(), explained, work);
      }
    }
  }

  private Session open(
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache facts,
      @Nullable ImageSource volume)
      throws CommandException, IOException {
    try {
      return Session.open(clients, work, at, facts, volume);
    } catch (RegistryException e) {
      if (policy == null || e.kind() != RegistryException.Kind.UNKNOWN_HOST) {
        throw e;
      }
      throw new CommandException(
          Exit.FAILED,
          Reasons.text(e)
              + "\nThe Registry's address may be one that only the cluster knows; write its"
              + " documents to a file with an address that leads there from here (kubectl"
              + " port-forward) and use -f.");
    }
  }

  private static Reference parse(@Nullable String name) throws CommandException {
    if (name == null) {
      throw new CommandException(Exit.USAGE, "name a tag as " + FORM);
    }
    return switch (Reference.parseIn(NO_REGISTRY, name)) {
      case Parsed.Ok<Reference>(Reference tag) when tag.isTag() -> tag;
      case Parsed.Ok<Reference> other -> throw notATag(name);
      case Parsed.Bad<Reference> bad -> throw notATag(name);
    };
  }

  private static CommandException notATag(String name) {
    return new CommandException(Exit.USAGE, "'" + name + "' is no tag; write it as " + FORM);
  }
}
