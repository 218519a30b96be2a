package dev.winnow.cli;

import dev.winnow.storage.LockedException;
import dev.winnow.storage.RefusedException;
import dev.winnow.storage.Restoration;
import dev.winnow.storage.Restoration.Held;
import dev.winnow.storage.Restoration.Result;
import dev.winnow.storage.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code winnow restore}. */
@CommandLine.Command(
    name = "restore",
    description = "Puts back what the collector took out of a registry's volume.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow restore --root /var/lib/registry                          # what there is",
      "  winnow restore --root /var/lib/registry --pass 20261120T030000Z",
      "  winnow restore --root /var/lib/registry --all",
      "",
      "What a mark finds to be needed comes back by itself; this is for what nothing refers to.",
    })
final class RestoreCommand implements Command {
  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description = "The registry's rootdirectory, which holds docker/registry/v2.")
  private Path root = Path.of("");

  @Option(names = "--pass", paramLabel = "ID", description = "What this pass took.")
  private @Nullable String pass;

  @Option(names = "--all", description = "What any pass took.")
  private boolean all;

  @Override
  public int run(Context context) throws CommandException, IOException {
    if (pass != null && all) {
      throw new CommandException(
          Exit.USAGE, "--pass and --all: give the one, for that pass, or the other, for all");
    }
    Restoration restoration =
        new Restoration(new Volume(Volume.Watcher.NONE), StoreOption.real(root), context.clock());
    try {
      List<Held> held = restoration.held();
      Set<String> passes = held.stream().map(Held::pass).collect(Collectors.toSet());
      if (pass == null && !all) {
        list(context.terminal(), held.stream().filter(RestoreCommand::isAnythingLeft).toList());
        return Exit.DONE;
      }
      if (pass != null) {
        if (!passes.contains(pass)) {
          throw new CommandException(
              Exit.USAGE,
              "--pass "
                  + pass
                  + ": nothing of that pass is in the trash; winnow restore --root "
                  + root
                  + " lists what is");
        }
        passes = Set.of(pass);
      }
      say(context.terminal(), restoration.restore(passes));
      return Exit.DONE;
    } catch (RefusedException e) {
      throw new CommandException(Exit.REFUSED, String.valueOf(e.getMessage()));
    } catch (LockedException e) {
      throw new CommandException(Exit.LOCKED, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isAnythingLeft(Held held) {
    return held.blobs() + held.links() + held.tags() > 0;
  }

  private static void list(Terminal terminal, List<Held> held) {
    Table table = new Table(terminal.out(), "PASS", "TAKEN", "BLOBS", "LINKS", "TAGS", "SIZE");
    for (Held each : held) {
      table.row(
          each.pass(),
          each.taken() == null ? "" : each.taken().toString(),
          Long.toString(each.blobs()),
          Long.toString(each.links()),
          Long.toString(each.tags()),
          Sizes.of(each.bytes()));
    }
    table.end();
    terminal.say(
        held.isEmpty()
            ? "nothing is in the trash"
            : "bring back with --pass ID, or all of it with --all");
  }

  private static void say(Terminal terminal, Result result) {
    terminal
        .out()
        .printf(
            "%d blobs (%s), %d links and %d tags are back%n",
            result.blobs(), Sizes.of(result.bytes()), result.links(), result.tags());
    if (result.there() > 0) {
      terminal.say(result.there() + " were there again, and stay in the trash");
    }
  }
}
