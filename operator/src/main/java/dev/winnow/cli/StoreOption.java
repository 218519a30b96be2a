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
    return new StoreSource(open("--store", folder), going);
  }

  /** Where a folder is: what stands before {@code ..} may be a symbolic link. */
  static Path real(Path root) throws IOException {
    try {
      return root.toRealPath();
    } catch (FileSystemException e) {
      return root.toAbsolutePath(); // refused by that name
    }
  }

  /** The store that an option names. */
  static StoreReader open(String option, Path root) throws CommandException, IOException {
    try {
      return StoreReader.open(real(root));
    } catch (RefusedException e) {
      throw new CommandException(Exit.REFUSED, option + ": " + e.getMessage());
    }
  }
}
