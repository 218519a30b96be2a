package dev.winnow.cli;

import dev.winnow.registry.Catalog;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import dev.winnow.registry.TagList;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;

/** Lists what a registry has, in byte order. */
final class Repositories {
  private Repositories() {}

  /**
   * The repositories; where the registry does not list them, those that are named.
   *
   * @throws CommandException when it does not, and none is named
   */
  static List<String> of(RegistryClient client, List<String> named)
      throws CommandException, IOException {
    List<String> names = new ArrayList<>();
    if (client.catalog(names::add) instanceof Catalog.Refused(int status, String message)) {
      if (named.isEmpty()) {
        throw new CommandException(
            Exit.FAILED,
            "the registry does not list its repositories ("
                + status
                + " "
                + message
                + "); name one without wildcards");
      }
      return named.stream().distinct().sorted().toList();
    }
    return names.stream().distinct().sorted().toList();
  }

  /** The tags of a repository; none when there is no such repository. */
  static List<String> tags(RegistryClient client, String repository) throws IOException {
    return switch (client.tags(repository)) {
      case TagList.Found(List<String> tags) -> tags.stream().sorted().toList();
      case TagList.NotFound missing -> List.of();
    };
  }

  /** Passes an interrupt on that a loop over repositories would otherwise take for a fault. */
  static void endIfInterrupted(IOException e) throws InterruptedIOException {
    if (e instanceof RegistryException fault
        && fault.kind() == RegistryException.Kind.INTERRUPTED) {
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
