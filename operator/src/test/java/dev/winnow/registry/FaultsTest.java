package dev.winnow.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.registry.RegistryException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultsTest {
  private static RegistryException of(String message) {
    Call call =
        Call.get(
            Operation.CATALOG,
            URI.create("http://registry:5000/v2/_catalog"),
            Access.CATALOG,
            "application/json",
            100);
    return Faults.of(call, new IOException(message, new EOFException("EOF reached while reading")));
  }

  /** What the HTTP client of the JDK says when the body's reader is not there yet. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "fixed content-length: 184, bytes received: 9",
        "chunked transfer encoding, state: READING_DATA"
      })
  void aBodyThatWasCutOffIsOneWhoeverIsTold(String message) {
    assertThat(of(message))
        .hasMessageContaining("the body was cut off (truncated): " + message)
        .extracting(RegistryException::kind)
        .isEqualTo(Kind.BAD_RESPONSE);
  }

  @Test
  void anotherEndOfAConnectionIsNoAnswer() {
    assertThat(of("HTTP/1.1 header parser received no bytes"))
        .hasMessageContaining("the connection broke: registry:5000")
        .extracting(RegistryException::kind)
        .isEqualTo(Kind.UNREACHABLE);
  }
}
