package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.run.Explained;
import dev.winnow.run.FactsCache;
import java.io.IOException;
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
    String reference = positional == null ? files.giveUpLast() : positional;
    int colon = reference == null ? -1 : reference.lastIndexOf(':');
    if (reference == null
        || colon <= 0
        || colon == reference.length() - 1
        || reference.indexOf('/', colon) >= 0) {
      throw new CommandException(
          Exit.USAGE,
          (reference == null ? "name a tag" : "'" + reference + "' is no tag")
              + " as REPOSITORY:TAG, for example team-a/app:main-17");
    }
    OneStandardInput.check(files, access);
    Terminal terminal = context.terminal();
    Documents documents = files.read(terminal);
    List<Inputs.Work> works = Inputs.check(documents);
    documents.notes().forEach(terminal::warn);
    Instant at = now == null ? context.clock().instant().truncatedTo(ChronoUnit.SECONDS) : now;
    ExplanationText text = new ExplanationText(terminal.out(), documents);
    try (FactsCache facts = cache.open()) {
      for (Inputs.Work work : works) {
        try (Session session =
            Session.open(context.connections(access), documents, work, at, facts)) {
          Explained explained =
              session
                  .run()
                  .decider()
                  .explain(reference.substring(0, colon), reference.substring(colon + 1));
          text.print(reference, session.run().header(), explained);
        }
      }
    }
    return Exit.DONE;
  }
}
