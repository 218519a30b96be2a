package dev.winnow.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.RegistryException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetriesTest {
  private static final Answer TAGS = Answer.json(200, "{\"tags\":[]}");
  private static final TagList.Found NONE = new TagList.Found(java.util.List.of());

  private final Clients clients = new Clients();

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void readsAgainWithJitter(int status) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(status), Answer.of(status), TAGS);
        RegistryClient client = clients.of(registry.url(), UnaryOperator.identity())) {
      assertThat(client.tags("r")).isEqualTo(NONE);
      assertThat(clients.waits).hasSize(2);
      assertThat(clients.waits.get(0)).isBetween(Duration.ZERO, Duration.ofMillis(100));
      assertThat(clients.waits.get(1)).isBetween(Duration.ZERO, Duration.ofMillis(200));
    }
  }

  @Test
  void givesUpAfterItsAttempts() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(503));
        FakeRegistry limiting = FakeRegistry.inTurn(Answer.of(429));
        RegistryClient client = clients.of(registry.url(), UnaryOperator.identity());
        RegistryClient limited = clients.of(limiting.url(), UnaryOperator.identity())) {
      assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
      assertFails(() -> limited.tags("r"), Kind.RATE_LIMITED);
      assertThat(registry.requests).hasSize(3);
      assertThat(limiting.requests).hasSize(3);
    }
  }

  @Test
  void readsTwiceAgainAfter500() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(500));
        RegistryClient client =
            clients.of(registry.url(), e -> e.withRetry(e.retry().withAttempts(9)))) {
      assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
      assertThat(registry.requests).hasSize(3);
    }
  }

  @Test
  void waitsAsTheServerAsks() throws IOException {
    Instant now = Instant.parse("2026-11-20T02:30:00Z");
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(now.plusSeconds(20).atOffset(ZoneOffset.UTC));
    assertThat(waitFor("7", now)).isEqualTo(Duration.ofSeconds(7));
    assertThat(waitFor("86400", now)).isEqualTo(Duration.ofSeconds(60));
    assertThat(waitFor(date, now)).isEqualTo(Duration.ofSeconds(20));
    assertThat(waitFor(date, now.plusSeconds(100))).isEqualTo(Duration.ZERO);
    assertThat(waitFor("soon", now)).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  private static Duration waitFor(String retryAfter, Instant now) throws IOException {
    Clients clients = new Clients();
    try (FakeRegistry registry =
            FakeRegistry.inTurn(Answer.of(429).with("Retry-After", retryAfter), TAGS);
        RegistryClient client = clients.of(registry.url(), e -> at(e, InstantSource.fixed(now)))) {
      client.tags("r");
      return clients.waits.getFirst();
    }
  }

  @Test
  void readsAgainWhatWasCutOff() throws IOException {
    try (RawServer server =
            new RawServer(
                RawServer.sends(RawServer.ok(11, "{\"tags")),
                RawServer.sends(RawServer.ok(11, "{\"tags\":[]}")));
        RegistryClient client = Clients.to(server.url())) {
      assertThat(client.tags("r")).isEqualTo(NONE);
      assertThat(server.connections).hasValue(2);
    }
  }

  @Test
  void saysThatABodyWasCutOff() throws IOException {
    try (RawServer server = new RawServer(RawServer.sends(RawServer.ok(100, "{")));
        RegistryClient client = Clients.to(server.url())) {
      assertThatThrownBy(() -> client.manifest("r", "v1"))
          .hasMessageContaining("cut off (truncated)")
          .isInstanceOfSatisfying(
              RegistryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_RESPONSE));
      assertThat(server.connections).hasValue(3);
    }
  }

  @Test
  void writesAgainOnlyWhatMayBeWrittenTwice() throws IOException {
    byte[] bytes = {1};
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(502));
        RegistryClient client = Clients.to(registry.url())) {
      assertFails(() -> client.putManifest("r", "v1", bytes, "x/y"), Kind.SERVER_ERROR);
      assertThat(registry.requests).hasSize(1);
      String digest = Digest.sha256(bytes).text();
      assertFails(() -> client.putManifest("r", digest, bytes, "x/y"), Kind.SERVER_ERROR);
      assertThat(registry.requests).hasSize(4);
    }
  }

  @Test
  void endsAWaitWhenInterrupted() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    RetryPolicy.Pause endless =
        _ -> {
          waiting.countDown();
          new CountDownLatch(1).await();
        };
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(503));
        RegistryClient client =
            clients.of(registry.url(), e -> e.withRetry(e.retry().withPause(endless)))) {
      assertInterrupted(client, waiting);
    }
  }

  @Test
  void endsARequestWhenInterrupted() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (RawServer server =
            new RawServer(socket -> {
              asked.countDown();
              socket.getInputStream().readAllBytes();
            });
        RegistryClient client = Clients.to(server.url())) {
      assertInterrupted(client, asked);
    }
  }

  private static void assertInterrupted(RegistryClient client, CountDownLatch begun)
      throws Exception {
    CompletableFuture<RegistryException> failed = new CompletableFuture<>();
    CompletableFuture<Boolean> flag = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.tags("r");
              } catch (RegistryException e) {
                flag.complete(Thread.currentThread().isInterrupted());
                failed.complete(e);
              }
            });
    begun.await();
    thread.interrupt();
    assertThat(failed.get().kind()).isEqualTo(Kind.INTERRUPTED);
    assertThat(flag.get()).as("the thread's flag").isTrue();
  }

  static RegistryEndpoint at(RegistryEndpoint e, InstantSource clock) {
    return new RegistryEndpoint(
        e.base(),
        e.concurrency(),
        e.timeout(),
        e.connectTimeout(),
        e.credentials(),
        e.tls(),
        e.retry(),
        clock,
        e.userAgent(),
        e.listener());
  }

  static void assertFails(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Kind kind) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RegistryException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }
}
