package dev.winnow.controller;

import dev.winnow.registry.RegistryException;
import dev.winnow.run.ClockSkewException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;

/**
 * Why something did not work, as conditions say it.
 *
 * @param reason in a word
 * @param message for people
 * @param mayPass whether trying again can help before anybody changes something
 */
record Failure(String reason, String message, boolean mayPass) {
  /** Whether what the API server said, or did not say, may be another thing the next time. */
  static boolean mayPass(KubernetesClientException e) {
    int status = e.getCode();
    return status < 400 || status == 409 || status == 429 || status >= 500;
  }

  /** What an exception of the API server means. */
  static Failure of(KubernetesClientException e) {
    return new Failure("ApiServerRefused", String.valueOf(e.getMessage()), mayPass(e));
  }

  /**
   * What the API server will not do before somebody changes something.
   *
   * @throws KubernetesClientException the same, when it may do it the next time
   */
  static Failure forGood(KubernetesClientException e) {
    if (mayPass(e)) {
      throw e;
    }
    return of(e);
  }

  /** What an exception of the registry means. */
  static Failure of(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case ClockSkewException skew -> new Failure("ClockSkew", message, false);
      case RegistryException registry ->
          switch (registry.kind()) {
            case UNAUTHORIZED, FORBIDDEN -> new Failure("Unauthorized", message, false);
            case UNTRUSTED_CERTIFICATE -> new Failure("UntrustedCertificate", message, false);
            default -> new Failure("Unreachable", message, registry.kind().mayPass());
          };
      default -> new Failure("Unreachable", message, true);
    };
  }
}
