package dev.winnow.controller;

import dev.winnow.registry.RegistryException;
import dev.winnow.run.ClockSkewException;
import java.io.IOException;

/**
 * Why something did not work, as conditions say it.
 *
 * @param reason in a word
 * @param message for people
 * @param mayPass whether trying again can help before anybody changes something
 */
record Failure(String reason, String message, boolean mayPass) {
  /** What an exception of the registry means. */
  static Failure of(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case ClockSkewException skew -> new Failure("ClockSkew", message, false);
      case RegistryException registry ->
          switch (registry.kind()) {
            case UNAUTHORIZED, FORBIDDEN -> new Failure("Unauthorized", message, false);
            case UNTRUSTED_CERTIFICATE -> new Failure("UntrustedCertificate", message, false);
            case PLAIN_HTTP, TLS_EXPECTED, NOT_FOUND, BAD_RESPONSE ->
                new Failure("Unreachable", message, false);
            case UNREACHABLE,
                UNKNOWN_HOST,
                TIMEOUT,
                RATE_LIMITED,
                SERVER_ERROR,
                CIRCUIT_OPEN,
                INTERRUPTED ->
                new Failure("Unreachable", message, true);
          };
      default -> new Failure("Unreachable", message, true);
    };
  }
}
