package dev.winnow.cli;

import dev.winnow.registry.Catalog;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.TagList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Lists what a registry has, in byte order. */
final class Repositories {
  private Repositories() {}

  /**
   * The repositories that the registry lists; none where it does not list them.
   *
   * @param required whether there is nothing else to look at
   * @throws CommandException when the registry does not list them, and that is required
   */
  static List<String> listed(RegistryClient client, boolean required)
      throws CommandException, IOException {
    List<String> names = new ArrayList<>();
    if (client.catalog(names::add) instanceof Catalog.Refused(int status, String message)) {
      if (required) {
        throw new CommandException(
            Exit.FAILED,
            "the registry does not list its repositories ("
                + status
                + " "
                + message
                + "); name one without wildcards");
      }
      return List.of();
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
}
