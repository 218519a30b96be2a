package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.RegistryException.Reach;
import dev.winnow.registry.auth.AuthException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** Says what went wrong, and what to do about it. */
final class Faults {
  private Faults() {}

  /** An answer that is not what the operation needs. */
  static RegistryException of(Reply reply) {
    int status = reply.status();
    RegistryError error = reply.error();
    String head = reply.call().name() + ": " + status;
    String said = error.text().isEmpty() ? "" : " " + error.text();
    if (status == 400 && saysHttps(reply.bytes())) {
      return new RegistryException(
          Kind.TLS_EXPECTED, status, head + ": the server speaks HTTPS; write https://");
    }
    return switch (status) {
      case 401 ->
          new RegistryException(
              Kind.UNAUTHORIZED,
              status,
              head + said + "; check the user name and the password, and what this user may do");
      case 403 ->
          new RegistryException(
              Kind.FORBIDDEN, status, head + said + "; this user may not do this");
      case 404 ->
          new RegistryException(
              Kind.NOT_FOUND,
              status,
              head + said + (error.isRegistrys() ? "" : "; is this a registry's address?"));
      case 429 ->
          new RegistryException(
              Kind.RATE_LIMITED,
              status,
              head + said + "; the registry limits requests: lower the concurrency");
      default ->
          new RegistryException(
              status >= 500 ? Kind.SERVER_ERROR : Kind.BAD_RESPONSE, status, head + said);
    };
  }

  /** An answer that breaks the specification. */
  static RegistryException bad(Reply reply, String why) {
    return new RegistryException(
        Kind.BAD_RESPONSE, reply.status(), reply.call().name() + ": " + why);
  }

  /** A web page where the registry should have answered. */
  static RegistryException webPage(Reply reply) {
    return bad(
        reply,
        "the answer is a web page ("
            + reply.mediaType()
            + "), not a registry's: a proxy or a login page stands before the registry, or the"
            + " address is not its own");
  }

  /** A body that did not come whole. */
  static RegistryException of(Call call, int status, Body body) {
    return switch (body) {
      case Body.TooLarge(long limit) ->
          new RegistryException(
              Kind.BAD_RESPONSE,
              status,
              call.name()
                  + ": the body is larger than "
                  + limit
                  + " bytes, which is the most read");
      case Body.CutOff(Throwable cause) -> cutOff(call.name(), cause);
      case Body.Stalled(String why) -> stalled(call.name(), why);
      case Body.Whole _, Body.Stream _ -> throw new IllegalArgumentException("a whole body");
    };
  }

  static RegistryException cutOff(String what, Throwable cause) {
    return new RegistryException(
        Kind.BAD_RESPONSE,
        0,
        what + ": the body was cut off (truncated): " + cause.getMessage(),
        Reach.MAYBE,
        cause);
  }

  static RegistryException stalled(String what, String why) {
    return new RegistryException(Kind.TIMEOUT, 0, what + ": " + why, Reach.MAYBE, null);
  }

  /** Sets the thread's flag again. */
  static RegistryException interrupted(String what, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new RegistryException(Kind.INTERRUPTED, 0, what + ": interrupted", Reach.FINAL, cause);
  }

  /** What the HTTP client threw. */
  static RegistryException of(Call call, IOException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof RegistryException known) {
        return known; // Also the fault of a stream that was being sent.
      }
    }
    String host = Origins.hostAndPort(call.address());
    if (e instanceof AuthException) {
      return new RegistryException(
          Kind.UNAUTHORIZED, 401, call.name() + ": " + e.getMessage(), Reach.FINAL, null);
    }
    if (find(e, UnresolvedAddressException.class) || find(e, UnknownHostException.class)) {
      return fault(Kind.UNKNOWN_HOST, call, "no address for " + host, Reach.NOT_SENT, e);
    }
    if (e instanceof HttpConnectTimeoutException) {
      return fault(Kind.TIMEOUT, call, "no connection to " + host, Reach.NOT_SENT, e);
    }
    if (e instanceof HttpTimeoutException) {
      return fault(Kind.TIMEOUT, call, "no answer from " + host, Reach.MAYBE, e);
    }
    RegistryException tls = tls(call, host, e);
    if (tls != null) {
      return tls;
    }
    if (isCutOff(messages(e))) {
      return cutOff(call.name(), e);
    }
    boolean unsent = find(e, ConnectException.class) || find(e, NoRouteToHostException.class);
    return fault(
        Kind.UNREACHABLE,
        call,
        (unsent ? "cannot connect to " : "the connection broke: ") + host,
        unsent ? Reach.NOT_SENT : Reach.MAYBE,
        e);
  }

  /**
   * Whether a connection broke within a body. Mostly the body's reader is told; where it breaks
   * before there is one, the request is, with what {@code jdk.internal.net.http.ResponseContent}
   * says of how far it came.
   */
  private static boolean isCutOff(String messages) {
    return messages.contains("fixed content-length: ")
        || messages.contains("chunked transfer encoding, state: ");
  }

  private static @Nullable RegistryException tls(Call call, String host, IOException e) {
    // An alert record where a status line should be.
    if (String.valueOf(e.getMessage()).contains("\u0015\u0003")) {
      return fault(
          Kind.TLS_EXPECTED, call, host + " speaks HTTPS; write https://", Reach.FINAL, null);
    }
    if (!find(e, SSLException.class)) {
      return null;
    }
    if (messages(e).contains("unrecognized ssl message")) {
      return fault(
          Kind.PLAIN_HTTP, call, host + " speaks plain HTTP; write http://", Reach.FINAL, e);
    }
    if (find(e, CertificateException.class)
        || find(e, CertPathValidatorException.class)
        || find(e, CertPathBuilderException.class)) {
      return fault(
          Kind.UNTRUSTED_CERTIFICATE,
          call,
          "the certificate of " + host + " is not trusted: give the bundle of its CA",
          Reach.FINAL,
          e);
    }
    Reach reach = find(e, SSLHandshakeException.class) ? Reach.NOT_SENT : Reach.MAYBE;
    return fault(Kind.UNREACHABLE, call, "TLS with " + host + " failed", reach, e);
  }

  private static RegistryException fault(
      Kind kind, Call call, String what, Reach reach, @Nullable IOException e) {
    String detail = e == null || e.getMessage() == null ? "" : ": " + e.getMessage();
    return new RegistryException(kind, 0, call.name() + ": " + what + detail, reach, e);
  }

  /** Go's and nginx's words for plain HTTP on a TLS port. */
  private static boolean saysHttps(byte[] body) {
    String lower = new String(body, UTF_8).toLowerCase(Locale.ROOT);
    return lower.contains("http request to an https server")
        || lower.contains("plain http request was sent to https port");
  }

  private static boolean find(Throwable e, Class<? extends Throwable> type) {
    int depth = 0;
    for (Throwable t = e; t != null && depth < 20; t = t.getCause(), depth++) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  private static String messages(Throwable e) {
    StringBuilder all = new StringBuilder();
    int depth = 0;
    for (Throwable t = e; t != null && depth < 20; t = t.getCause(), depth++) {
      all.append(t.getMessage()).append('\n');
    }
    return all.toString().toLowerCase(Locale.ROOT);
  }
}
