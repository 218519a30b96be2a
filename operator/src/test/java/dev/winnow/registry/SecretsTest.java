package dev.winnow.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.auth.AuthException;
import dev.winnow.registry.auth.Authorizer;
import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.registry.auth.TokenAnswer;
import dev.winnow.registry.auth.TokenEndpoint;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecretsTest {
  private static final CredentialSource IDENTITY =
      CredentialSource.of(new Credentials.IdentityToken("ann", "s3cret-refresh"));

  @Test
  void sendsNoCredentialsToAPlainTokenServiceOfASafeRegistry() throws Exception {
    List<String> asked = new ArrayList<>();
    TokenEndpoint endpoint =
        new TokenEndpoint() {
          @Override
          public TokenAnswer get(URI address, String authorization) {
            asked.add(address + " " + authorization);
            return new TokenAnswer(200, "{\"token\":\"t\"}");
          }

          @Override
          public TokenAnswer post(URI address, String form) {
            throw new AssertionError("not asked for");
          }
        };
    List<String> plain = List.of("Bearer realm=\"http://auth.example/token\"");
    assertThatThrownBy(() ->
            authorizer("https://r.example", Clients.ANN, endpoint).answer(plain, Set.of(), ""))
        .isInstanceOf(AuthException.class)
        .hasMessageContaining("http://auth.example/token is plain HTTP");
    assertThat(asked).isEmpty();
    for (String registry : List.of("http://r.example", "https://127.0.0.1:5000", "https://[::1]")) {
      assertThat(authorizer(registry, Clients.ANN, endpoint).answer(plain, Set.of(), ""))
          .contains("Bearer t");
    }
    assertThat(
            authorizer("https://r.example", CredentialSource.ANONYMOUS, endpoint)
                .answer(plain, Set.of(), ""))
        .contains("Bearer t");
    assertThat(asked).hasSize(4).last().asString().endsWith("/token ");
    assertThatThrownBy(() ->
            authorizer("http://r.example", Clients.ANN, endpoint)
                .answer(List.of("Bearer realm=\"file:///x\""), Set.of(), ""))
        .hasMessageContaining("no http(s) address");
  }

  private static Authorizer authorizer(
      String registry, CredentialSource source, TokenEndpoint endpoint) {
    return new Authorizer(URI.create(registry), source, endpoint, InstantSource.system());
  }

  @Test
  void neverSaysASecret() {
    for (Answer answer :
        List.of(
            Answer.json(401, "{\"errors\":[{\"code\":\"s3cret\"}]}"),
            Answer.json(200, "s3cret"),
            Answer.json(200, "{\"token\":\"s3cret\\n\"}"),
            Answer.json(200, "{}"))) {
      for (CredentialSource source : List.of(Clients.ANN, IDENTITY)) {
        try (FakeRegistry registry =
                new FakeRegistry(request ->
                    request.path().equals("/token")
                        ? answer
                        : Answer.of(401)
                            .with(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://ann:s3cret@"
                                    + request.header("Host")
                                    + "/token\""));
            RegistryClient client =
                new Clients().of(registry.url(), e -> e.withCredentials(source))) {
          assertThatThrownBy(() -> client.tags("a/b"))
              .hasMessageContaining("the token service " + registry.url() + "/token")
              .satisfies(
                  e -> assertThat(e).asString().doesNotContain("s3cret").doesNotContain("Basic"))
              .hasStackTraceContaining("RegistryException");
        }
      }
    }
    assertThat(new Access.Fixed("Basic s3cret")).hasToString("Fixed");
    assertThat(
            new Clients().endpoint(URI.create("http://a")).withCredentials(Clients.ANN).toString())
        .doesNotContain("s3cret");
    assertThat(new TokenAnswer(200, "s3cret")).hasToString("TokenAnswer[200]");
  }

  @Test
  void keepsQueriesOutOfMessages() throws IOException {
    try (FakeRegistry elsewhere =
            FakeRegistry.inTurn(
                Answer.json(200, "{\"tags\":[\"a\"]}")
                    .with("Link", "</v2/r/tags/list?token=s3cret>; rel=next"),
                Answer.of(418));
        RegistryClient client = Clients.to(elsewhere.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageNotContaining("s3cret");
    }
  }
}
