package dev.winnow.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Failures in words: the message of most exceptions of files is nothing but a path. */
final class Reasons {
  private Reasons() {}

  /** What went wrong, with the path when it was a file. */
  static String text(IOException e) {
    return e instanceof FileSystemException file && file.getFile() != null
        ? file.getFile() + ": " + withoutPath(e)
        : withoutPath(e);
  }

  /** What went wrong with a file that was named already. */
  static String withoutPath(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "there is no such file or folder";
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> "there is a file of that name, and no folder";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      case CharacterCodingException coding -> "it is not UTF-8 text";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
