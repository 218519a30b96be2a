package dev.winnow.run;

import dev.winnow.api.Secret;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.registry.auth.DockerConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Credentials of a registry from a Kubernetes Secret. */
public final class SecretCredentials {
  private SecretCredentials() {}

  /**
   * The credentials for an address.
   *
   * @throws IllegalArgumentException when the Secret is of another type, or lacks a key
   * @throws IOException when what it holds cannot be read; no message holds a secret
   */
  public static Credentials of(Secret secret, URI url) throws IOException, InterruptedException {
    return switch (secret.type()) {
      case "kubernetes.io/basic-auth" ->
          new Credentials.UserPassword(required(secret, "username"), required(secret, "password"));
      case "kubernetes.io/dockerconfigjson" ->
          DockerConfig.parse(
                  required(secret, ".dockerconfigjson").getBytes(StandardCharsets.UTF_8),
                  "Secret " + secret.metadata().name())
              .credentials(url);
      default ->
          throw new IllegalArgumentException(
              "its type is "
                  + secret.type()
                  + "; use kubernetes.io/basic-auth or kubernetes.io/dockerconfigjson");
    };
  }

  private static String required(Secret secret, String key) {
    return secret
        .value(key)
        .orElseThrow(() -> new IllegalArgumentException("it has no key " + key));
  }
}
