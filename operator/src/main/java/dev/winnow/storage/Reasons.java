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

/** Failures in words: the message of most exceptions of files is nothing but a path. */
public final class Reasons {
  private Reasons() {}

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
