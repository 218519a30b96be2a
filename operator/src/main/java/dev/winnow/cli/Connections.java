package dev.winnow.cli;

import dev.winnow.api.ConfigMap;
import dev.winnow.api.Documents;
import dev.winnow.api.Durations;
import dev.winnow.api.Located;
import dev.winnow.api.Parsed;
import dev.winnow.api.Registry;
import dev.winnow.api.Secret;
import dev.winnow.registry.HostLimits;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryEndpoint;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.registry.auth.DockerConfig;
import dev.winnow.run.SecretCredentials;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Opens clients of registries: credentials and trust from documents, options, Docker's file. */
final class Connections {
  private final Terminal terminal;
  private final RegistryAccess access;
  private final Map<String, String> environment;
  private final InstantSource clock;
  private final RetryPolicy retry;
  private final HostLimits limits = new HostLimits();

  Connections(
      Terminal terminal,
      RegistryAccess access,
      Map<String, String> environment,
      InstantSource clock,
      RetryPolicy retry) {
    this.terminal = terminal;
    this.access = access;
    this.environment = environment;
    this.clock = clock;
    this.retry = retry;
  }

  /** A client of a registry that a document describes. */
  RegistryClient open(Registry registry, Documents documents) throws CommandException {
    Registry.Spec spec = registry.spec();
    URI url = URI.create(spec.url());
    Duration timeout =
        Durations.parse(spec.client().timeout()) instanceof Parsed.Ok<Duration>(Duration value)
            ? value
            : Duration.ofSeconds(30);
    RegistryEndpoint endpoint =
        RegistryEndpoint.of(url, Version.TEXT, clock)
            .withLimits(spec.client().concurrency(), timeout)
            .withTls(access.tls(certificates(registry, documents)))
            .withCredentials(credentials(registry, documents, url));
    return open(endpoint);
  }

  /** A client of a registry that only its address describes. */
  RegistryClient open(URI url) throws CommandException {
    Optional<Credentials> given = access.credentials(terminal);
    return open(
        url,
        given
            .map(CredentialSource::of)
            .orElseGet(() -> dockerConfig(url).withRemedy(optionsOrLogIn(url))));
  }

  /** A client that does not use the credentials of the options. */
  RegistryClient openWithDockerConfig(URI url) throws CommandException {
    return open(url, dockerConfig(url).withRemedy(logIn(url)));
  }

  private RegistryClient open(URI url, CredentialSource credentials) throws CommandException {
    try {
      return open(
          RegistryEndpoint.of(url, Version.TEXT, clock)
              .withTls(access.tls(""))
              .withCredentials(credentials));
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private RegistryClient open(RegistryEndpoint endpoint) throws CommandException {
    try {
      return new RegistryClient(endpoint.withRetry(retry), limits);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private CredentialSource credentials(Registry registry, Documents documents, URI url)
      throws CommandException {
    Registry.NameRef reference = registry.spec().credentialsSecretRef();
    if (reference != null) {
      for (Located<Secret> secret : documents.secrets()) {
        if (names(secret.value().metadata(), registry, reference.name())) {
          // Only one of Docker's form may have none for this registry.
          return CredentialSource.of(fromSecret(secret, url))
              .withRemedy(secret.subject() + " has no entry for " + Inputs.hostPort(registry));
        }
      }
      terminal.say(
          "Secret "
              + reference.name()
              + " is not given; using --username or the Docker config file for "
              + url);
    }
    Optional<Credentials> given = access.credentials(terminal);
    return given
        .map(CredentialSource::of)
        .orElseGet(() ->
            dockerConfig(url)
                .withRemedy(
                    "name a Secret in spec.credentialsSecretRef of Registry "
                        + registry.metadata().name()
                        + " and add its document, or "
                        + optionsOrLogIn(url)));
  }

  private static Credentials fromSecret(Located<Secret> located, URI url) throws CommandException {
    try {
      return SecretCredentials.of(located.value(), url);
    } catch (IllegalArgumentException | IOException e) {
      throw new CommandException(
          Exit.USAGE, located.origin().file() + ": " + located.subject() + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(Exit.INTERRUPTED, "interrupted");
    }
  }

  private static String optionsOrLogIn(URI url) {
    return "give --username and --password-stdin, or " + logIn(url);
  }

  private static String logIn(URI url) {
    return "log in with docker login " + url.getAuthority();
  }

  private CredentialSource dockerConfig(URI url) {
    // Read when the registry asks, and again when it refuses: a helper's token may expire.
    return () ->
        DockerConfig.load(environment, Path.of(environment.getOrDefault("HOME", "/")))
            .credentials(url);
  }

  private String certificates(Registry registry, Documents documents) throws CommandException {
    Registry.KeyRef reference = registry.spec().caBundleRef();
    if (reference == null) {
      return "";
    }
    for (Located<ConfigMap> map : documents.configMaps()) {
      if (names(map.value().metadata(), registry, reference.name())) {
        String pem = map.value().data().get(reference.key());
        String where = map.origin().file() + ": " + map.subject();
        if (pem == null) {
          throw new CommandException(Exit.USAGE, where + " has no key " + reference.key());
        }
        RegistryAccess.checkCertificates(where + ": key " + reference.key(), pem);
        return pem;
      }
    }
    terminal.say(
        "ConfigMap " + reference.name() + " is not given; using --ca-file or the default trust");
    return "";
  }

  private static boolean names(dev.winnow.api.Metadata candidate, Registry registry, String name) {
    return candidate.name().equals(name)
        && candidate.namespace().equals(registry.metadata().namespace());
  }
}
