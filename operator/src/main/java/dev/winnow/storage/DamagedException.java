package dev.winnow.storage;

import java.io.IOException;

/** Something in a store is not what a registry would have written; the message says what. */
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedException(String message) {
    super(message);
  }
}
