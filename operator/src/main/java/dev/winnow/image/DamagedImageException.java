package dev.winnow.image;

import java.io.IOException;

/** Content that is there and not what its name says; the message says what is wrong. */
public final class DamagedImageException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
