package dev.winnow.registry.auth;

import java.io.IOException;
import java.net.URI;

/** Asks a token service over HTTP, with the bounds, retries and trust of the registry's client. */
public interface TokenEndpoint {
  /**
   * GETs the address.
   *
   * @param authorization the {@code Authorization} header, empty for none
   */
  TokenAnswer get(URI address, String authorization) throws IOException, InterruptedException;

  /** POSTs a form. */
  TokenAnswer post(URI address, String form) throws IOException, InterruptedException;
}
