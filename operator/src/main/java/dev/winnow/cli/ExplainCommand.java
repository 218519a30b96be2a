package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.Parsed;
import dev.winnow.image.Reference;
import dev.winnow.run.Explained;
import dev.winnow.run.FactsCache;
import dev.winnow.run.Run;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
    })
final class ExplainCommand implements Command {
  private static final String FORM = "REPOSITORY:TAG, for example team-a/app:main-17";

  /** Which registry the tag is in, the policies say. */
  private static final URI NO_REGISTRY = URI.create("");

  @Parameters(paramLabel = "REPOSITORY:TAG", arity = "0..1", description = "The tag.")
  private @Nullable String positional;

  @Mixin private PolicyFiles files = new PolicyFiles();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Mixin private CacheOption cache = new CacheOption();

  @Option(
      names = "--now",
      paramLabel = "INSTANT",
      description = "Measure ages from this instant, as 2026-11-20T02:30:00Z; default: now.")
  private @Nullable Instant now;

  @Override
  public int run(Context context) throws CommandException, IOException {
    Reference tag = parse(positional == null ? files.giveUpLast() : positional);
    OneStandardInput.check(files, access);
    Terminal terminal = context.terminal();
    Documents documents = files.read(terminal);
    List<Inputs.Work> works = Inputs.check(documents);
    documents.notes().forEach(terminal::warn);
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    ExplanationText text = new ExplanationText(terminal.out(), documents);
    try (Clients clients = Clients.open(context.connections(access), documents, works);
        FactsCache facts = cache.open()) {
      for (Inputs.Work work : works) {
        Run run = Session.open(clients, work, at, facts).run();
        Explained explained = run.decider().explain(tag.repository(), tag.reference());
        text.print(tag.toString(), run.header(), explained, work.policy().metadata().namespace());
      }
    }
    return Exit.DONE;
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
