package dev.winnow.controller;

import dev.winnow.api.Durations;
import dev.winnow.api.Metadata;
import dev.winnow.api.Parsed;
import dev.winnow.api.Registry;
import dev.winnow.registry.HostLimits;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryEndpoint;
import dev.winnow.registry.RequestListener;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.registry.TlsOptions;
import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.run.SecretCredentials;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens clients of registries, with the Secret and the ConfigMap that they name. Both are read by
 * name when they are needed; no other is ever seen.
 */
final class RegistryClients {
  private final KubernetesClient kubernetes;
  private final String version;
  private final InstantSource clock;
  private final RequestListener listener;
  private final HostLimits limits = new HostLimits();

  RegistryClients(
      KubernetesClient kubernetes, String version, InstantSource clock, RequestListener listener) {
    this.kubernetes = kubernetes;
    this.version = version;
    this.clock = clock;
    this.listener = listener;
  }

  /** Reason where the Secret that a Registry names is not there, or is of no use. */
  static final String SECRET = "SecretMissing";

  /** The same of the ConfigMap with its certificates. */
  static final String CERTIFICATES = "UntrustedCertificate";

  /** Something that a Registry names is not there, or is not what it must be. */
  static final class MissingException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    MissingException(String reason, String message) {
      super(message);
      this.reason = reason;
    }

    Failure failure() {
      return new Failure(reason, String.valueOf(getMessage()), false);
    }
  }

  /**
   * Opens a client.
   *
   * @param retry how often to ask
   * @throws MissingException when the Secret or the ConfigMap is not there or not usable
   */
  RegistryClient open(String namespace, Registry.Spec spec, RetryPolicy retry)
      throws MissingException {
    Duration timeout =
        Durations.parse(spec.client().timeout()) instanceof Parsed.Ok<Duration>(Duration value)
            ? value
            : Duration.ofSeconds(30);
    return open(namespace, spec, retry, timeout, null);
  }

  /**
   * Opens a client of one pod of a registry, which is asked once.
   *
   * @param pod its address
   * @throws MissingException when the Secret or the ConfigMap is not there or not usable
   */
  RegistryClient openPod(String namespace, Registry.Spec spec, URI pod, Duration timeout)
      throws MissingException {
    return open(namespace, spec, RetryPolicy.DEFAULT.withAttempts(1), timeout, pod);
  }

  private RegistryClient open(
      String namespace, Registry.Spec spec, RetryPolicy retry, Duration timeout, @Nullable URI pod)
      throws MissingException {
    URI url = URI.create(spec.url());
    String name = pod == null ? "" : url.getHost();
    String certificates = certificates(namespace, spec.caBundleRef());
    CredentialSource credentials = credentials(namespace, spec.credentialsSecretRef(), url);
    try {
      return new RegistryClient(
          RegistryEndpoint.of(pod == null ? url : pod, version, clock)
              .withLimits(spec.client().concurrency(), timeout)
              .withTls(new TlsOptions(certificates, false, name))
              .withCredentials(credentials)
              .withRetry(retry)
              .withListener(listener),
          limits);
    } catch (IllegalArgumentException e) {
      Registry.KeyRef bundle = spec.caBundleRef();
      if (bundle == null) {
        throw e;
      }
      throw new MissingException(
          CERTIFICATES, path(bundle) + ", key " + bundle.key() + ": " + e.getMessage());
    }
  }

  private CredentialSource credentials(
      String namespace, Registry.@Nullable NameRef reference, URI url) throws MissingException {
    if (reference == null) {
      return CredentialSource.ANONYMOUS;
    }
    String path = "spec.credentialsSecretRef: Secret " + reference.name();
    Secret found = read(kubernetes.secrets(), namespace, reference.name(), SECRET, path);
    if (found == null) {
      throw new MissingException(
          SECRET, path + " is not there; create it in namespace " + namespace);
    }
    dev.winnow.api.Secret secret =
        new dev.winnow.api.Secret(
            "v1",
            "Secret",
            Metadata.named(reference.name()),
            String.valueOf(found.getType()),
            Objects.requireNonNullElse(found.getData(), Map.of()),
            Map.of(),
            null);
    try {
      Credentials credentials = SecretCredentials.of(secret, url);
      return CredentialSource.of(credentials)
          .withRemedy("Secret " + reference.name() + " has no entry for " + url.getAuthority());
    } catch (IllegalArgumentException | IOException e) {
      throw new MissingException(SECRET, path + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MissingException(SECRET, path + " was not read: interrupted");
    }
  }

  private static <R> @Nullable R read(
      MixedOperation<R, ?, Resource<R>> kind,
      String namespace,
      String name,
      String reason,
      String path)
      throws MissingException {
    try {
      return kind.inNamespace(namespace).withName(name).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      throw new MissingException(
          reason,
          path
              + " may not be read by the operator; bind its role to its service account in namespace "
              + namespace
              + ": "
              + e.getMessage());
    }
  }

  private String certificates(String namespace, Registry.@Nullable KeyRef reference)
      throws MissingException {
    if (reference == null) {
      return "";
    }
    ConfigMap map =
        read(kubernetes.configMaps(), namespace, reference.name(), CERTIFICATES, path(reference));
    if (map == null) {
      throw new MissingException(
          CERTIFICATES,
          path(reference)
              + " is not there; create it in namespace "
              + namespace
              + ", with the CA certificates under key "
              + reference.key());
    }
    String pem = map.getData() == null ? null : map.getData().get(reference.key());
    if (pem == null || pem.isBlank()) {
      throw new MissingException(
          CERTIFICATES, path(reference) + " has nothing under key " + reference.key());
    }
    return pem;
  }

  private static String path(Registry.KeyRef bundle) {
    return "spec.caBundleRef: ConfigMap " + bundle.name();
  }
}
