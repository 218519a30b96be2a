package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.api.PatternList;
import dev.winnow.api.Problem;
import dev.winnow.image.Verifier;
import dev.winnow.registry.RegistryClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code winnow verify --registry}. */
@CommandLine.Command(
    name = "verify",
    description = "Checks that every tag resolves and every referenced blob is there.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow verify --registry http://localhost:5000",
      "  winnow verify --registry https://registry.example.com --repository 'team-a/**' --deep",
      "",
      "Ends with 4 when something is damaged, with 1 when something could not be looked at.",
    })
final class VerifyCommand implements Command {
  @Mixin private RegistryOption registry = new RegistryOption();

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
    PatternList wanted = compile();
    Terminal terminal = context.terminal();
    List<Verifier.Damage> damaged = new ArrayList<>();
    int[] counts = new int[4];
    boolean incomplete = false;
    try (RegistryClient client = context.connections(access).open(registry.url())) {
      client.ping();
      List<String> names =
          Repositories.of(client, wanted.literals().toList()).stream()
              .filter(wanted::matches)
              .toList();
      Verifier verifier = new Verifier(client, deep);
      for (String name : names) {
        try {
          Verifier.Report report = verifier.verify(name, Repositories.tags(client, name));
          counts[1] += report.tags();
          counts[2] += report.manifests();
          counts[3] += report.blobs();
          damaged.addAll(report.damaged());
        } catch (java.io.InterruptedIOException e) {
          throw e;
        } catch (IOException e) {
          Repositories.endIfInterrupted(e);
          incomplete = true;
          terminal.warn(name + " could not be verified: " + e.getMessage());
        }
        counts[0]++;
        terminal.progress("verifying").at(counts[0], names.size(), "repositories");
      }
    }
    print(terminal, counts, damaged);
    return !damaged.isEmpty() ? Exit.DAMAGE : incomplete ? Exit.FAILED : Exit.DONE;
  }

  private PatternList compile() throws CommandException {
    if (patterns.isEmpty()) {
      return PatternList.everything();
    }
    List<Problem> problems = new ArrayList<>();
    PatternList compiled = PatternList.compile(patterns, "--repository", problems::add);
    if (!problems.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, problems.stream().map(p -> p.path() + ": " + p.message()).toList());
    }
    return compiled;
  }

  private void print(Terminal terminal, int[] counts, List<Verifier.Damage> damaged)
      throws IOException {
    if (output == TextFormat.json) {
      printJson(terminal, counts, damaged);
      return;
    }
    Table table = new Table(terminal.out(), "REPOSITORY", "TAG", "MISSING", "WHY");
    damaged.forEach(d -> table.row(d.repository(), d.tag(), d.missing(), d.why()));
    table.end();
    terminal
        .out()
        .printf(
            "%d tags, %d manifests and %d blobs in %d repositories %s: %s%n",
            counts[1],
            counts[2],
            counts[3],
            counts[0],
            deep ? "read and hashed" : "looked up",
            damaged.isEmpty() ? "all whole" : damaged.size() + " damaged");
  }

  private static void printJson(Terminal terminal, int[] counts, List<Verifier.Damage> damaged)
      throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(terminal.out());
    json.writeStartObject();
    json.writeStringField("apiVersion", "winnow.dev/verification/v1");
    json.writeStringField("kind", "Verification");
    json.writeNumberField("repositories", counts[0]);
    json.writeNumberField("tags", counts[1]);
    json.writeNumberField("manifests", counts[2]);
    json.writeNumberField("blobs", counts[3]);
    json.writeArrayFieldStart("damaged");
    for (Verifier.Damage damage : damaged) {
      json.writeStartObject();
      json.writeStringField("repository", damage.repository());
      json.writeStringField("tag", damage.tag());
      json.writeStringField("missing", damage.missing());
      json.writeStringField("why", damage.why());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw("\n");
    json.flush();
  }
}
