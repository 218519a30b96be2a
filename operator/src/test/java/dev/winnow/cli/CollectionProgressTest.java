package dev.winnow.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What a person sees of a long pass, and what a log has of it. */
final class CollectionProgressTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Instant now = Instant.parse("2026-11-21T12:00:00Z");

  private CollectionProgress progress(boolean interactive) {
    PrintStream stream = new PrintStream(err, true, UTF_8);
    Terminal terminal = new Terminal(InputStream.nullInputStream(), stream, stream, interactive);
    return new CollectionProgress(terminal, () -> now);
  }

  @Test
  void aLogHasALineAtEachStepAndEveryHalfMinute() {
    CollectionProgress progress = progress(false);
    for (int second = 0; second <= 65; second++) {
      progress.at("marking", second, 100, "repositories");
      now = now.plusSeconds(1);
    }
    progress.at("taking", 0, 3, "files");
    assertThat(err.toString(UTF_8))
        .isEqualTo(
            """
            {"time":"2026-11-21T12:00:00Z","doing":"marking","done":0,"of":100,"what":"repositories"}
            {"time":"2026-11-21T12:00:30Z","doing":"marking","done":30,"of":100,"what":"repositories"}
            {"time":"2026-11-21T12:01:00Z","doing":"marking","done":60,"of":100,"what":"repositories"}
            {"time":"2026-11-21T12:01:06Z","doing":"taking","done":0,"of":3,"what":"files"}
            """);
  }

  @Test
  void aPersonSeesHowManyASecond() throws InterruptedException {
    CollectionProgress progress = progress(true);
    progress.at("purging", 0, 1_000, "files");
    now = now.plusSeconds(10);
    org.awaitility.Awaitility.await()
        .until(() -> {
          progress.at("purging", 500, 1_000, "files");
          return err.toString(UTF_8).contains("purging 500 of 1000 files, 50 a second");
        });
  }
}
