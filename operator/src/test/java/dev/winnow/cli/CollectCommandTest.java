package dev.winnow.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.testing.Content;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code winnow collect} and {@code winnow restore}, as a person calls them. */
final class CollectCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;
  private final TestImage kept = TestImages.oci("kept").build();
  private final TestImage dropped = TestImages.oci("dropped").build();

  private Path oldStore() {
    Path root = folder.resolve("root");
    new StoreWriter(root)
        .pushedAt(Instant.now().minus(Duration.ofDays(30)))
        .push("app", "latest", kept)
        .push("app", dropped);
    return root;
  }

  private static Cli.Result collect(Path root, String... options) {
    String[] all = new String[options.length + 3];
    all[0] = "collect";
    all[1] = "--root";
    all[2] = root.toString();
    System.arraycopy(options, 0, all, 3, options.length);
    return new Cli().environment(Map.of("WINNOW_TEST_FAST_TIME", "1")).run(all);
  }

  private static Cli.Result online(Path root, String... more) {
    String[] all = new String[more.length + 9];
    String[] fast = {
      "--cache", "none", "--grace", "1s", "--hold", "1s", "--untagged", "1s", "--yes"
    };
    System.arraycopy(fast, 0, all, 0, fast.length);
    System.arraycopy(more, 0, all, fast.length, more.length);
    return collect(root, all);
  }

  /** A Job's log is gone one day, and what it can say of its end is short. */
  @Test
  void keepsTheWholeReportsOfTheLastPassesOnTheVolume() throws IOException {
    Path root = oldStore();
    String result = folder.resolve("result").toString();
    String last = "";
    for (int pass = 0; pass < 22; pass++) {
      Cli.Result done =
          collect(root, "--offline", "--cache", "none", "--yes", "-o", "json", "--result", result);
      assertThat(done.status()).as(done.err()).isZero();
      last = done.out();
    }
    try (Stream<Path> all = Files.list(root.resolve(".winnow/reports"))) {
      List<Path> reports = all.sorted().toList();
      assertThat(reports).hasSize(20);
      assertThat(JSON.readTree(reports.getLast().toFile())).isEqualTo(JSON.readTree(last));
    }
  }

  /** With a registry that serves: seen, taken, purged; what is tagged pulls all the time. */
  @EachRegistry
  void reclaimsWhileTheRegistryServes(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("app", "latest", kept);
      pusher.push("app", "old", dropped);
      Path list = folder.resolve("untag");
      Files.writeString(
          list,
          """
          {"repository":"app","tag":"old","digest":"%s"}
          {"repository":"app","tag":"latest","digest":"%s"}
          """
              .formatted(dropped.digest(), dropped.digest()));
      Cli.Result untagged = online(registry.root(), "--untag", list.toString());
      assertThat(untagged.status()).as(untagged.err()).isZero();
      assertThat(untagged.out()).contains("app:latest has moved to " + kept.digest());
      assertThat(pusher.tags("app")).containsExactly("latest");
      assertThat(status(pusher, "manifests/" + dropped.digest())).isEqualTo(200);

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            JsonNode report = JSON.readTree(online(registry.root(), "-o", "json").out());
            assertThat(status(pusher, "manifests/latest")).isEqualTo(200);
            return report.path("purged").path("blobs").asInt() > 0;
          });
      assertThat(status(pusher, "manifests/" + dropped.digest())).isEqualTo(404);
      assertThat(status(pusher, "blobs/" + dropped.blobs().getLast().digest())).isEqualTo(404);
      assertThat(status(pusher, "blobs/" + kept.blobs().getLast().digest())).isEqualTo(200);

      pusher.push("app", "again", dropped);
      assertThat(status(pusher, "blobs/" + dropped.blobs().getLast().digest())).isEqualTo(200);
    }
  }

  /** R1 and R5: who was told that a layer is there is told that it is not, and pushes it again. */
  @EachRegistry
  void aPushOfWhatIsBeingTakenIsRefusedAndThenWorks(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("app", "latest", kept);
      new StoreWriter(registry.root())
          .pushedAt(Instant.now().minus(Duration.ofDays(30)))
          .push("app", dropped);
      String layer = dropped.blobs().getLast().digest();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            assertThat(online(registry.root()).status()).isZero();
            return status(pusher, "blobs/" + layer) == 404;
          });
      assertThat(pusher.push("app", "again", dropped)).isEqualTo(dropped.digest());
      assertThat(online(registry.root()).status()).isZero();
      assertThat(status(pusher, "blobs/" + layer)).isEqualTo(200);
      assertThat(status(pusher, "manifests/again")).isEqualTo(200);
    }
  }

  /** R5, case 37: a pull that has begun ends well, whatever becomes of the data. */
  @EachRegistry
  void aPullThatIsUnderWayGetsAllOfIt(RegistryVersion version) throws Exception {
    byte[] large = new byte[32 << 20];
    new Random(1).nextBytes(large);
    String digest = Content.digest(large);
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url());
        HttpClient client = HttpClient.newHttpClient()) {
      pusher.push("app", "latest", kept);
      StoreWriter store = new StoreWriter(registry.root());
      for (Path file : new Path[] {store.blob(digest), store.layer("app", digest)}) {
        Files.createDirectories(file.getParent());
        Files.write(file, file.endsWith("data") ? large : digest.getBytes(UTF_8));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
      }
      URI uri = registry.url().resolve("/v2/app/blobs/" + digest);
      try (InputStream body =
          client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofInputStream()).body()) {
        byte[] first = body.readNBytes(1 << 10);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> {
              JsonNode report = JSON.readTree(online(registry.root(), "-o", "json").out());
              return report.path("purged").path("blobs").asInt() > 0;
            });
        assertThat(status(pusher, "blobs/" + digest)).isEqualTo(404);
        assertThat(first).isEqualTo(Arrays.copyOf(large, 1 << 10));
        assertThat(Content.digest(body.readAllBytes()))
            .isEqualTo(Content.digest(Arrays.copyOfRange(large, 1 << 10, large.length)));
      }
    }
  }

  private static int status(ImagePusher pusher, String what) {
    HttpResponse<byte[]> response = pusher.send("GET", "/v2/app/" + what);
    return response.statusCode();
  }

  @Test
  void saysWhatItWouldDo() throws IOException {
    Path root = oldStore();
    Cli.Result result = collect(root, "--dry-run", "-o", "json");
    JsonNode report = JSON.readTree(result.out());
    assertThat(result.status()).isZero();
    assertThat(report.path("dryRun").asBoolean()).isTrue();
    assertThat(report.path("candidates").path("blobs").asInt()).isZero();
    assertThat(report.path("blobs").path("total").asInt()).isEqualTo(6);
    assertThat(result.err()).contains("WINNOW_TEST_FAST_TIME is set");
    assertThat(root.resolve(".winnow")).doesNotExist();
  }

  @Test
  void reclaimsAtOnceOfflineAndWritesAReport() throws IOException {
    Path root = oldStore();
    Path report = folder.resolve("report.json");
    Cli.Result result =
        collect(
            root,
            "--offline",
            "--cache",
            "none",
            "--hold",
            "0s",
            "--yes",
            "--report",
            report.toString());
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("purged");
    JsonNode json = JSON.readTree(Files.readString(report));
    assertThat(json.path("kind").asText()).isEqualTo("Collection");
    assertThat(json.path("purged").path("blobs").asInt()).isEqualTo(3);
    assertThat(json.path("tidied").path("layerLinks").asInt()).isEqualTo(2);
  }

  @Test
  void restoresWhatAPassTook() {
    Path root = oldStore();
    assertThat(collect(root, "--offline", "--cache", "none", "--hold", "1h", "--yes").status())
        .isZero();
    assertThat(new StoreWriter(root).blob(dropped.digest())).doesNotExist();
    String[] restore = {"restore", "--root", root.toString(), "--all"};
    Cli.Result result = new Cli().run(restore);
    assertThat(result.out()).contains("3 blobs", "1 links", "0 tags");
    assertThat(new StoreWriter(root).blob(dropped.digest())).exists();
    assertThat(new Cli().run("restore", "--root", root.toString(), "--pass", "x").status())
        .isEqualTo(Exit.USAGE);
  }

  @Test
  void offlineNeedsToKnowTheCache() {
    Path root = oldStore();
    Cli.Result result = collect(root, "--offline", "--yes");
    assertThat(result.status()).isEqualTo(Exit.USAGE);
    assertThat(result.err()).contains("--offline needs --cache", "blobdescriptor");
    assertThat(root.resolve(".winnow")).doesNotExist();
  }

  @Test
  void refusesWhatIsNoStore() {
    assertThat(collect(folder).status()).isEqualTo(Exit.REFUSED);
    assertThat(collect(folder.resolve("none")).err()).contains("is no folder");
  }

  @Test
  void asksWhereMostIsGarbage() {
    Path root = oldStore();
    new StoreWriter(root)
        .pushedAt(Instant.now().minus(Duration.ofDays(30)))
        .push("app", TestImages.oci("more").build());
    Cli.Result result = collect(root, "--offline", "--cache", "none");
    assertThat(result.status()).isEqualTo(Exit.REFUSED);
    assertThat(result.err()).contains("6 of 9 blobs", "--yes");
    assertThat(new StoreWriter(root).blob(dropped.digest())).exists();
  }

  @Test
  void refusesAShortGraceWhileARegistryMayWrite() {
    Path root = oldStore();
    Cli.Result result =
        new Cli().run("collect", "--root", root.toString(), "--cache", "none", "--grace", "30m");
    assertThat(result.status()).isEqualTo(Exit.USAGE);
    assertThat(result.err()).contains("--grace 30m is too short");
  }

  @Test
  void endsWith5WhereAnotherWorks() throws IOException {
    Path root = oldStore();
    Files.createDirectory(root.resolve(".winnow"));
    try (FileChannel channel =
            FileChannel.open(
                root.resolve(".winnow/lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      Cli.Result result = collect(root, "--cache", "none");
      assertThat(result.status()).isEqualTo(Exit.LOCKED);
      assertThat(result.err()).contains("another collector");
    }
  }

  @Test
  void aRedisIsNamedTogetherWithTheCache() {
    Path root = oldStore();
    for (String[] options :
        new String[][] {
          {"--cache", "redis"},
          {"--redis", "redis://localhost"},
          {"--cache", "memory", "--redis", "redis://localhost"},
          {"--cache", "redis", "--redis", "localhost:6379"}
        }) {
      Cli.Result result = collect(root, options);
      assertThat(result.status()).as("%s", result).isEqualTo(2);
      assertThat(result.err()).contains("--redis");
    }
    Cli.Result secret = collect(root, "--cache", "redis", "--redis", "redis://:hidden@localhost");
    assertThat(secret.status()).isEqualTo(2);
    assertThat(secret.err()).contains("WINNOW_REDIS_PASSWORD").doesNotContain("hidden");
    assertThat(root.resolve(".winnow")).doesNotExist();
  }

  /** Nothing that nobody hears of is forgotten: an error, and nothing is taken. */
  @Test
  void aRedisThatIsAwayKeepsAllInPlace() throws IOException {
    Path root = oldStore();
    Cli.Result away =
        collect(
            root,
            "--offline",
            "--grace",
            "0s",
            "--hold",
            "0s",
            "--yes",
            "--cache",
            "redis",
            "--redis",
            "redis://127.0.0.1:1");
    assertThat(away.status()).as("%s", away).isEqualTo(1);
    assertThat(away.err()).contains("nothing is taken or purged: Redis 127.0.0.1:1");
    assertThat(new StoreWriter(root).blob(dropped.digest())).exists();
  }
}
