package dev.winnow.registry.auth;

import java.io.IOException;

/** Why no authorization could be had. Its message never holds a secret. */
public final class AuthException extends IOException {
  private static final long serialVersionUID = 1L;

  public AuthException(String message) {
    super(message);
  }
}
