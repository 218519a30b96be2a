package dev.winnow.oci;

/** Bytes that are not a manifest or config that can be understood. The message says why. */
public final class InvalidManifestException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidManifestException(String message) {
    super(message);
  }

  public InvalidManifestException(String message, Throwable cause) {
    super(message, cause);
  }
}
