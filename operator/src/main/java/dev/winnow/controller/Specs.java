package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RegistryChecks;
import dev.winnow.cluster.StoredSpec;
import dev.winnow.registry.RegistryEndpoint;
import io.fabric8.kubernetes.client.CustomResource;
import java.net.URI;
import java.time.InstantSource;
import java.util.Optional;

/** Specs that this version understands. */
final class Specs {
  private Specs() {}

  /** The spec; empty when it is missing or says what we do not know. */
  static <S> Optional<S> of(CustomResource<StoredSpec<S>, ?> resource) {
    return resource.getSpec() instanceof StoredSpec.Known<S>(S value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /** What is not understood of a spec, as a message. */
  static <S> String problem(CustomResource<StoredSpec<S>, ?> resource) {
    return resource.getSpec() instanceof StoredSpec.NotKnown<S>(String path, String message)
        ? path + ": this version of Winnow does not understand it: " + message
        : "spec: is missing";
  }

  /**
   * Which registry it is: host and port; a registry without a valid address is a class of its own.
   */
  static String hostPort(Registry.Spec spec) {
    return RegistryChecks.check(spec).stream()
            .anyMatch(problem -> problem.path().equals("spec.url"))
        ? spec.url()
        : RegistryEndpoint.of(URI.create(spec.url()), "", InstantSource.system()).hostAndPort();
  }
}
