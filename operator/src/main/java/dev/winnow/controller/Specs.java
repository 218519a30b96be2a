package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RegistryChecks;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.ServiceNames;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.StoredSpec;
import dev.winnow.registry.RegistryEndpoint;
import io.fabric8.kubernetes.client.CustomResource;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Specs that this version understands. */
public final class Specs {
  private Specs() {}

  /** The spec; empty when it is missing or says what we do not know. */
  static <S> Optional<S> of(CustomResource<StoredSpec<S>, ?> resource) {
    return resource.getSpec() instanceof StoredSpec.Known<S>(S value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /** What is not understood of a spec, as a message. */
  static <S> String problem(CustomResource<StoredSpec<S>, ?> resource) {
    return resource.getSpec()
            instanceof StoredSpec.NotKnown<S>(String path, String message, var raw)
        ? path + ": this version of Winnow does not understand it: " + message
        : "spec: is missing";
  }

  /** Which registry it is: host and port; one without a valid address is a class of its own. */
  static String hostPort(Registry.Spec spec) {
    return hostPort(spec.url());
  }

  /** The same of a Registry that may say more than we know; empty when it has no address. */
  static Optional<String> hostPort(RegistryResource registry) {
    return url(registry).map(Specs::hostPort);
  }

  /** Whether its address is one. */
  static boolean hasAddress(RegistryResource registry) {
    return url(registry).filter(url -> RegistryChecks.urlProblem(url).isEmpty()).isPresent();
  }

  private static Optional<String> url(RegistryResource registry) {
    return switch (registry.getSpec()) {
      case StoredSpec.Known<Registry.Spec>(Registry.Spec spec) -> Optional.of(spec.url());
      case StoredSpec.NotKnown<Registry.Spec> unknown -> unknown.text("/url");
      case null -> Optional.empty();
    };
  }

  /** Host and port of each alias: who pulls by a name without a port may do so with TLS or not. */
  public static List<String> aliases(RegistryResource registry) {
    return of(registry).stream()
        .flatMap(spec -> spec.aliases().stream())
        .flatMap(alias -> Stream.of(hostPort("https://" + alias), hostPort("http://" + alias)))
        .map(ServiceNames::shortest)
        .distinct()
        .toList();
  }

  /**
   * What Registries of one registry have in common, however they write its Service's name. A name
   * without a dot is one of its namespace, or of the operator's.
   */
  public static List<String> identities(RegistryResource registry) {
    String namespace = registry.getMetadata().getNamespace();
    return hostPort(registry).stream()
        .flatMap(hostPort ->
            Stream.concat(
                Stream.of(ServiceNames.shortest(hostPort)),
                ServiceNames.within(namespace, hostPort).stream()))
        .toList();
  }

  /**
   * The name of a policy's registry, also where the policy says more than we know: it could be the
   * part that keeps. Empty where it does not say which.
   */
  static Optional<String> registryOf(RetentionPolicyResource policy) {
    return switch (policy.getSpec()) {
      case StoredSpec.Known<RetentionPolicy.Spec>(RetentionPolicy.Spec spec) ->
          Optional.of(spec.registryRef().name());
      case StoredSpec.NotKnown<RetentionPolicy.Spec> unknown -> unknown.text("/registryRef/name");
      case null -> Optional.empty();
    };
  }

  private static String hostPort(String url) {
    return RegistryChecks.urlProblem(url).isEmpty()
        ? RegistryEndpoint.of(URI.create(url), "", InstantSource.system()).hostAndPort()
        : url;
  }
}
