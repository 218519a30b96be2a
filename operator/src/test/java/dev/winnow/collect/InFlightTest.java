package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.collect.RegistryWorkload.TakesWrites;
import dev.winnow.collect.RegistryWorkload.Writer;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What real registries say of the requests that they work on. */
class InFlightTest {
  private static final Writer WRITER =
      new Writer("p", "u", "n", "registry", "id", Instant.EPOCH, false);
  private static final Writer BESIDE =
      new Writer("p", "u", "n", "shell", "beside", Instant.EPOCH, false);
  private static final TakesWrites STARTING = new TakesWrites("q", "registry", false, true);
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final InFlight inFlight = new InFlight(http);
  private final Drain drain = new Drain(InstantSource.fixed(NOW));

  @AfterEach
  void close() {
    http.close();
  }

  @EachRegistry
  void anUploadThatIsUnderWay(RegistryVersion version) throws IOException {
    int port = freePort();
    URI metrics = URI.create("http://127.0.0.1:" + port + "/metrics");
    try (TestRegistry registry = registry(version, port)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> inFlight.at(metrics).isPresent());
      assertThat(inFlight.at(metrics)).contains(0);
      assertThat(drain.look(reading(metrics))).as("idle").contains(NOW);
      assertThat(drain.look(reading(metrics, Optional.empty())))
          .as("there may be one that is not known")
          .isEmpty();
      Reading alone = reading(metrics);
      assertThat(drain.look(with(alone, List.of(WRITER, BESIDE), List.of())))
          .as("one answers for two")
          .isEmpty();
      assertThat(drain.look(with(alone, List.of(WRITER), List.of(STARTING))))
          .as("one is about to start")
          .isEmpty();
      try (Socket push = push(registry.url())) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> inFlight.at(metrics).equals(Optional.of(1)));
        assertThat(drain.look(reading(metrics))).as("at work").isEmpty();
        assertThat(push.isConnected()).isTrue();
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> drain.look(reading(metrics)).isPresent());
    }
  }

  @Test
  void whoeverDoesNotSayIsNotIdle() throws IOException {
    URI nobody = URI.create("http://127.0.0.1:" + freePort() + "/metrics");
    assertThat(drain.look(reading(nobody))).isEmpty();
  }

  /** A node that dies in the middle of an answer must not stop whoever asks. */
  @Test
  void whoeverNeverEndsToSayIsNotIdle() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket client = server.accept()) {
              String head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin";
              client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
              client.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      URI metrics = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/metrics");
      assertThat(inFlight.at(metrics)).isEmpty();
    }
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

  private static TestRegistry registry(RegistryVersion version, int port) {
    return TestRegistry.of(version)
        .set("http.debug.addr", "127.0.0.1:" + port)
        .set("http.debug.prometheus.enabled", true)
        .start();
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
    return reading(metrics, Optional.of(Instant.EPOCH));
  }

  private static Reading reading(URI metrics, Optional<Instant> writersSince) {
    return new Reading(
        new RegistryWorkload(
            Cache.NONE,
            "",
            List.of(),
            List.of(WRITER),
            writersSince,
            List.of(),
            Optional.empty(),
            Optional.empty()),
        List.of(),
        new RedisFinding.Unknown(""),
        Map.of("id", metrics, "beside", metrics),
        List.of());
  }

  private static Reading with(Reading like, List<Writer> writers, List<TakesWrites> takingWrites) {
    RegistryWorkload workload = like.workload();
    return new Reading(
        new RegistryWorkload(
            workload.cache(),
            "",
            takingWrites,
            writers,
            workload.writersSince(),
            List.of(),
            Optional.empty(),
            Optional.empty()),
        List.of(),
        like.redis(),
        like.metrics(),
        List.of());
  }
}
