package dev.winnow.controller;

import dev.winnow.cluster.RegistryResource;
import java.util.Comparator;
import java.util.Optional;

/** Which of several Registries of one registry is the one that counts: the earliest. */
final class Duplicates {
  /** The earliest first. */
  static final Comparator<RegistryResource> AGE =
      Comparator.<RegistryResource, String>comparing(
              registry -> registry.getMetadata().getCreationTimestamp())
          .thenComparing(registry -> World.key(registry));

  private Duplicates() {}

  /** The Registry that counts instead of this one; empty when this one does. */
  static Optional<RegistryResource> earlier(RegistryResource registry, World world) {
    return Specs.hostPort(registry)
        .flatMap(hostPort -> world.registriesOf(hostPort).stream().min(AGE))
        .filter(first -> !World.key(first).equals(World.key(registry)))
        .filter(first -> AGE.compare(first, registry) < 0);
  }

  static String message(String first) {
    return "Registry "
        + first
        + " is of the same host and port, or one is an alias of the other, and was there first:"
        + " it alone is planned for. What policies of this one keep stays kept, and they delete"
        + " nothing; move them to that Registry, then delete this one";
  }
}
