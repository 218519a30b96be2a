package dev.winnow.registry;

import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Clients that do not wait. */
final class Clients {
  static final CredentialSource ANN =
      CredentialSource.of(new Credentials.UserPassword("ann", "s3cret"));

  /** How long the client would have waited. */
  final List<Duration> waits = new CopyOnWriteArrayList<>();

  /** A client of the registry with a change to its endpoint. */
  RegistryClient of(URI url, UnaryOperator<RegistryEndpoint> change) {
    return new RegistryClient(change.apply(endpoint(url)), new HostLimits());
  }

  RegistryEndpoint endpoint(URI url) {
    RetryPolicy retry =
        new RetryPolicy(
            3, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(60), waits::add);
    return RegistryEndpoint.of(url, "test", InstantSource.system()).withRetry(retry);
  }

  static RegistryClient to(URI url) {
    return new Clients().of(url, UnaryOperator.identity());
  }

  static RegistryClient withCredentials(URI url) {
    return new Clients().of(url, endpoint -> endpoint.withCredentials(ANN));
  }
}
