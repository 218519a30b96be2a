package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.RegistryException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionsTest {
  private static final Answer TAGS = Answer.json(200, "{\"tags\":[]}");
  private static final Digest DIGEST = Digest.sha256("x".getBytes(UTF_8));

  private final Clients clients = new Clients();

  @Test
  void saysThatNobodyListens() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    try (RegistryClient client =
        clients.of(URI.create("http://127.0.0.1:" + port), UnaryOperator.identity())) {
      assertFails(() -> client.tags("r"), Kind.UNREACHABLE);
      assertThat(clients.waits).as("tried again").hasSize(2);
    }
  }

  @Test
  void saysThatAHostIsUnknown() throws IOException {
    try (RegistryClient client = Clients.to(URI.create("http://nowhere.invalid:5000"))) {
      assertThatThrownBy(() -> client.tags("r"))
          .hasMessageContaining("no address for nowhere.invalid:5000");
    }
  }

  @Test
  void saysWhichSchemeToWrite() throws IOException {
    String go = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    try (RawServer plain = RawServer.eager(RawServer.sends(go));
        RawServer tls = new RawServer(RawServer.sends(go));
        RawServer alert = new RawServer(RawServer.sends("\u0015\u0003\u0003\0\u0002\u0002P"));
        RegistryClient toPlain =
            Clients.to(URI.create(plain.url().toString().replace("http:", "https:")));
        RegistryClient toTls = Clients.to(tls.url());
        RegistryClient toAlert = Clients.to(alert.url())) {
      assertFails(() -> toPlain.tags("r"), Kind.PLAIN_HTTP);
      assertThatThrownBy(() -> toPlain.tags("r")).hasMessageContaining("write http://");
      assertFails(() -> toTls.tags("r"), Kind.TLS_EXPECTED);
      assertThatThrownBy(() -> toTls.tags("r")).hasMessageContaining("write https://");
      assertFails(() -> toAlert.tags("r"), Kind.TLS_EXPECTED);
    }
  }

  @Test
  void doesNotWaitForeverForAnAnswerOrABody() throws IOException {
    UnaryOperator<RegistryEndpoint> quick =
        e -> e.withLimits(4, Duration.ofMillis(300)).withRetry(e.retry().withAttempts(1));
    try (RawServer mute = new RawServer(RawServer.stallsAfter(""));
        RawServer half = new RawServer(RawServer.stallsAfter(RawServer.ok(100, "{")));
        RegistryClient toMute = clients.of(mute.url(), quick);
        RegistryClient toHalf = clients.of(half.url(), quick)) {
      assertThatThrownBy(() -> toMute.tags("r")).hasMessageContaining("no answer from");
      assertFails(() -> toMute.tags("r"), Kind.TIMEOUT);
      assertThatThrownBy(() -> toHalf.tags("r")).hasMessageContaining("the body stopped");
      assertFails(() -> toHalf.tags("r"), Kind.TIMEOUT);
    }
  }

  @Test
  void followsRedirectsWithoutCredentialsForOthers() throws IOException {
    Answer blob = Answer.bytes("x".getBytes(UTF_8), "application/octet-stream");
    try (FakeRegistry storage = FakeRegistry.inTurn(blob);
        FakeRegistry registry =
            new FakeRegistry(request ->
                request.header("Authorization").isEmpty()
                    ? Answer.of(401).with("WWW-Authenticate", "Basic realm=x")
                    : request.path().equals("/moved")
                        ? Answer.of(307).with("Location", storage.url() + "/blob?sig=secret")
                        : Answer.of(302).with("Location", "/moved"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      assertThat(client.blob("r", DIGEST, 10)).isInstanceOf(BlobContent.Found.class);
      assertThat(registry.requests.getLast().path()).isEqualTo("/moved");
      assertThat(storage.requests.getFirst().header("Authorization")).isEmpty();
    }
  }

  @Test
  void doesNotAnswerTheChallengeOfAnother() throws IOException {
    try (FakeRegistry other =
            FakeRegistry.inTurn(Answer.of(401).with("WWW-Authenticate", "Basic realm=x"));
        FakeRegistry registry =
            FakeRegistry.inTurn(Answer.of(307).with("Location", other.url() + "/blob"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      assertFails(() -> client.blob("r", DIGEST, 10), Kind.UNAUTHORIZED);
      assertThat(other.requests).hasSize(1);
    }
  }

  @Test
  void followsFiveRedirectsAndNoMore() throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request -> Answer.of(301).with("Location", request.path() + "x"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageContaining("more than 5 redirects");
      assertThat(registry.requests).hasSize(6);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://x/y", "http://", "::", "file:///etc/passwd", "http://a b/"})
  void followsNoStrangeAddress(String location) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(307).with("Location", location));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageContaining("names an address");
    }
  }

  @Test
  void doesNotStepDownFromHttps() {
    Call call =
        Call.get(Operation.PING, URI.create("https://registry/v2/"), Access.ANY, "", Call.ERROR);
    assertThatThrownBy(() -> Exchange.resolve(Reply.notSent(call), "http://registry/x"))
        .hasMessageContaining("X-Forwarded-Proto");
  }

  @Test
  void noticesAClockThatIsFarOff() throws IOException {
    Instant now = Instant.now();
    assertThat(skewAt(now.plusSeconds(270))).isEmpty();
    assertThat(skewAt(now.plusSeconds(330)))
        .hasValueSatisfying(skew -> assertThat(skew).isLessThan(Duration.ofMinutes(-5)));
    assertThat(skewAt(now.minusSeconds(330)))
        .hasValueSatisfying(skew -> assertThat(skew).isGreaterThan(Duration.ofMinutes(5)));
  }

  private java.util.Optional<Duration> skewAt(Instant ours) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(TAGS);
        RegistryClient client =
            clients.of(registry.url(), e -> RetriesTest.at(e, InstantSource.fixed(ours)))) {
      client.tags("r");
      return client.clockSkew();
    }
  }

  @Test
  void tellsItsListener() throws IOException {
    List<String> told = new ArrayList<>();
    RequestListener listener =
        (method, operation, status, _) -> told.add(method + " " + operation + " " + status);
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(503), TAGS);
        RegistryClient client = clients.of(registry.url(), e -> e.withListener(listener))) {
      client.tags("r");
      assertThat(told).containsExactly("GET TAGS 503", "GET TAGS 200");
    }
  }

  @Test
  void boundsAndCleansWhatAnErrorSays() throws IOException {
    String message = "a\\u0000\\u001b[31mb\\n" + "x".repeat(100_000);
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.json(
                    418, "{\"errors\":[{\"code\":\"ODD\",\"message\":\"" + message + "\"}]}"),
                new Answer(
                    418,
                    "{\"errors\":[{\"code\":\"ODD\",\"message\":\"a\\u0000\\u001b[31mb\"}]}"
                        .getBytes(UTF_8),
                    List.of()));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r"))
          .satisfies(e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(400));
      assertThatThrownBy(() -> client.tags("r"))
          .hasMessage("GET /v2/r/tags/list: 418 ODD, a [31mb");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://a",
        "a:5000",
        "http://a/prefix",
        "http://a?x",
        "http://a#x",
        "http://u:s3cret@a",
        "http:///x",
        "http://my_registry:5000",
        "http://u:s3cret@my_registry"
      })
  void refusesAnAddressThatIsNoRegistrys(String address) {
    assertThatThrownBy(() -> clients.endpoint(URI.create(address)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the address of a registry")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void knowsARegistryByHostAndPort() {
    assertThat(clients.endpoint(URI.create("HTTPS://Registry.Example/")).hostAndPort())
        .isEqualTo("registry.example:443");
    assertThat(clients.endpoint(URI.create("http://[::1]")).hostAndPort()).isEqualTo("[::1]:80");
    assertThat(
            clients
                .endpoint(URI.create("http://a:5000"))
                .base()
                .toString()
                .toUpperCase(Locale.ROOT))
        .isEqualTo("HTTP://A:5000");
  }

  @Test
  void refusesABundleWithoutCertificates() {
    RegistryEndpoint endpoint =
        clients
            .endpoint(URI.create("https://a"))
            .withTls(new TlsOptions("-----BEGIN NOTHING-----", false));
    assertThatThrownBy(() -> new RegistryClient(endpoint, new HostLimits()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CA bundle");
  }
}
