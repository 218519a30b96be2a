package dev.winnow.registry;

import dev.winnow.registry.auth.CredentialSource;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;

/**
 * One registry and how to talk to it.
 *
 * @param base {@code http://host[:port]} or {@code https://host[:port]}
 * @param concurrency how many requests may be in flight
 * @param timeout until the headers of an answer, and without progress in a body
 * @param connectTimeout until a connection stands
 * @param credentials where credentials come from when the registry asks
 * @param tls whom to trust
 * @param retry how often to try
 * @param clock what the registry's clock is held against
 * @param userAgent how we introduce ourselves
 * @param listener who is told of requests
 */
public record RegistryEndpoint(
    URI base,
    int concurrency,
    Duration timeout,
    Duration connectTimeout,
    CredentialSource credentials,
    TlsOptions tls,
    RetryPolicy retry,
    InstantSource clock,
    String userAgent,
    RequestListener listener) {

  /**
   * @throws IllegalArgumentException when the address is no registry's, or a number is too small
   */
  public RegistryEndpoint {
    base = root(base);
    if (concurrency < 1 || timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("concurrency and timeout must be greater than zero");
    }
  }

  /** The registry at an address with everything else as it is by default. */
  public static RegistryEndpoint of(URI base, String version, InstantSource clock) {
    return new RegistryEndpoint(
        base,
        16,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        CredentialSource.ANONYMOUS,
        TlsOptions.DEFAULT,
        RetryPolicy.DEFAULT,
        clock,
        "winnow/" + version,
        RequestListener.NONE);
  }

  /** {@code host:port}, the port always written: what says whether two registries are the same. */
  public String hostAndPort() {
    return Origins.hostAndPort(base);
  }

  /** The same with other limits. */
  public RegistryEndpoint withLimits(int otherConcurrency, Duration otherTimeout) {
    return new RegistryEndpoint(
        base,
        otherConcurrency,
        otherTimeout,
        connectTimeout,
        credentials,
        tls,
        retry,
        clock,
        userAgent,
        listener);
  }

  /** The same with credentials. */
  public RegistryEndpoint withCredentials(CredentialSource other) {
    return new RegistryEndpoint(
        base, concurrency, timeout, connectTimeout, other, tls, retry, clock, userAgent, listener);
  }

  /** The same with other trust. */
  public RegistryEndpoint withTls(TlsOptions other) {
    return new RegistryEndpoint(
        base,
        concurrency,
        timeout,
        connectTimeout,
        credentials,
        other,
        retry,
        clock,
        userAgent,
        listener);
  }

  /** The same with other retries. */
  public RegistryEndpoint withRetry(RetryPolicy other) {
    return new RegistryEndpoint(
        base,
        concurrency,
        timeout,
        connectTimeout,
        credentials,
        tls,
        other,
        clock,
        userAgent,
        listener);
  }

  /** The same with somebody who is told of requests. */
  public RegistryEndpoint withListener(RequestListener other) {
    return new RegistryEndpoint(
        base,
        concurrency,
        timeout,
        connectTimeout,
        credentials,
        tls,
        retry,
        clock,
        userAgent,
        other);
  }

  private static URI root(URI base) {
    String scheme = String.valueOf(base.getScheme()).toLowerCase(Locale.ROOT);
    if (base.getHost() == null && String.valueOf(base.getRawAuthority()).contains("_")) {
      // RFC 1123 § 2.1; the JDK's client would refuse it later and less clearly.
      throw new IllegalArgumentException(
          "the address of a registry cannot have a host name with an underscore");
    }
    if (!(scheme.equals("http") || scheme.equals("https")) || base.getHost() == null) {
      throw new IllegalArgumentException(
          "the address of a registry is http://host[:port] or https://host[:port]");
    }
    if (base.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "the address of a registry holds no credentials; they have a place of their own");
    }
    String path = base.getRawPath();
    if (!(path.isEmpty() || path.equals("/"))
        || base.getRawQuery() != null
        || base.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "the address of a registry ends after its host and port: "
              + scheme
              + "://"
              + base.getRawAuthority());
    }
    return URI.create(scheme + "://" + base.getRawAuthority().toLowerCase(Locale.ROOT));
  }
}
