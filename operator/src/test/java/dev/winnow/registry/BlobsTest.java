package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.registry.FakeRegistry.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlobsTest {
  private static final byte[] BLOB = blob();
  private static final Digest DIGEST = Digest.sha256(BLOB);
  private static final Digest OTHER = Digest.sha256(new byte[0]);
  private static final Answer FOUND = Answer.bytes(BLOB, "application/octet-stream");

  private static byte[] blob() {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @Test
  void readsABlobWithinABound() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(FOUND);
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.blob("r", DIGEST, BLOB.length))
          .isInstanceOfSatisfying(
              BlobContent.Found.class, found -> assertThat(found.bytes()).isEqualTo(BLOB));
      assertThatThrownBy(() -> client.blob("r", DIGEST, BLOB.length - 1))
          .hasMessageContaining("larger than 299999 bytes");
      assertThatThrownBy(() -> client.blob("r", OTHER, BLOB.length))
          .hasMessageContaining("do not have its digest");
    }
  }

  @Test
  void readsAsAStreamAndVerifiesAtTheEnd() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(FOUND);
        RegistryClient client = Clients.to(registry.url())) {
      try (var stream = found(client.openBlob("r", DIGEST))) {
        assertThat(stream.readAllBytes()).isEqualTo(BLOB);
      }
      try (var stream = found(client.openBlob("r", OTHER))) {
        assertThatThrownBy(stream::readAllBytes).hasMessageContaining("do not have its digest");
      }
    }
  }

  @Test
  void failsAtTheEndOfAStreamThatWasCutOffOrStalls() throws IOException {
    String beginning = RawServer.ok(100, "0123456789");
    try (RawServer cut = new RawServer(RawServer.sends(beginning));
        RawServer mute = new RawServer(RawServer.stallsAfter(beginning));
        RegistryClient toCut = Clients.to(cut.url());
        RegistryClient toMute =
            new Clients().of(mute.url(), e -> e.withLimits(1, Duration.ofMillis(300)))) {
      try (var stream = found(toCut.openBlob("r", DIGEST))) {
        assertThatThrownBy(stream::readAllBytes).hasMessageContaining("cut off");
      }
      try (var stream = found(toMute.openBlob("r", DIGEST))) {
        assertThatThrownBy(stream::readAllBytes).hasMessageContaining("the body stopped");
      }
    }
  }

  @Test
  void saysWhatIsNotThere() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(404));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.blob("r", DIGEST, 10)).isEqualTo(new BlobContent.NotFound());
      assertThat(client.openBlob("r", DIGEST)).isEqualTo(new BlobStream.NotFound());
      assertThat(client.blobExists("r", DIGEST)).isFalse();
    }
  }

  @Test
  void uploadsToTheNamedPlace() throws IOException {
    byte[] bytes = "hello".getBytes(UTF_8);
    Digest digest = Digest.sha256(bytes);
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.of(202).with("Location", "abc?_state=x%3D%3D"), Answer.of(201));
        RegistryClient client = Clients.to(registry.url())) {
      client.uploadBlob("r", digest, bytes.length, () -> new ByteArrayInputStream(bytes));
      assertThat(registry.lines())
          .containsExactly(
              "POST /v2/r/blobs/uploads/",
              "PUT /v2/r/blobs/uploads/abc?_state=x%3D%3D&digest=" + digest);
      assertThat(registry.requests.getLast().body()).isEqualTo("hello");
      assertThat(registry.requests.getLast().header("Content-Length")).isEqualTo("5");
    }
  }

  @Test
  void copiesFromAStreamOfTheSameClient() throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request ->
                switch (request.method()) {
                  case "POST" -> Answer.of(202).with("Location", "/upload");
                  case "PUT" -> Answer.of(201);
                  default -> FOUND;
                });
        RegistryClient client = Clients.to(registry.url())) {
      client.uploadBlob("r", DIGEST, BLOB.length, () -> found(client.openBlob("s", DIGEST)));
      assertThatThrownBy(() ->
              client.uploadBlob(
                  "r", OTHER, BLOB.length + 1, () -> found(client.openBlob("s", OTHER))))
          .hasMessageContaining("do not have its digest");
    }
  }

  @Test
  void sendsNoCredentialsToAPlaceElsewhere() throws IOException {
    byte[] bytes = {1};
    try (FakeRegistry other = FakeRegistry.inTurn(Answer.of(201));
        FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.of(401).with("WWW-Authenticate", "Basic realm=x"),
                Answer.of(202).with("Location", other.url() + "/place"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      client.uploadBlob("r", Digest.sha256(bytes), 1, () -> new ByteArrayInputStream(bytes));
      assertThat(registry.requests.getLast().header("Authorization")).startsWith("Basic");
      assertThat(other.requests.getFirst().header("Authorization")).isEmpty();
    }
  }

  @Test
  void mounts() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(201), Answer.of(202));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.mountBlob("r", "a/b", DIGEST)).isTrue();
      assertThat(client.mountBlob("r", "a/b", DIGEST)).isFalse();
      assertThat(registry.lines().getFirst())
          .isEqualTo("POST /v2/r/blobs/uploads/?mount=" + DIGEST + "&from=a/b");
    }
  }

  private static java.io.InputStream found(BlobStream stream) {
    return ((BlobStream.Found) stream).stream();
  }
}
