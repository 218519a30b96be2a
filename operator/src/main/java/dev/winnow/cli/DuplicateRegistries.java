package dev.winnow.cli;

import dev.winnow.api.Located;
import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.ServiceNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Finds registries that two documents describe. Each would be planned without the policies of the
 * other, and one of these may keep what the other deletes.
 */
final class DuplicateRegistries {
  private DuplicateRegistries() {}

  /** Gives what is wrong with documents that are right by themselves. */
  static void find(List<Located<Registry>> registries, BiConsumer<Located<?>, Problem> problems) {
    Map<String, Located<Registry>> addresses = new HashMap<>();
    for (Located<Registry> registry : registries) {
      Located<Registry> other =
          addresses.putIfAbsent(address(registry.value().spec().url()), registry);
      if (other != null) {
        problems.accept(registry, duplicate("is the registry of " + other.subject() + " too"));
      }
    }
    for (Located<Registry> registry : registries) {
      for (String alias : registry.value().spec().aliases()) {
        for (String address : addresses(alias)) {
          Located<Registry> named = addresses.get(address);
          if (named != null && !named.equals(registry)) {
            String text = "is " + alias + ", an alias of " + registry.subject();
            problems.accept(named, duplicate(text));
          }
        }
      }
    }
  }

  private static Problem duplicate(String what) {
    return new Problem("spec.url", what + " (DuplicateRegistry); keep one of them");
  }

  /** Whoever pulls by a name without a port may do so with TLS or without. */
  private static List<String> addresses(String alias) {
    List<String> addresses = new ArrayList<>();
    for (String scheme : List.of("https://", "http://")) {
      addresses.add(address(scheme + alias));
    }
    return addresses.stream().distinct().toList();
  }

  private static String address(String url) {
    return ServiceNames.shortest(Inputs.hostPort(url));
  }
}
