package dev.winnow.registry;

import java.net.URI;

/**
 * A request as an operation means it; sent once or several times.
 *
 * @param method the HTTP method
 * @param operation what it is for
 * @param address where it goes
 * @param access how it is authorized
 * @param accept the {@code Accept} header, empty for none
 * @param limit the largest body of a success
 * @param streamed whether the body of a success is read by the caller
 * @param repeatable whether it may be sent again when it may have had its effect
 * @param payload what it carries
 * @param gate asked right before each time it is sent
 */
record Call(
    String method,
    Operation operation,
    URI address,
    Access access,
    String accept,
    long limit,
    boolean streamed,
    boolean repeatable,
    Payload payload,
    Gate gate) {
  static final long PAGE = 32L << 20;
  static final long MANIFEST = 4L << 20;
  static final long ERROR = 64L << 10;

  /** Asked right before a request is sent, and told when it may have been. */
  interface Gate {
    /** Lets everything through. */
    Gate OPEN = () -> true;

    /** Whether the request may be sent; if not, its answer is {@link Reply#notSent}. */
    boolean passes();

    /** An attempt failed so that nobody knows whether it had its effect. */
    default void outcomeUnknown() {}
  }

  static Call get(Operation operation, URI address, Access access, String accept, long limit) {
    return new Call(
        "GET", operation, address, access, accept, limit, false, true, Payload.NONE, Gate.OPEN);
  }

  static Call head(Operation operation, URI address, Access access, String accept) {
    return new Call(
        "HEAD", operation, address, access, accept, ERROR, false, true, Payload.NONE, Gate.OPEN);
  }

  static Call delete(URI address, Access access, Gate gate) {
    return new Call(
        "DELETE", Operation.DELETE, address, access, "", ERROR, false, true, Payload.NONE, gate);
  }

  static Call send(
      String method,
      Operation operation,
      URI address,
      Access access,
      Payload payload,
      boolean repeatable) {
    return new Call(
        method, operation, address, access, "", ERROR, false, repeatable, payload, Gate.OPEN);
  }

  Call asStream() {
    return new Call(
        method, operation, address, access, accept, limit, true, repeatable, payload, gate);
  }

  boolean isRead() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** How messages name it: without the query, where secrets may stand. */
  String name() {
    return method + " " + address.getRawPath();
  }
}
