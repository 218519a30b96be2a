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

  /** What a user can do where a registry asks for credentials and there are none. */
  default String remedy() {
    return "give a user name and a password";
  }

  /** This source, with what its user can do where it has none. */
  default CredentialSource withRemedy(String remedy) {
    CredentialSource source = this;
    return new CredentialSource() {
      @Override
      public Credentials read() throws IOException, InterruptedException {
        return source.read();
      }

      @Override
      public String remedy() {
        return remedy;
      }
    };
  }

  /** Always the same credentials. */
  static CredentialSource of(Credentials credentials) {
    return () -> credentials;
  }
}
