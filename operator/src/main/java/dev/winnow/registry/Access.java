package dev.winnow.registry;

import java.util.Set;

/** How a request is authorized. */
sealed interface Access {
  /** As the registry asks, with a token for these scopes where it wants tokens. */
  record Scoped(Set<String> scopes) implements Access {}

  /** With this header and nothing else, empty for none: requests to a token service. */
  record Fixed(String authorization) implements Access {
    @Override
    public String toString() {
      return "Fixed";
    }
  }

  /** For what is no repository's. */
  Access ANY = new Scoped(Set.of());

  /** Source: distribution <em>spec/auth/scope.md</em>. */
  Access CATALOG = new Scoped(Set.of("registry:catalog:*"));

  static Access pull(String repository) {
    return new Scoped(Set.of("repository:" + repository + ":pull"));
  }

  static Access push(String repository) {
    return new Scoped(Set.of("repository:" + repository + ":pull,push"));
  }

  static Access delete(String repository) {
    return new Scoped(Set.of("repository:" + repository + ":pull,delete"));
  }

  static Access mount(String repository, String from) {
    return new Scoped(
        Set.of("repository:" + repository + ":pull,push", "repository:" + from + ":pull"));
  }
}
