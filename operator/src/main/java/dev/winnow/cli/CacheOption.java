package dev.winnow.cli;

import dev.winnow.run.FactsCache;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --cache}. */
final class CacheOption {
  private static final long MOST_BYTES = 32L << 20;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = {
        "Remember in this folder what belongs to digests (creation times, labels, members of"
            + " indexes): the next plan does not read it again. Bounded; may be deleted any time."
      })
  private @Nullable Path folder;

  /** The cache; null without the option. */
  @Nullable FactsCache open() throws CommandException {
    if (folder == null) {
      return null;
    }
    try {
      return FactsCache.open(folder, MOST_BYTES);
    } catch (IOException e) {
      throw new CommandException(Exit.USAGE, "--cache cannot be used: " + Reasons.text(e));
    }
  }
}
