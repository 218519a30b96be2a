package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ReasonsTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new AccessDeniedException("/a/b"), "/a/b: permission denied"),
        Arguments.of(new NoSuchFileException("/a/b"), "/a/b: there is no such file or folder"),
        Arguments.of(new NotDirectoryException("/a/b"), "/a/b: it is no folder"),
        Arguments.of(
            new FileSystemException("/a/b", null, "No space left on device"),
            "/a/b: No space left on device"),
        Arguments.of(new FileSystemException("/a/b"), "/a/b: it failed"),
        Arguments.of(new Volume.IsFolderException(Path.of("/a")), "/a: is a folder"),
        Arguments.of(new IOException("Input/output error"), "Input/output error"),
        Arguments.of(new EOFException(), "it ends too early"),
        Arguments.of(new EOFException("EOF reached while reading"), "EOF reached while reading"),
        Arguments.of(new MalformedInputException(1), "it is not UTF-8 text"),
        Arguments.of(new ClosedByInterruptException(), "it failed"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void namesNoClass(IOException failure, String text) {
    assertThat(Reasons.text(failure)).isEqualTo(text);
  }
}
