package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.collect.RegistryWorkload.Writer;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What real registries say of the requests that they work on. */
class InFlightTest {
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final InFlight inFlight = new InFlight(http);

  @AfterEach
  void close() {
    http.close();
  }

  @EachRegistry
  void anUploadThatIsUnderWay(RegistryVersion version) throws IOException {
    int port = freePort();
    URI metrics = URI.create("http://127.0.0.1:" + port + "/metrics");
    try (TestRegistry registry =
        TestRegistry.of(version)
            .set("http.debug.addr", "127.0.0.1:" + port)
            .set("http.debug.prometheus.enabled", true)
            .start()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> inFlight.at(metrics).isPresent());
      assertThat(inFlight.at(metrics)).contains(0);
      Drain drain = new Drain(inFlight);
      Drain whole = new Drain(inFlight);
      assertThat(drain.advance(reading(metrics)).isDone()).as("idle").isTrue();
      try (Socket push = push(registry.url())) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> inFlight.at(metrics).equals(Optional.of(1)));
        assertThat(whole.advance(reading(metrics)).busy()).hasSize(1);
        assertThat(drain.advance(reading(metrics)).isDone()).as("was idle once").isTrue();
        assertThat(push.isConnected()).isTrue();
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> whole.advance(reading(metrics)).isDone());
    }
  }

  @Test
  void whoeverDoesNotSayIsNotIdle() throws IOException {
    URI nobody = URI.create("http://127.0.0.1:" + freePort() + "/metrics");
    assertThat(new Drain(inFlight).advance(reading(nobody)))
        .returns(false, Drain.State::isDone)
        .satisfies(state -> assertThat(state.unseen()).hasSize(1));
  }

  @Test
  void whoeverSaysOnlyAPartIsNotIdle() {
    String part =
        """
        # TYPE registry_http_in_flight_requests gauge
        registry_http_in_flight_requests{handler="base"} 1
        registry_http_in_flight_requests{handler="blob"} 0
        registry_http_in_flight_requests{handler="manifest"} 0
        """;
    assertThat(InFlight.read(part)).isEmpty();
    assertThat(
            InFlight.read(
                part
                    + "registry_http_in_flight_requests{handler=\"blob_upload\"} 2\n"
                    + "registry_http_in_flight_requests{handler=\"blob_upload_chunk\"} 1e+00\n"))
        .contains(3);
  }

  /** Begins an upload whose body does not come. */
  private static Socket push(URI registry) {
    try (ImagePusher pusher = ImagePusher.to(registry)) {
      URI upload =
          registry.resolve(
              pusher
                  .send("POST", "/v2/a/blobs/uploads/")
                  .headers()
                  .firstValue("Location")
                  .orElseThrow());
      Socket socket = new Socket(registry.getHost(), registry.getPort());
      String request =
          "PATCH %s?%s HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\nbegin"
              .formatted(upload.getRawPath(), upload.getRawQuery());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static Reading reading(URI metrics) {
    Writer writer = new Writer("p", "u", "n", "registry", "id", Instant.EPOCH, false);
    return new Reading(
        new RegistryWorkload(
            Cache.NONE,
            "",
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(writer),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false),
        List.of(),
        new RedisFinding.Unknown(""),
        Map.of("id", metrics),
        List.of());
  }
}
