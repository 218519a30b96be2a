package dev.winnow.registry;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request to a registry gave no usable answer: the request, the status, what the registry
 * said and, where there is one, the next step. Never holds a secret.
 */
public final class RegistryException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, for callers that act on it. */
  public enum Kind {
    /** No connection, or it broke before an answer. */
    UNREACHABLE,
    /** The host's name has no address. */
    UNKNOWN_HOST,
    /** No connection, no answer or no progress in time. */
    TIMEOUT,
    /** The registry's certificate is not trusted or names another host. */
    UNTRUSTED_CERTIFICATE,
    /** HTTPS was tried, the server speaks plain HTTP. */
    PLAIN_HTTP,
    /** Plain HTTP was tried, the server speaks HTTPS. */
    TLS_EXPECTED,
    /** 401: no or wrong credentials. */
    UNAUTHORIZED,
    /** 403: not allowed. */
    FORBIDDEN,
    /** 404 where something had to be. */
    NOT_FOUND,
    /** 429, also after the retries. */
    RATE_LIMITED,
    /** 5xx, also after the retries. */
    SERVER_ERROR,
    /** An answer that breaks the specification: a wrong digest, a web page, too large, cut off. */
    BAD_RESPONSE,
    /** Not asked: the last requests to this host all failed. */
    CIRCUIT_OPEN,
    /** The thread was interrupted; its flag is set again. */
    INTERRUPTED;

    /** Whether asking again later can help before anybody changes something. */
    public boolean mayPass() {
      return switch (this) {
        case UNREACHABLE,
            UNKNOWN_HOST,
            TIMEOUT,
            RATE_LIMITED,
            SERVER_ERROR,
            CIRCUIT_OPEN,
            INTERRUPTED ->
            true;
        case UNTRUSTED_CERTIFICATE,
            PLAIN_HTTP,
            TLS_EXPECTED,
            UNAUTHORIZED,
            FORBIDDEN,
            NOT_FOUND,
            BAD_RESPONSE ->
            false;
      };
    }
  }

  /** How far a failed attempt got, which decides whether it may be made again. */
  enum Reach {
    /** The request was not sent. */
    NOT_SENT,
    /** It may have been sent, and may have had its effect. */
    MAYBE,
    /** Trying again would end the same way. */
    FINAL
  }

  private final Kind kind;
  private final int status;
  private final Reach reach;

  RegistryException(Kind kind, int status, String message) {
    this(kind, status, message, Reach.FINAL, null);
  }

  RegistryException(Kind kind, int status, String message, Reach reach, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.status = status;
    this.reach = reach;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The HTTP status, 0 when there was no answer. */
  public int status() {
    return status;
  }

  Reach reach() {
    return reach;
  }

  /** Whether the attempt failed for a reason that may pass: the connection, not the answer. */
  boolean isConnectionFault() {
    return reach != Reach.FINAL;
  }
}
