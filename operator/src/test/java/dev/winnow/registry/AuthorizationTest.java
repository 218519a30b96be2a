package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.FakeRegistry.Request;
import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthorizationTest {
  private static final Answer TAGS = Answer.json(200, "{\"tags\":[]}");
  private static final String ANN =
      "Basic " + Base64.getEncoder().encodeToString("ann:s3cret".getBytes(UTF_8));
  private static final CredentialSource IDENTITY =
      CredentialSource.of(new Credentials.IdentityToken("ann", "s3cret-refresh"));

  private final AtomicInteger tokens = new AtomicInteger();
  private final AtomicReference<String> accepted = new AtomicReference<>("");
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private Function<Request, Answer> tokenService = this::token;

  /** One server that is both the registry and its token service. */
  private final FakeRegistry registry =
      new FakeRegistry(request ->
          request.path().equals("/token") ? tokenService.apply(request) : registry(request));

  @AfterEach
  void close() {
    registry.close();
  }

  private Answer token(Request request) {
    accepted.set("token-" + tokens.incrementAndGet());
    return Answer.json(200, "{\"token\":\"" + accepted.get() + "\"}");
  }

  private Answer registry(Request request) {
    return request.header("Authorization").equals("Bearer " + accepted.get())
        ? TAGS
        : challenge("repository:a/b:pull");
  }

  private Answer challenge(String scope) {
    return Answer.error(401, "UNAUTHORIZED")
        .with("WWW-Authenticate", "Negotiate")
        .with(
            "WWW-Authenticate",
            "Custom x=1, bearer Realm=\""
                + realm()
                + "\", service=\"the \\\"reg\\\"\", scope=\""
                + scope
                + "\"");
  }

  private URI realm() {
    return registry.url().resolve("/token");
  }

  private RegistryClient client(CredentialSource source) {
    return new Clients()
        .of(registry.url(), endpoint -> RetriesTest.at(endpoint.withCredentials(source), now::get));
  }

  private List<String> tokenRequests() {
    return registry.requests.stream()
        .filter(request -> request.path().equals("/token"))
        .map(request -> request.method() + " " + URLDecoder.decode(request.target(), UTF_8))
        .toList();
  }

  @Test
  void getsATokenWithBasicCredentialsAndKeepsIt() throws IOException {
    try (RegistryClient client = client(Clients.ANN)) {
      client.tags("a/b");
      client.tags("a/b");
      client.manifest("a/b", "v1");
      assertThat(tokenRequests())
          .containsExactly("GET /token?service=the \"reg\"&scope=repository:a/b:pull");
      assertThat(registry.requests.get(1).header("Authorization")).isEqualTo(ANN);
      assertThat(registry.requests).as("401 once").hasSize(5);
    }
  }

  @Test
  void knowsTheScopesOfLaterRequests() throws IOException {
    try (RegistryClient client = client(Clients.ANN)) {
      client.tags("a/b");
      client.tags("c");
      client.putManifest("c", "v1", new byte[] {1}, "x/y");
      client.deleteManifest("c", "v1", (_, _) -> Optional.empty());
      assertFails(() -> client.catalog(_ -> {}), Kind.BAD_RESPONSE);
      client.ping();
      assertThat(tokenRequests())
          .containsExactly(
              "GET /token?service=the \"reg\"&scope=repository:a/b:pull",
              "GET /token?service=the \"reg\"&scope=repository:c:pull",
              "GET /token?service=the \"reg\"&scope=repository:c:pull,push",
              "GET /token?service=the \"reg\"&scope=repository:c:pull,delete",
              "GET /token?service=the \"reg\"&scope=registry:catalog:*",
              "GET /token?service=the \"reg\"");
      assertThat(registry.requests).as("401 once").hasSize(13);
    }
  }

  @Test
  void getsATokenWithoutCredentials() throws IOException {
    try (RegistryClient client = client(CredentialSource.ANONYMOUS)) {
      client.tags("a/b");
      assertThat(registry.requests.get(1).header("Authorization")).isEmpty();
    }
  }

  @Test
  void refreshesATokenBeforeItEnds() throws IOException {
    tokenService =
        _ -> {
          accepted.set("token-" + tokens.incrementAndGet());
          return Answer.json(
              200,
              "{\"access_token\":\""
                  + accepted.get()
                  + "\",\"expires_in\":100,\"issued_at\":\""
                  + now.get().minusSeconds(20)
                  + "\"}");
        };
    try (RegistryClient client = client(Clients.ANN)) {
      client.tags("a/b");
      now.updateAndGet(instant -> instant.plusSeconds(69));
      client.tags("a/b");
      assertThat(tokens).hasValue(1);
      now.updateAndGet(instant -> instant.plusSeconds(1));
      client.tags("a/b");
      assertThat(tokens).hasValue(2);
    }
  }

  @Test
  void livesOneMinuteWhenNothingIsSaid() throws IOException {
    try (RegistryClient client = client(Clients.ANN)) {
      client.tags("a/b");
      now.updateAndGet(instant -> instant.plusSeconds(53));
      client.tags("a/b");
      assertThat(tokens).hasValue(1);
      now.updateAndGet(instant -> instant.plusSeconds(1));
      client.tags("a/b");
      assertThat(tokens).hasValue(2);
    }
  }

  @Test
  void replacesATokenThatIsRefused() throws IOException {
    try (RegistryClient client = client(Clients.ANN)) {
      client.tags("a/b");
      accepted.set("revoked");
      client.tags("a/b");
      assertThat(tokens).hasValue(2);
    }
  }

  @Test
  void givesUpWhenAFreshTokenIsRefused() throws IOException {
    tokenService = _ -> Answer.json(200, "{\"token\":\"useless\"}");
    try (RegistryClient client = client(Clients.ANN)) {
      assertThatThrownBy(() -> client.tags("a/b"))
          .hasMessageStartingWith("GET /v2/a/b/tags/list: 401 UNAUTHORIZED")
          .hasMessageContaining("what this user may do");
    }
  }

  @Test
  void fetchesATokenOnceForAllThatWait() throws Exception {
    CountDownLatch refused = new CountDownLatch(8);
    try (FakeRegistry busy =
        new FakeRegistry(request -> {
          if (request.path().equals("/token")) {
            return token(request);
          }
          if (request.header("Authorization").isEmpty()) {
            refused.countDown();
            await(refused); // Nobody has a token before all want one.
            return challenge("repository:a/b:pull");
          }
          return TAGS;
        })) {
      RegistryClient client = Clients.withCredentials(busy.url());
      List<FutureTask<TagList>> waiting = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waiting.add(new FutureTask<>(() -> client.tags("a/b")));
        Thread.ofVirtual().start(waiting.getLast());
      }
      for (FutureTask<TagList> task : waiting) {
        assertThat(task.get()).isInstanceOf(TagList.Found.class);
      }
      client.close();
      assertThat(tokens).hasValue(1);
    }
  }

  @Test
  void usesAnIdentityToken() throws IOException {
    try (RegistryClient client = client(IDENTITY)) {
      client.tags("a/b");
      assertThat(tokenRequests()).containsExactly("POST /token");
      assertThat(URLDecoder.decode(registry.requests.get(1).body(), UTF_8))
          .isEqualTo(
              "grant_type=refresh_token&client_id=winnow&service=the \"reg\""
                  + "&scope=repository:a/b:pull&refresh_token=s3cret-refresh");
    }
  }

  @Test
  void fallsBackWhereNobodyKnowsIdentityTokens() throws IOException {
    tokenService = request -> request.method().equals("POST") ? Answer.of(405) : token(request);
    try (RegistryClient client = client(IDENTITY)) {
      client.tags("a/b");
      assertThat(tokenRequests()).hasSize(2);
      assertThat(registry.requests.get(2).header("Authorization"))
          .isEqualTo(
              "Basic " + Base64.getEncoder().encodeToString("ann:s3cret-refresh".getBytes(UTF_8)));
    }
  }

  @Test
  void readsCredentialsAgainWhenTheyAreRefused() throws IOException {
    List<Credentials> read = new ArrayList<>();
    CredentialSource changing =
        () -> {
          read.add(new Credentials.UserPassword("ann", "s3cret-" + read.size()));
          return read.getLast();
        };
    tokenService =
        request ->
            new String(
                        Base64.getDecoder()
                            .decode(request.header("Authorization").substring("Basic ".length())),
                        UTF_8)
                    .endsWith("s3cret-1")
                ? token(request)
                : Answer.of(401);
    try (RegistryClient client = client(changing)) {
      client.tags("a/b");
      assertThat(read).hasSize(2);
    }
  }

  @Test
  void saysWhatTheTokenServiceSays() throws IOException {
    tokenService = _ -> Answer.of(401);
    try (RegistryClient ann = client(Clients.ANN);
        RegistryClient nobody = client(CredentialSource.ANONYMOUS)) {
      assertThatThrownBy(() -> ann.tags("a/b"))
          .hasMessageContaining("refused the user 'ann'")
          .hasMessageContaining("(status 401)");
      assertThatThrownBy(() -> nobody.tags("a/b")).hasMessageContaining("give a user name");
      assertThat(ann.catalog(_ -> {})).isInstanceOf(Catalog.Refused.class);
    }
  }

  @Test
  void waitsForABusyTokenService() throws IOException {
    tokenService = request -> tokens.incrementAndGet() < 3 ? Answer.of(503) : token(request);
    Clients clients = new Clients();
    try (RegistryClient client =
        clients.of(registry.url(), endpoint -> endpoint.withCredentials(Clients.ANN))) {
      client.tags("a/b");
      assertThat(clients.waits)
          .hasSize(2)
          .allMatch(wait -> wait.compareTo(Duration.ofSeconds(1)) < 0);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
