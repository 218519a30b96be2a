package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Content;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Case 29: manifests that somebody made up. All of their repository stays, and nothing else. */
final class HostileManifestsTest {
  private static final int LARGE = 200 << 20;

  private final OldStore store = new OldStore();

  @AfterEach
  void close() {
    store.close();
  }

  static Stream<String> senseless() {
    return Stream.of(
        "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
        "[".repeat(100_000),
        "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"sha256:../../../etc/passwd\"}]}",
        "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"sha256:" + "A".repeat(64) + "\"}]}",
        "{\"schemaVersion\":2,\"schemaVersion\":1,\"layers\":[]}",
        "{\"schemaVersion\":2,\"layers\":" + "9".repeat(1_000_000) + "}",
        "\ud800");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource
  void senseless(String manifest) throws IOException {
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    put(Content.digest(bytes), bytes);
    CollectionReport report = Passes.offline(store.root).run();
    assertThat(report.failures()).isEmpty();
    assertThat(store.pulls("latest")).isTrue();
    assertThat(store.old.blob(Content.digest(bytes))).exists();
  }

  private void put(String digest, byte[] bytes) throws IOException {
    Path data = store.old.blob(digest);
    Files.createDirectories(data.getParent());
    Files.write(data, bytes);
    Path link = store.old.revision(REPOSITORY, digest);
    store.link(link, digest);
    store.link(store.old.tag(REPOSITORY, "made-up").resolve("current/link"), digest);
    store.age(data, Duration.ofDays(30));
    store.age(link, Duration.ofDays(30));
    store.age(store.old.tag(REPOSITORY, "made-up").resolve("current/link"), Duration.ofDays(30));
  }

  /** It is not read as a whole: the tests have a heap of 1 GiB, and eight of them would not fit. */
  @Test
  void hugeOnes() throws IOException {
    for (int i = 0; i < 8; i++) {
      String digest = Content.digest(new byte[] {(byte) i});
      put(digest, new byte[0]);
      try (RandomAccessFile file = new RandomAccessFile(store.old.blob(digest).toFile(), "rw")) {
        file.setLength(LARGE);
      }
      store.age(store.old.blob(digest), Duration.ofDays(30));
    }
    CollectionReport report = Passes.offline(store.root).run();
    assertThat(report.tainted()).hasSize(1);
    assertThat(report.purged().blobs()).isZero();
    assertThat(store.droppedLayer()).exists();
  }
}
