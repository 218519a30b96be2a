package dev.winnow.cli;

import dev.winnow.image.Reference;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow inspect}. */
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
      "  winnow inspect --root /var/lib/registry team-a/app     # with the times of the pushes",
      "",
      "For an image all tags of the registry are read: only that tells which of its layers others",
      "have too, and what deleting it would free.",
    })
final class InspectCommand implements Command {
  @Mixin private ImagesOption place = new ImagesOption();

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
    Reference reference = name == null ? null : parse(place.url(), name);
    try (ImagesOption.Opened opened = place.open(context, access)) {
      Inspection inspection = new Inspection(opened, context.terminal(), output);
      if (reference == null) {
        inspection.catalog();
      } else if (reference.reference().isEmpty()) {
        return inspection.repository(reference.repository()) ? Exit.DONE : Exit.FAILED;
      } else {
        inspection.image(reference);
      }
    }
    return Exit.DONE;
  }

  private static Reference parse(URI url, String name) throws CommandException {
    return Reference.parseIn(url, name)
        .orThrow(message -> new CommandException(Exit.USAGE, message));
  }
}
