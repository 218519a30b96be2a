package dev.winnow.cli;

import dev.winnow.api.Parsed;
import dev.winnow.image.Reference;
import dev.winnow.registry.RegistryClient;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow inspect --registry}. */
@CommandLine.Command(
    name = "inspect",
    description = "Shows a registry's repositories, a repository's tags, or an image's layers.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow inspect --registry http://localhost:5000",
      "  winnow inspect --registry http://localhost:5000 team-a/app",
      "  winnow inspect --registry http://localhost:5000 team-a/app:main-17",
      "",
      "For an image all tags of the registry are read: only that tells which of its layers others",
      "have too, and what deleting it would free.",
    })
final class InspectCommand implements Command {
  @Mixin private RegistryOption registry = new RegistryOption();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Parameters(
      arity = "0..1",
      paramLabel = "REPO[:TAG|@DIGEST]",
      description = "A repository, or an image in it; default: all repositories.")
  private @Nullable String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json; default ${DEFAULT-VALUE}.")
  private TextFormat output = TextFormat.table;

  @Override
  public int run(Context context) throws CommandException, IOException {
    URI url = registry.url();
    Reference reference = name == null ? null : parse(url, name);
    try (RegistryClient client = context.connections(access).open(url)) {
      client.ping();
      Inspection inspection = new Inspection(client, context.terminal(), output);
      if (reference == null) {
        inspection.catalog();
      } else if (reference.reference().isEmpty()) {
        inspection.repository(reference.repository());
      } else {
        inspection.image(reference);
      }
    }
    return Exit.DONE;
  }

  private static Reference parse(URI url, String name) throws CommandException {
    return switch (Reference.parseIn(url, name)) {
      case Parsed.Ok<Reference>(Reference reference) -> reference;
      case Parsed.Bad<Reference>(String message) -> throw new CommandException(Exit.USAGE, message);
    };
  }
}
