package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.registry.FakeRegistry.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
  private final List<String> repositories = new ArrayList<>();

  @Test
  void followsRelativeAndAbsoluteLinksInAnyCase() throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request ->
                switch (request.target()) {
                  case "/v2/_catalog?n=1000" ->
                      repositories("a").with("link", "<_catalog?last=a>; REL=NEXT");
                  case "/v2/_catalog?last=a" ->
                      repositories("b")
                          .with("LINK", "<http://" + request.header("Host") + "/x?y>; rel=next");
                  default -> repositories("c");
                });
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.catalog(repositories::add)).isEqualTo(new Catalog.Listed(3));
      assertThat(repositories).containsExactly("a", "b", "c");
    }
  }

  @Test
  void asksForLessWhereLessIsAllowed() throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request ->
                request.target().contains("n=1000")
                    ? Answer.error(400, "PAGINATION_NUMBER_INVALID")
                    : repositories("a"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.catalog(repositories::add)).isEqualTo(new Catalog.Listed(1));
      assertThat(registry.lines())
          .containsExactly("GET /v2/_catalog?n=1000", "GET /v2/_catalog?n=100");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 405})
  void saysThatTheCatalogIsRefused(int status) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.error(status, "DENIED"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.catalog(repositories::add))
          .isInstanceOfSatisfying(
              Catalog.Refused.class, refused -> assertThat(refused.status()).isEqualTo(status));
    }
  }

  @Test
  void saysThatTheCatalogIsUnsupportedOrEmpty() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.error(400, "UNSUPPORTED"), Answer.json(200, "{\"repositories\":[]}"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.catalog(repositories::add)).isInstanceOf(Catalog.Refused.class);
      assertThat(client.catalog(repositories::add)).isEqualTo(new Catalog.Empty());
    }
  }

  @Test
  void isAnErrorWhenALaterPageFails() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                repositories("a").with("Link", "</v2/_catalog?last=a>; rel=next"),
                Answer.error(403, "DENIED"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.catalog(repositories::add))
          .isInstanceOfSatisfying(
              RegistryException.class,
              e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.FORBIDDEN));
    }
  }

  @Test
  void readsTags() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                tags("\"b\",\"a\"").with("Link", "</v2/r/tags/list?last=a>; rel=\"next\""),
                tags("\"a\",\"c\""),
                Answer.json(200, "{\"name\":\"r\",\"tags\":null}"),
                Answer.error(404, "NAME_UNKNOWN"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.tags("r")).isEqualTo(new TagList.Found(List.of("b", "a", "c")));
      assertThat(client.tags("r")).isEqualTo(new TagList.Found(List.of()));
      assertThat(client.tags("r")).isEqualTo(new TagList.NotFound());
      assertThat(registry.lines().getFirst()).isEqualTo("GET /v2/r/tags/list");
    }
  }

  @Test
  void doesNotTakeAnybodysNotFoundForARegistrys() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(404));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageContaining("is this a registry's");
    }
  }

  @Test
  void endsWhenPagesLeadInACircle() throws IOException {
    try (FakeRegistry circle =
            new FakeRegistry(request ->
                tags("\"" + request.target().length() + "\"")
                    .with("Link", "</v2/r/tags/list?page=1>; rel=next"));
        RegistryClient client = Clients.to(circle.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageContaining("in a circle");
    }
  }

  @Test
  void endsWhenPagesDoNotGetOn() throws IOException {
    try (FakeRegistry same =
            new FakeRegistry(request ->
                tags("\"a\"").with("Link", "<list?" + request.target().length() + ">; rel=next"));
        FakeRegistry empty =
            new FakeRegistry(request ->
                tags("").with("Link", "<" + request.path() + "?" + Math.random() + ">;rel=next"));
        RegistryClient toSame = Clients.to(same.url());
        RegistryClient toEmpty = Clients.to(empty.url())) {
      assertThatThrownBy(() -> toSame.tags("r")).hasMessageContaining("the same page");
      assertThatThrownBy(() -> toEmpty.tags("r")).hasMessageContaining("in a circle");
    }
  }

  @Test
  void takesNoCredentialsToAnotherOrigin() throws IOException {
    try (FakeRegistry other = FakeRegistry.inTurn(repositories("b"));
        FakeRegistry registry =
            new FakeRegistry(request ->
                request.header("Authorization").isEmpty()
                    ? Answer.of(401).with("WWW-Authenticate", "Basic realm=x")
                    : repositories("a").with("Link", "<" + other.url() + "/x>; rel=next"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      assertThat(client.catalog(repositories::add)).isEqualTo(new Catalog.Listed(2));
      assertThat(other.requests.getFirst().header("Authorization")).isEmpty();
    }
  }

  @Test
  void saysWhatAWebPageIs() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.bytes("<html>".getBytes(UTF_8), "text/html; charset=utf-8"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r")).hasMessageContaining("web page (text/html)");
      assertThatThrownBy(client::ping).hasMessageContaining("login page");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{\"tags\":{}}",
        "{\"tags\":[1]}",
        "{\"name\":\"r\"}",
        "",
        "{\"tags\":[\"a\""
      })
  void refusesWhatIsNoList(String body) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.json(200, body));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.tags("r"))
          .isInstanceOfSatisfying(
              RegistryException.class,
              e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.BAD_RESPONSE));
    }
  }

  @Test
  void keepsStrangeNamesInTheirPlace() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(tags(""));
        RegistryClient client = Clients.to(registry.url())) {
      client.tags("a b/c?d#e");
      assertThat(registry.lines()).containsExactly("GET /v2/a%20b/c%3Fd%23e/tags/list");
      for (String name : List.of("", "a//b", "../x", "a/..", "/a", "a/", "a/./b")) {
        assertThatThrownBy(() -> client.tags(name))
            .as(name)
            .hasMessageContaining("not a name in a registry");
      }
    }
  }

  private static Answer repositories(String name) {
    return Answer.json(200, "{\"repositories\":[\"" + name + "\"]}");
  }

  private static Answer tags(String tags) {
    return Answer.json(200, "{\"name\":\"r\",\"tags\":[" + tags + "]}");
  }
}
