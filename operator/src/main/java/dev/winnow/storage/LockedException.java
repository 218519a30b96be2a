package dev.winnow.storage;

import java.io.IOException;

/** Somebody else collects this store. */
public final class LockedException extends IOException {
  private static final long serialVersionUID = 1L;

  LockedException(String message) {
    super(message);
  }
}
