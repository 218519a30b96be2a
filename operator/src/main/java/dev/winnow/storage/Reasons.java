package dev.winnow.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/** Failures in words: the message of most exceptions of files is nothing but a path. */
public final class Reasons {
  /** As the C library says that a disk, or what one may have of it, is full. */
  private static final List<String> FULL =
      List.of("No space left on device", "Disk quota exceeded");

  private Reasons() {}

  /** Whether a failure in words, or one of some, is that there is no space. */
  public static boolean isFull(String text) {
    return FULL.stream().anyMatch(text::contains);
  }

  /** What went wrong, with the path when it was a file. */
  public static String text(IOException e) {
    return e instanceof FileSystemException file && file.getFile() != null
        ? file.getFile() + ": " + withoutPath(e)
        : withoutPath(e);
  }

  /** What went wrong with a file that was named already. */
  public static String withoutPath(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "there is no such file or folder";
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> "there is a file of that name, and no folder";
      case NotDirectoryException other -> "it is no folder";
      case DirectoryNotEmptyException full -> "the folder is not empty";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      case FileSystemException other -> "it failed";
      case EOFException end when end.getMessage() == null -> "it ends too early";
      case CharacterCodingException coding -> "it is not UTF-8 text";
      default -> e.getMessage() == null ? "it failed" : e.getMessage();
    };
  }
}
