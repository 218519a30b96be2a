package dev.winnow.cli;

import dev.winnow.run.ImageSource;
import dev.winnow.run.StoreSource;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.RefusedException;
import dev.winnow.storage.StoreReader;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --store}. */
final class StoreOption {
  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = {
        "Read tags, images and push times from the registry's volume: its rootdirectory, which"
            + " holds docker/registry/v2."
      })
  private @Nullable Path folder;

  @Option(
      names = "--expect",
      paramLabel = "ID",
      description =
          "With --store: the volume's instance as collect last reported it; another is refused. A"
              + " copy may have lost the times of its tags.")
  private @Nullable String expect;

  boolean isGiven() {
    return folder != null;
  }

  /**
   * What is read instead of the registry's API; null without the option.
   *
   * @throws CommandException when it is no store, or the works are of several registries
   */
  @Nullable ImageSource open(List<Inputs.Work> works) throws CommandException, IOException {
    return open(works, List.of());
  }

  /**
   * The same, but for tags that are as good as gone.
   *
   * @param going the tags
   */
  @Nullable ImageSource open(List<Inputs.Work> works, List<Untag> going)
      throws CommandException, IOException {
    if (folder == null) {
      if (expect != null) {
        throw new CommandException(Exit.USAGE, "--expect is for --store");
      }
      return null;
    }
    List<String> registries =
        works.stream().map(work -> Inputs.hostPort(work.registry())).distinct().toList();
    if (registries.size() > 1) {
      throw new CommandException(
          Exit.USAGE,
          "--store is the volume of one registry, and the policies are of "
              + String.join(" and ", registries)
              + "; give those of one");
    }
    return new StoreSource(open("--store", folder, expect), going);
  }

  /** Where a folder is: what stands before {@code ..} may be a symbolic link. */
  static Path real(Path root) throws IOException {
    try {
      return root.toRealPath();
    } catch (FileSystemException e) {
      return root.toAbsolutePath(); // refused by that name
    }
  }

  /**
   * The store that an option names.
   *
   * @param expect the volume's instance as it was last reported; null: any
   */
  static StoreReader open(String option, Path root, @Nullable String expect)
      throws CommandException, IOException {
    try {
      return StoreReader.open(real(root), expect);
    } catch (RefusedException e) {
      throw new CommandException(Exit.REFUSED, option + ": " + e.getMessage());
    }
  }
}
