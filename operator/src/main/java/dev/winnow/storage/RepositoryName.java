package dev.winnow.storage;

import dev.winnow.oci.ProbeRepository;
import java.util.Optional;
import java.util.Set;

/**
 * A repository that a walk came upon.
 *
 * @param name its path below {@code repositories/}
 * @param folders its entries that begin with an underscore
 * @param oddity why all of it is live, whatever refers to it
 */
record RepositoryName(String name, Set<String> folders, Optional<String> oddity) {
  /** Whether it is where our probes are, and nobody has pushed an image there. */
  boolean isProbes() {
    return name.equals(ProbeRepository.NAME) && folders.equals(Set.of("_layers"));
  }
}
