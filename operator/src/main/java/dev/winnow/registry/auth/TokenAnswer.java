package dev.winnow.registry.auth;

/**
 * An answer of a token service.
 *
 * @param status the HTTP status
 * @param body the body, bounded; it may hold a secret
 */
public record TokenAnswer(int status, String body) {
  @Override
  public String toString() {
    return "TokenAnswer[" + status + "]";
  }
}
