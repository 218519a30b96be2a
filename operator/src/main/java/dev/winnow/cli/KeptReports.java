package dev.winnow.cli;

import dev.winnow.storage.CollectionReport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The reports of the last passes on the volume itself, whole, where a Job's log is long gone. */
final class KeptReports {
  private static final int KEPT = 20;

  private final Path folder;

  /**
   * @param root of the store
   */
  KeptReports(Path root) {
    folder = root.resolve(".winnow/reports");
  }

  /** Writes one; the oldest go. */
  void add(CollectionReport report) throws IOException {
    Files.createDirectories(folder);
    Path made = folder.resolve("." + report.pass());
    try {
      try (OutputStream out = Files.newOutputStream(made)) {
        CollectionOutput.json(report, out);
      }
      Files.move(made, next(report.pass()));
    } finally {
      Files.deleteIfExists(made);
    }
    for (Path old : beyond()) {
      Files.deleteIfExists(old);
    }
  }

  /** A pass is called by its second, in which there may have been others: it comes after them. */
  private Path next(String pass) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      Optional<String> last =
          all.map(each -> each.getFileName().toString())
              .filter(each -> each.startsWith(pass))
              .max(Comparator.naturalOrder());
      if (last.isEmpty()) {
        return folder.resolve(pass + ".json");
      }
      String number = last.get().replaceFirst("[^_]*_?(\\d*)\\.json", "$1");
      return folder.resolve(
          "%s_%03d.json".formatted(pass, number.isEmpty() ? 2 : Integer.parseInt(number) + 1));
    }
  }

  /** Names begin with the time, so that the oldest come first. */
  private List<Path> beyond() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> reports = all.filter(each -> each.toString().endsWith(".json")).sorted().toList();
      return reports.subList(0, Math.max(0, reports.size() - KEPT));
    }
  }
}
