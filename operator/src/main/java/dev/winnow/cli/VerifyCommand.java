package dev.winnow.cli;

import dev.winnow.image.Images;
import dev.winnow.image.Verifier;
import dev.winnow.parallel.Parallel;
import dev.winnow.run.Progress;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code winnow verify}. */
@CommandLine.Command(
    name = "verify",
    description = "Checks that every tag resolves and every referenced blob is there.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow verify --registry http://localhost:5000",
      "  winnow verify --registry https://registry.example.com --repository 'team-a/**' --deep",
      "  winnow verify --root /var/lib/registry --deep",
      "",
      "Ends with 4 when something is damaged, with 1 when something could not be looked at.",
    })
final class VerifyCommand implements Command {
  /** Repositories at a time; each asks for one thing after the other. */
  private static final int WORKERS = 16;

  @Mixin private ImagesOption place = new ImagesOption();

  @Mixin private RegistryAccess access = new RegistryAccess();

  @Option(
      names = "--repository",
      paramLabel = "PATTERN",
      arity = "1..*",
      description = "Only repositories that match, written as in a policy; default: all.")
  private List<String> patterns = List.of();

  @Option(names = "--deep", description = "Read every blob and compare it with its digest.")
  private boolean deep;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json; default ${DEFAULT-VALUE}.")
  private TextFormat output = TextFormat.table;

  @Override
  public int run(Context context) throws CommandException, IOException {
    WantedRepositories wanted = WantedRepositories.of(patterns);
    Terminal terminal = context.terminal();
    Verification found = new Verification();
    try (ImagesOption.Opened opened = place.open(context, access)) {
      Images images = opened.images();
      List<String> listed = images.repositories(wanted.named().isEmpty());
      List<String> names = wanted.among(listed);
      Set<String> known = Set.copyOf(listed);
      wanted
          .withoutMatch(listed)
          .forEach(pattern -> terminal.warn("--repository " + pattern + " matches no repository"));
      Verifier verifier = new Verifier(images, deep);
      Progress progress = terminal.progress("verifying");
      Parallel.inOrder(
          names,
          WORKERS,
          name -> verify(images, verifier, name, known.contains(name)),
          looked -> {
            found.add(looked);
            if (looked.fault() != null) {
              terminal.warn(looked.fault());
            }
            progress.at(found.repositories(), names.size(), "repositories");
          });
    }
    found.print(terminal, output, deep);
    return found.isDamaged() ? Exit.DAMAGE : found.isComplete() ? Exit.DONE : Exit.FAILED;
  }

  private static Verification.Looked verify(
      Images images, Verifier verifier, String repository, boolean listed) throws IOException {
    try {
      Optional<List<String>> tags = images.tags(repository);
      if (tags.isEmpty() && !listed) {
        throw new IOException("there is no such repository");
      }
      // A registry lists a repository also when its last tag is gone.
      return new Verification.Looked(
          repository, verifier.verify(repository, tags.orElse(List.of())), null);
    } catch (IOException e) {
      return new Verification.Looked(
          repository, null, repository + " could not be verified: " + Reasons.text(e));
    }
  }
}
