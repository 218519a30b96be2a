package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CrdsTest {
  /** {@code make crds} writes what this test otherwise holds. */
  @Test
  void areWhatTheRecordsSay() throws IOException {
    Path folder = Tools.checkout().resolve("crds");
    Map<String, String> made = new CrdDocuments(Tools.checkout()).all();
    if (Boolean.getBoolean("winnow.write")) {
      Files.createDirectories(folder);
      for (Map.Entry<String, String> file : made.entrySet()) {
        Files.writeString(folder.resolve(file.getKey()), file.getValue());
      }
    }
    assertThat(committed(folder))
        .as("crds/ is not what the records say; run make crds")
        .isEqualTo(made);
  }

  private static Map<String, String> committed(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        files.put(String.valueOf(file.getFileName()), Files.readString(file));
      }
    }
    return files;
  }
}
