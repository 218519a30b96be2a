package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.oci.Digest;
import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.RegistryException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HostLimitsTest {
  private static final Answer TAGS = Answer.json(200, "{\"tags\":[]}");

  private final Clients clients = new Clients();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  @Test
  void boundsWhatIsInFlightOverClients() throws Exception {
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    HostLimits limits = new HostLimits();
    try (FakeRegistry registry =
        new FakeRegistry(_ -> {
          most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
          three.countDown();
          try {
            three.await(); // So that the bound is reached, not only kept.
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          inFlight.decrementAndGet();
          return TAGS;
        })) {
      RegistryEndpoint endpoint =
          clients.endpoint(registry.url()).withLimits(3, Duration.ofSeconds(30));
      try (RegistryClient one = new RegistryClient(endpoint, limits);
          RegistryClient other = new RegistryClient(endpoint, limits)) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          RegistryClient client = i % 2 == 0 ? one : other;
          threads.add(
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      client.tags("r");
                    } catch (RegistryException e) {
                      throw new IllegalStateException(e);
                    }
                  }));
        }
        for (Thread thread : threads) {
          thread.join();
        }
        assertThat(registry.requests).hasSize(30);
        assertThat(most).hasValue(3);
      }
    }
  }

  @Test
  void holdsAPermitUntilAStreamEnds() throws IOException {
    byte[] blob = new byte[100_000];
    Digest digest = Digest.sha256(blob);
    try (FakeRegistry registry =
        new FakeRegistry(request ->
            request.path().contains("/blobs/")
                ? Answer.bytes(blob, "application/octet-stream")
                : TAGS)) {
      HostLimits limits = new HostLimits();
      RegistryEndpoint endpoint =
          clients.endpoint(registry.url()).withLimits(1, Duration.ofSeconds(30));
      try (RegistryClient client = new RegistryClient(endpoint, limits)) {
        HostLimits.Host host = limits.host(endpoint.hostAndPort(), 1, endpoint.clock());
        BlobStream.Found closed = (BlobStream.Found) client.openBlob("r", digest);
        assertThat(host.permits().availablePermits()).isZero();
        closed.stream().close();
        assertThat(host.permits().availablePermits()).isOne();
        BlobStream.Found read = (BlobStream.Found) client.openBlob("r", digest);
        assertThat(read.stream().readAllBytes()).isEqualTo(blob);
        assertThat(host.permits().availablePermits()).isOne();
        read.stream().close();
        assertThat(host.permits().availablePermits()).isOne();
        client.tags("r");
      }
    }
  }

  @Test
  void endsTheWaitForAPermitWhenInterrupted() throws Exception {
    try (FakeRegistry registry = FakeRegistry.inTurn(TAGS)) {
      HostLimits limits = new HostLimits();
      RegistryEndpoint endpoint =
          clients.endpoint(registry.url()).withLimits(1, Duration.ofSeconds(30));
      HostLimits.Host host = limits.host(endpoint.hostAndPort(), 1, endpoint.clock());
      host.permits().acquire();
      try (RegistryClient client = new RegistryClient(endpoint, limits)) {
        Thread thread =
            Thread.ofVirtual().start(() -> assertFails(() -> client.tags("r"), Kind.INTERRUPTED));
        await().until(() -> host.permits().hasQueuedThreads());
        thread.interrupt();
        thread.join();
        assertThat(host.permits().hasQueuedThreads()).isFalse();
        host.permits().release();
        assertThat(client.tags("r")).isInstanceOf(TagList.Found.class);
        assertThat(registry.requests).hasSize(1);
      }
    }
  }

  @Test
  void stopsAskingAHostThatFails() throws IOException {
    AtomicInteger status = new AtomicInteger(503);
    try (FakeRegistry registry =
            new FakeRegistry(_ -> status.get() == 200 ? TAGS : Answer.of(status.get()));
        RegistryClient client =
            clients.of(
                registry.url(),
                e -> RetriesTest.at(e.withRetry(e.retry().withAttempts(2)), now::get))) {
      for (int i = 0; i < Circuit.FAILURES; i++) {
        assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
      }
      assertFails(() -> client.tags("r"), Kind.CIRCUIT_OPEN);
      assertThat(registry.requests).hasSize(2 * Circuit.FAILURES);
      now.updateAndGet(instant -> instant.plus(Circuit.OPEN));
      assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
      assertFails(() -> client.tags("r"), Kind.CIRCUIT_OPEN);
      now.updateAndGet(instant -> instant.plus(Circuit.OPEN));
      status.set(200);
      client.tags("r");
      status.set(503);
      assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
      assertFails(() -> client.tags("r"), Kind.SERVER_ERROR);
    }
  }

  @Test
  void letsOneRequestTryForAll() {
    Circuit circuit = new Circuit(now::get);
    for (int i = 0; i < Circuit.FAILURES; i++) {
      assertThat(circuit.admits()).isTrue();
      circuit.failed();
    }
    assertThat(circuit.admits()).isFalse();
    now.updateAndGet(instant -> instant.plus(Circuit.OPEN));
    assertThat(circuit.admits()).isTrue();
    assertThat(circuit.admits()).as("while one tries").isFalse();
    circuit.abandoned();
    assertThat(circuit.admits()).as("the next one tries").isTrue();
    circuit.answered();
    assertThat(circuit.admits()).isTrue();
    assertThat(circuit.admits()).isTrue();
  }

  @Test
  void doesNotCountWhatAHostRefuses() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.error(403, "DENIED"));
        RegistryClient client = Clients.to(registry.url())) {
      for (int i = 0; i < 2 * Circuit.FAILURES; i++) {
        assertFails(() -> client.tags("r"), Kind.FORBIDDEN);
      }
    }
  }
}
