package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code winnow collect} says, also where it is refused, fails or is interrupted. */
final class CollectOutputTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Map<String, String> FAST = Map.of("WINNOW_TEST_FAST_TIME", "1");
  private static final String[] OFFLINE = {"--offline", "--cache", "none", "--grace", "0s"};
  private static final String[] ONLINE = {
    "--cache", "none", "--grace", "1s", "--hold", "1s", "--untagged", "1s", "--yes"
  };

  @TempDir private Path folder;
  private final TestImage kept = TestImages.oci("kept").build();
  private final TestImage old = TestImages.oci("old").build();
  private final TestImage dropped = TestImages.oci("dropped").build();

  private StoreWriter store(String name) {
    return new StoreWriter(folder.resolve(name))
        .pushedAt(Instant.now().minus(Duration.ofDays(30)))
        .push("app", "latest", kept)
        .push("app", "old", old)
        .push("app", dropped);
  }

  private Cli.Result collect(Cli cli, String name, String... options) {
    return cli.environment(FAST).run(command(name, options));
  }

  private String[] command(String name, String... options) {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("collect", "--root", folder.resolve(name).toString()));
    all.addAll(Arrays.asList(options));
    return all.toArray(String[]::new);
  }

  private Cli.Result offline(String... options) {
    List<String> all = new ArrayList<>(Arrays.asList(OFFLINE));
    all.addAll(Arrays.asList(options));
    return collect(new Cli(), "root", all.toArray(String[]::new));
  }

  /** Tags of which one has moved. */
  private String untags() throws IOException {
    Path list = folder.resolve("list");
    String line = "{\"repository\":\"app\",\"tag\":\"%s\",\"digest\":\"%s\"}\n";
    String goes = line.formatted("old", old.digest());
    Files.writeString(list, goes + goes + line.formatted("latest", old.digest()));
    return list.toString();
  }

  private static List<String> names(JsonNode report) {
    List<String> names = new ArrayList<>();
    report.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void tellsInJsonWhatItPassedOver() throws IOException {
    store("root");
    JsonNode report = JSON.readTree(offline("-o", "json", "--untag", untags()).out());
    assertThat(report.path("untagged").asInt()).isOne();
    assertThat(report.path("remarks").toString()).contains("app:latest has moved to");
    assertThat(report.has("failures")).isFalse();
    assertThat(names(JSON.readTree(offline("-o", "json").out())))
        .doesNotContain("untagged", "remarks", "failures")
        .endsWith("tidied", "tainted", "damaged");
  }

  @Test
  void tellsSinceWhenImagesAreDamagedAndPurgesNothingWhereItIsOnlyToTake() throws IOException {
    StoreWriter store = store("root");
    Files.delete(store.blob(old.blobs().getLast().digest()));
    Cli.Result taken = offline("--hold", "0s", "--take-only");
    assertThat(taken.out())
        .contains("app:old is damaged: ", " has no data, since before the first pass")
        .containsPattern("taken +3 .*\n.*\npurged +0 ");
    Files.delete(store.blob(kept.blobs().getLast().digest()));
    JsonNode damaged = JSON.readTree(offline("--hold", "0s", "-o", "json").out()).path("damaged");
    assertThat(damaged).hasSize(2);
    assertThat(damaged.get(0).path("since").asText()).matches("\\d{8}T\\d{6}Z");
    assertThat(damaged.get(1).path("since").isNull()).isTrue();
  }

  @Test
  void tellsHowManyTagsWent() throws IOException {
    StoreWriter store = store("root");
    Cli.Result dry = offline("--dry-run", "--untag", untags());
    assertThat(dry.status()).as("%s", dry).isZero();
    assertThat(dry.out()).contains("1 tags would be untagged");
    assertThat(dry.err()).contains("app:latest has moved to");
    assertThat(store.tag("app", "old")).exists();
    assertThat(offline("--untag", untags()).out())
        .contains("1 tags were untagged", "app:latest has moved to");
    assertThat(store.tag("app", "old")).doesNotExist();
    assertThat(offline().out()).doesNotContain("untagged");
  }

  @Test
  void aDryRunIsRefusedForAnotherVolume() {
    store("root");
    Cli.Result never = offline("--dry-run", "--expect", "wrong");
    assertThat(never.status()).as("%s", never).isEqualTo(Exit.REFUSED);
    assertThat(offline().status()).isZero();
    Cli.Result dry = offline("--dry-run", "--expect", "wrong");
    assertThat(dry).isEqualTo(offline("--expect", "wrong"));
    assertThat(dry.status()).isEqualTo(Exit.REFUSED);
    assertThat(dry.err()).contains("and not wrong");
  }

  /** A real pass would ask a person; and where it is refused, no old report stays. */
  @Test
  void aDryRunTellsOfARefusal() throws IOException {
    StoreWriter store =
        store("root")
            .push("app", TestImages.oci("more").build())
            .push("app", TestImages.oci("most").build());
    Cli.Result dry = offline("--dry-run", "-o", "json");
    assertThat(dry.status()).isZero();
    assertThat(dry.err()).contains("a pass now would be refused: nothing refers to 9 of 15");
    assertThat(JSON.readTree(dry.out()).path("remarks").toString()).contains("would be refused");
    assertThat(offline("--dry-run", "--yes").err()).doesNotContain("refused");

    Path report = Files.writeString(folder.resolve("report"), "of yesterday");
    Cli.Result real = offline("--report", report.toString());
    assertThat(real.status()).as("%s", real).isEqualTo(Exit.REFUSED);
    assertThat(report).isEmptyFile();
    assertThat(store.blob(dropped.digest())).exists();
  }

  @Test
  void aReportThatIsNotWrittenIsAFailure() {
    store("root");
    Cli.Result full = offline("--report", "/dev/full");
    assertThat(full.status()).isEqualTo(Exit.FAILED);
    assertThat(full.err()).contains("--report /dev/full is not all written: No space left");
    assertThat(full.out()).as("it was done").containsPattern("taken +3 ");
  }

  @Test
  void saysWhyNothingWasTaken() throws IOException {
    StoreWriter store = store("root");
    Path link = store.tag("app", "old").resolve("current/link");
    Files.delete(link);
    Files.createSymbolicLink(link, link);
    String unread = "nothing was taken or purged, as not all of the volume could be read";
    Cli.Result result = offline("-o", "json");
    assertThat(result.status()).as("%s", result).isEqualTo(Exit.FAILED);
    assertThat(result.err()).contains("failed: repository app: ").doesNotContain("Exception");
    JsonNode report = JSON.readTree(result.out());
    assertThat(report.path("failures").toString())
        .contains("repository app: ")
        .doesNotContain("Exception", "null");
    assertThat(report.path("remarks").toString()).contains(unread);

    store("other");
    Cli.Result away =
        collect(
            new Cli(), "other", "--offline", "--cache", "redis", "--redis", "redis://127.0.0.1:1");
    assertThat(away.status()).isEqualTo(Exit.FAILED);
    assertThat(away.err()).contains("failed: nothing is taken or purged: Redis 127.0.0.1:1");
    assertThat(away.out()).doesNotContain(unread).contains("the next pass goes on from there");
  }

  @Test
  void saysThatATimeIsOver() {
    Instant start = Instant.now();
    Instant until = start.plusSeconds(50);
    boolean isSeen = false;
    // From one look at the clock on it is over; some of these are while it takes.
    for (int look = 5; look < 60 && !isSeen; look++) {
      String name = "until" + look;
      store(name);
      int last = look;
      AtomicInteger looks = new AtomicInteger();
      Cli.Result result =
          collect(
              new Cli().clock(() -> looks.incrementAndGet() > last ? until : start.plusMillis(1)),
              name,
              concat("--until", "" + until));
      assertThat(result.err()).doesNotContain("Exception");
      isSeen = result.err().contains("failed: the time is over: --until " + until + "; what is");
    }
    assertThat(isSeen).isTrue();
  }

  private static String[] concat(String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(OFFLINE));
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  /** Wherever it comes: at each look at the clock, of which each phase has some. */
  @Test
  void anInterruptSaysWhatBecomesOfIt() {
    Thread command = Thread.currentThread();
    Cli.Result result;
    int last = 0;
    do {
      int at = ++last;
      StoreWriter store = store("root" + at);
      AtomicInteger looks = new AtomicInteger();
      Cli cli =
          new Cli()
              .clock(() -> {
                if (looks.incrementAndGet() == at) {
                  command.interrupt();
                }
                return Instant.now();
              });
      result = collect(cli, "root" + at, OFFLINE);
      if (result.status() != Exit.DONE) {
        assertInterrupted(result);
        Cli.Result next = collect(new Cli(), "root" + at, OFFLINE);
        assertThat(next.status()).as("%s", next).isZero();
      }
      assertThat(store.blob(kept.digest())).exists();
      assertThat(store.blob(dropped.digest())).doesNotExist();
    } while (result.status() != Exit.DONE);
    assertThat(last).as("looks at the clock").isGreaterThan(10);
  }

  @Test
  void anInterruptWhileItWaits() {
    StoreWriter store = store("root");
    assertThat(collect(new Cli(), "root", ONLINE).status()).isZero();
    Cli later =
        new Cli()
            .clock(() -> Instant.now().plusSeconds(30))
            .pause(time -> {
              throw new InterruptedException();
            });
    assertInterrupted(collect(later, "root", ONLINE));
    assertThat(store.blob(dropped.digest())).doesNotExist();
  }

  /** It has taken something, and waits for seconds. */
  @Test
  void aSignalToAProcess() throws Exception {
    StoreWriter store = store("root");
    Cli earlier = new Cli().clock(() -> Instant.now().minusSeconds(30));
    assertThat(collect(earlier, "root", ONLINE).status()).isZero();
    Path out = folder.resolve("out");
    try (WinnowProcess winnow = WinnowProcess.start(out, FAST, command("root", ONLINE))) {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> Files.notExists(store.blob(dropped.digest())));
      winnow.signal("INT");
      assertInterrupted(winnow.await());
    }
  }

  private static void assertInterrupted(Cli.Result result) {
    assertThat(result.status()).as("%s", result).isEqualTo(Exit.INTERRUPTED);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("in the trash stays there", "Run the next pass soon", "winnow: interrupted")
        .doesNotContain("Exception");
  }

  @Test
  void aPassThatHoldsNothingAnyMoreIsNotListed() {
    store("root");
    assertThat(offline().status()).isZero();
    String[] list = {"restore", "--root", folder.resolve("root").toString()};
    assertThat(new Cli().run(list).err()).contains("bring back with --pass");
    assertThat(new Cli().run("restore", "--root", list[2], "--all").status()).isZero();
    Cli.Result empty = new Cli().run(list);
    assertThat(empty.out().lines()).as("the head of the table").hasSizeLessThan(2);
    assertThat(empty.err()).contains("nothing is in the trash");
  }
}
