package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code winnow collect} refuses before it touches the volume. */
final class CollectInputTest {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final TestImage IMAGE = TestImages.oci("kept").build();

  @TempDir private Path folder;
  private Path root;

  @BeforeEach
  void setUp() {
    root = folder.resolve("root");
    new StoreWriter(root)
        .pushedAt(Instant.now().minus(Duration.ofDays(30)))
        .push("app", "1.10", IMAGE);
  }

  @AfterEach
  void nothingWasTouched() {
    assertThat(root.resolve(".winnow")).doesNotExist();
  }

  private Cli.Result collect(String... options) {
    List<String> all = new ArrayList<>(List.of("collect", "--root", root.toString()));
    all.addAll(List.of("--cache", "none"));
    all.addAll(List.of(options));
    return new Cli().clock(() -> NOW).run(all.toArray(String[]::new));
  }

  private void refuses(Cli.Result result, String... said) {
    assertThat(result.status()).as("%s", result).isEqualTo(Exit.USAGE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(said).doesNotContain("Exception");
  }

  /** A local time with a Z behind it would let an epoch end before anybody restarted. */
  @Test
  void writersThatStartLater() {
    refuses(
        collect("--writers-since", "2026-11-20T13:00:00Z"),
        "--writers-since 2026-11-20T13:00:00Z is in the future",
        "2026-11-20T12:00:00Z",
        "a local time");
    Cli.Result skewed = collect("--writers-since", "2026-11-20T12:00:59Z", "--dry-run");
    assertThat(skewed.status()).as("%s", skewed).isZero();
  }

  @Test
  void aTimeThatIsOver() {
    refuses(
        collect("--until", "2026-11-20T12:00:00Z"),
        "--until 2026-11-20T12:00:00Z is over",
        "the clock here says 2026-11-20T12:00:00Z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0h", "0d0h", "00"})
  void noTimeAtAllIsWrittenInOneWay(String zero) {
    refuses(collect("--hold", zero, "--offline"), "--hold " + zero, "0s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'repository':'app','tag':1.10,'digest':'D'}",
        "{'repository':'app','tag':'1.10','digest':'D'} {}",
        "{'repository':'app','tag':'1.10','digest':'D'},",
        "{'repository':'app','tag':'1.1','tag':'1.10','digest':'D'}",
        "[{'repository':'app','tag':'1.10','digest':'D'}]",
        "{'repository':'app','tag':null,'digest':'D'}",
        "{'repository':'app','tag':'1.10'}",
        "{'repository':'app','tag':'1.10','digest':'1.10'}",
        "{'repository':['app'],'tag':'1.10','digest':'D'}",
        "{'repository':'App','tag':'1.10','digest':'D'}",
        "{'repository':'app','tag':'1.10','digest':'D','at':'yesterday'}",
        "{'repository':'app','tag':'1.10','digest':'D','at':1763856000}",
        "app:1.10"
      })
  void aTagThatIsNotWrittenAsOne(String line) throws IOException {
    Path list = folder.resolve("list");
    Files.writeString(
        list, "\n" + line.replace('\'', '"').replace("D", IMAGE.digest()), StandardCharsets.UTF_8);
    refuses(collect("--untag", list.toString()), "--untag " + list + ":2 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--untag", "--in-use"})
  void aFileThatIsNoText(String option) throws IOException {
    Path missing = folder.resolve("missing");
    refuses(collect(option, missing.toString()), option + " " + missing + ": there is no such");
    refuses(collect(option, folder.toString()), option + " " + folder + ": Is a directory");
    Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xe9, '\n'});
    refuses(collect(option, latin.toString()), option + " " + latin + ": it is not UTF-8 text");
    Path word = Files.writeString(folder.resolve("word"), "\nlatest\n");
    refuses(collect(option, word.toString()), option + " " + word + ":2 is no");
    Path marked = Files.writeString(folder.resolve("marked"), "\uFEFF" + IMAGE.digest());
    refuses(collect(option, marked.toString()), option + " " + marked + ":1 ", "byte order mark");
  }

  @Test
  void aReportThatCannotBeWritten() {
    refuses(collect("--report", folder.toString()), "--report " + folder + ": Is a directory");
    Path nowhere = folder.resolve("none/report");
    refuses(collect("--report", nowhere.toString()), "--report " + nowhere + ": there is no such");
  }

  @Test
  void onePassOrAll() {
    refuses(
        new Cli().run("restore", "--root", root.toString(), "--pass", "x", "--all"),
        "--pass and --all");
  }
}
