package dev.winnow.cli;

import dev.winnow.storage.CollectionReport;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code --report}. It is emptied before the pass: a path that cannot be written is
 * known before anything is touched, and no report of an earlier pass is taken for one of this.
 */
final class ReportFile implements AutoCloseable {
  private static final String OPTION = "--report";

  private final @Nullable Path file;
  private final OutputStream out;

  private ReportFile(@Nullable Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Opens and empties it.
   *
   * @param file null: nobody asked for one
   */
  static ReportFile open(@Nullable Path file) throws CommandException {
    if (file == null) {
      return new ReportFile(null, OutputStream.nullOutputStream());
    }
    try {
      return new ReportFile(file, Files.newOutputStream(file));
    } catch (IOException e) {
      throw OptionFile.bad(OPTION, file, e);
    }
  }

  void write(CollectionReport report) throws CommandException {
    try (out) {
      CollectionOutput.json(report, out);
    } catch (IOException e) {
      throw new CommandException(
          Exit.FAILED, OPTION + " " + file + " is not all written: " + Reasons.withoutPath(e));
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
