package dev.winnow.cli;

import dev.winnow.image.Copier;
import dev.winnow.image.Reference;
import dev.winnow.registry.RegistryClient;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code winnow copy}. */
@CommandLine.Command(
    name = "copy",
    description = "Copies an image with its index members and referrers to another registry.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow copy registry.example.com/team-a/app:v1 mirror.example.com/team-a/app:v1",
      "  winnow copy http://localhost:5000/app:v1 http://localhost:5000/archive/app:v1",
      "",
      "Credentials come from the Docker config file; --username is for the destination.",
    })
final class CopyCommand implements Command {
  @Parameters(
      index = "0",
      paramLabel = "SRC",
      description = "[http://]HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]")
  private String from = "";

  @Parameters(
      index = "1",
      paramLabel = "DST",
      description = "[http://]HOST[:PORT]/REPOSITORY[:TAG]; without a tag: the one of SRC")
  private String to = "";

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Override
  public int run(Context context) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    Reference source = parse(from);
    Reference target = parse(to);
    boolean named = to.substring(to.lastIndexOf('/')).matches(".*[:@].*");
    Reference destination =
        named ? target : new Reference(target.registry(), target.repository(), source.reference());
    boolean same =
        Inputs.hostPort(source.registry().toString())
            .equals(Inputs.hostPort(destination.registry().toString()));
    Connections connections = context.connections(access);
    try (RegistryClient reader =
            same
                ? connections.open(source.registry())
                : connections.openWithDockerConfig(source.registry());
        RegistryClient writer = connections.open(destination.registry())) {
      Copier copier = new Copier(reader, writer, same, terminal::note);
      Copier.Copied copied = copier.copy(source, destination);
      terminal.say(
          String.format(
              "%d manifests, %d blobs uploaded (%s), %d mounted, %d already there",
              copied.manifests(),
              copied.uploaded(),
              Sizes.of(copied.bytes()),
              copied.mounted(),
              copied.there()));
      terminal.out().println(destination + " " + copied.digest());
    }
    return Exit.DONE;
  }

  private static Reference parse(String text) throws CommandException {
    return Reference.parse(text).orThrow(message -> new CommandException(Exit.USAGE, message));
  }
}
