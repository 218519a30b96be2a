package dev.winnow.testing;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What a {@link TestProxy} does to a request instead of passing it on and its answer back. */
public sealed interface Fault {
  /** Answers itself; the registry sees nothing. */
  record Respond(int status, Map<String, String> headers, String body) implements Fault {
    public Respond(int status) {
      this(status, Map.of(), "");
    }
  }

  /** Waits until the gate is open, and passes on then. */
  record Hold(CountDownLatch gate) implements Fault {}

  /** Closes the connection; the registry sees nothing. */
  record DropRequest() implements Fault {}

  /** Closes the connection once the registry has done what it was asked. */
  record DropResponse() implements Fault {}

  /** Passes it on and answers this, whatever the registry says. */
  record Instead(int status, String body) implements Fault {}

  /** Says the true length, sends so many bytes of the body and closes the connection. */
  record Truncate(int bytes) implements Fault {}

  /**
   * Adds blanks, which are valid after JSON, until the body has so many bytes; in pieces of unknown
   * total unless the length is told.
   */
  record Oversize(long bytes, boolean told) implements Fault {}

  /** Sends the body a byte at a time with this pause after each. */
  record Drip(Duration pause) implements Fault {}

  /** Changes a byte in the middle of the body. */
  record Corrupt() implements Fault {}

  /** Sets headers of the answer; a null value removes one. */
  record Headers(Map<String, @Nullable String> headers) implements Fault {}
}
