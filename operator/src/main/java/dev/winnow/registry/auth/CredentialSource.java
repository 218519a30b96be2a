package dev.winnow.registry.auth;

import java.io.IOException;

/**
 * Where credentials are read when a registry first asks for them, and again when it refuses the
 * ones it got: a helper's may expire, a Secret's may change.
 */
@FunctionalInterface
public interface CredentialSource {
  /** Nothing to show to anybody. */
  CredentialSource ANONYMOUS = of(Credentials.ANONYMOUS);

  /** The credentials of now. */
  Credentials read() throws IOException, InterruptedException;

  /** Always the same credentials. */
  static CredentialSource of(Credentials credentials) {
    return () -> credentials;
  }
}
