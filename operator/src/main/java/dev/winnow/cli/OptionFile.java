package dev.winnow.cli;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A file that an option names: read as a whole, or an error that names both. */
final class OptionFile {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private OptionFile() {}

  /** Its lines. */
  static List<String> lines(String option, Path file) throws CommandException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw bad(option, file, e);
    }
    if (!lines.isEmpty() && lines.getFirst().startsWith(BYTE_ORDER_MARK)) {
      throw bad(option, file, 1, "begins with a byte order mark: save it without one");
    }
    return lines;
  }

  /** The digests in it, one a line. */
  static Set<Digest> digests(String option, Path file) throws CommandException {
    Set<Digest> digests = new LinkedHashSet<>();
    int number = 0;
    for (String line : lines(option, file)) {
      int at = ++number;
      if (!line.isBlank()) {
        digests.add(
            Digest.parse(line.strip())
                .orElseThrow(() -> bad(option, file, at, "is no digest: " + line)));
      }
    }
    return digests;
  }

  /** What is wrong with all of it. */
  static CommandException bad(String option, Path file, IOException e) {
    return new CommandException(Exit.USAGE, option + " " + file + ": " + Reasons.withoutPath(e));
  }

  /** What is wrong with one of its lines. */
  static CommandException bad(String option, Path file, int line, String what) {
    return new CommandException(Exit.USAGE, option + " " + file + ":" + line + " " + what);
  }
}
