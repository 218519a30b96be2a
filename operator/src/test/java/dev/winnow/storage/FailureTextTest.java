package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class FailureTextTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new AccessDeniedException("/a/b"), "blobs: /a/b: permission denied"),
        Arguments.of(
            new NoSuchFileException("/a/b"), "blobs: /a/b: there is no such file or folder"),
        Arguments.of(
            new FileSystemException("/a/b", null, "No space left on device"),
            "blobs: /a/b: No space left on device"),
        Arguments.of(new Volume.IsFolderException(Path.of("/a")), "blobs: /a: is a folder"),
        Arguments.of(new IOException("Input/output error"), "blobs: Input/output error"),
        Arguments.of(
            new IOException("repository x: " + new AccessDeniedException("/a/b")),
            "blobs: repository x: /a/b: permission denied"),
        Arguments.of(new ClosedByInterruptException(), "blobs: it failed"),
        Arguments.of("Redis localhost:6379: null", "blobs: Redis localhost:6379"),
        Arguments.of("it is 2.8.3: see example.com", "blobs: it is 2.8.3: see example.com"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void namesNoClass(Object failure, String text) {
    assertThat(FailureText.of("blobs: " + failure)).isEqualTo(text);
  }
}
