package dev.winnow.registry.auth;

import java.io.IOException;
import java.net.URI;

/** Asks a token service over HTTP, with the bounds, retries and trust of the registry's client. */
public interface TokenEndpoint {
  /**
   * An answer of the token service.
   *
   * @param status the HTTP status
   * @param body the body, bounded
   */
  record Answer(int status, String body) {
    @Override
    public String toString() {
      return "Answer[" + status + "]";
    }
  }

  /**
   * GETs the address.
   *
   * @param authorization the {@code Authorization} header, empty for none
   */
  Answer get(URI address, String authorization) throws IOException, InterruptedException;

  /** POSTs a form. */
  Answer post(URI address, String form) throws IOException, InterruptedException;
}
