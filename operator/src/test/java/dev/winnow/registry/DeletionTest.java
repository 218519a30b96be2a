package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.registry.FakeRegistry.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeletionTest {
  private static final Answer READ_ONLY =
      new Answer(405, "Method not allowed".getBytes(UTF_8), List.of());
  private static final DeleteGuard LETS = (_, _) -> Optional.empty();

  private final Clients clients = new Clients();

  @Test
  void deletes() throws IOException {
    List<String> asked = new ArrayList<>();
    DeleteGuard guard =
        (repository, reference) -> {
          asked.add(repository + ":" + reference);
          return Optional.empty();
        };
    try (FakeRegistry registry =
            FakeRegistry.inTurn(Answer.of(202), Answer.error(404, "MANIFEST_UNKNOWN"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.deleteManifest("a/b", "v1", guard)).isEqualTo(new Deleted.Done());
      assertThat(client.deleteManifest("a/b", "v2", guard)).isEqualTo(new Deleted.AlreadyGone());
      assertThat(asked).containsExactly("a/b:v1", "a/b:v2");
      assertThat(registry.lines().getFirst()).isEqualTo("DELETE /v2/a/b/manifests/v1");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 405})
  void saysWhatIsRefused(int status) throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.error(status, "UNSUPPORTED"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.deleteManifest("r", "v1", LETS))
          .isEqualTo(new Deleted.Refused(status, "UNSUPPORTED, about UNSUPPORTED"));
      assertThat(registry.requests).hasSize(1);
    }
  }

  @Test
  void believesOnlyARegistryThatSomethingIsGone() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(404));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.deleteManifest("r", "v1", LETS)).isInstanceOf(Deleted.Refused.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void stopsWhereItMayNot(int status) throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.error(status, "DENIED").with("WWW-Authenticate", "Basic realm=x"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      assertThatThrownBy(() -> client.deleteManifest("r", "v1", LETS))
          .isInstanceOfSatisfying(
              RegistryException.class, e -> assertThat(e.status()).isEqualTo(status));
    }
  }

  @Test
  void asksTheGuardBeforeEveryAttempt() throws IOException {
    List<String> asked = new ArrayList<>();
    DeleteGuard guard =
        (_, reference) -> {
          asked.add(reference);
          return asked.size() == 3 ? Optional.of("the lock is lost") : Optional.empty();
        };
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(429), Answer.of(500));
        RegistryClient client = clients.of(registry.url(), UnaryOperator.identity())) {
      assertThat(client.deleteManifest("r", "v1", guard))
          .isEqualTo(new Deleted.Unknown("the lock is lost"));
      assertThat(registry.requests).hasSize(2);
      assertThat(client.deleteManifest("r", "v1", (_, _) -> Optional.of("dry run")))
          .isEqualTo(new Deleted.Stopped("dry run"));
      assertThat(registry.requests).hasSize(2);
    }
  }

  @Test
  void asksTheGuardAgainAfterAChallenge() throws IOException {
    List<String> asked = new ArrayList<>();
    DeleteGuard guard =
        (_, reference) -> {
          asked.add(reference);
          return Optional.empty();
        };
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.of(401).with("WWW-Authenticate", "Basic realm=x"), Answer.of(202));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      assertThat(client.deleteManifest("r", "v1", guard)).isEqualTo(new Deleted.Done());
      assertThat(asked).hasSize(2);
    }
  }

  @Test
  void countsWhatALostAnswerDeleted() throws IOException {
    List<String> asked = new ArrayList<>();
    DeleteGuard guard =
        (_, reference) -> {
          asked.add(reference);
          return Optional.empty();
        };
    String gone =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 43\r\n\r\n"
            + "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}   ";
    try (RawServer server = new RawServer(RawServer.sends(""), RawServer.sends(gone));
        RegistryClient client = Clients.to(server.url())) {
      assertThat(client.deleteManifest("r", "v1", guard)).isEqualTo(new Deleted.Done());
      assertThat(server.connections).as("none that the guard did not see").hasValue(asked.size());
      assertThat(asked).hasSize(2);
    }
  }

  @Test
  void doesNotKnowWhatAnInterruptCutOff() throws IOException {
    Thread deleting = Thread.currentThread();
    try (FakeRegistry registry =
            new FakeRegistry(request -> {
              deleting.interrupt();
              return Answer.of(500);
            });
        RegistryClient client = Clients.to(registry.url())) {
      Deleted cutOff = client.deleteManifest("r", "v1", LETS);
      assertThat(Thread.interrupted()).as("the flag is set again").isTrue();
      assertThat(cutOff).isInstanceOf(Deleted.Unknown.class);
      deleting.interrupt();
      assertThatThrownBy(() -> client.deleteManifest("r", "v2", LETS))
          .as("nothing was sent")
          .isInstanceOfSatisfying(
              RegistryException.class,
              e -> assertThat(e.kind()).isEqualTo(RegistryException.Kind.INTERRUPTED));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(registry.requests).hasSize(1);
    }
  }

  @Test
  void doesNotKnowWhatAFailingRegistryDid() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.of(500));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.deleteManifest("r", "v1", LETS)).isInstanceOf(Deleted.Unknown.class);
    }
  }

  @Test
  void doesNotFollowARedirect() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(Answer.of(307).with("Location", "/v2/other/manifests/v1"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.deleteManifest("r", "v1", LETS)).hasMessageContaining("307");
      assertThat(registry.requests).hasSize(1);
    }
  }

  @Test
  void probesWhetherDeletionIsEnabled() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.error(404, "MANIFEST_UNKNOWN"),
                Answer.error(405, "UNSUPPORTED"),
                Answer.error(400, "UNSUPPORTED"),
                READ_ONLY,
                Answer.error(404, "NAME_UNKNOWN"),
                READ_ONLY);
        RegistryClient client = clients.of(registry.url(), UnaryOperator.identity())) {
      assertThat(client.probeDelete("r")).isEqualTo(new DeletionSupport.Enabled());
      assertThat(client.probeDelete("r")).isInstanceOf(DeletionSupport.Disabled.class);
      assertThat(client.probeDelete("r")).isInstanceOf(DeletionSupport.Disabled.class);
      assertThat(client.probeDelete("r"))
          .as("read-only at first")
          .isInstanceOf(DeletionSupport.Enabled.class);
      assertThat(clients.waits).hasSize(1);
      assertThat(client.probeDelete("r")).isEqualTo(new DeletionSupport.ReadOnly());
      assertThat(registry.lines())
          .hasSize(8)
          .containsOnly("DELETE /v2/r/manifests/sha256:" + "0".repeat(64));
    }
  }

  @Test
  void doesNotTakeAnErrorForAProbesAnswer() throws IOException {
    try (FakeRegistry registry = FakeRegistry.inTurn(Answer.error(403, "DENIED"), Answer.of(404));
        RegistryClient client = Clients.to(registry.url())) {
      assertThatThrownBy(() -> client.probeDelete("r")).hasMessageContaining("403 DENIED");
      assertThatThrownBy(() -> client.probeDelete("r")).hasMessageContaining("404");
    }
  }

  @Test
  void probesTheKindByTheCatalog() throws IOException {
    try (FakeRegistry registry =
            FakeRegistry.inTurn(
                Answer.json(200, "{\"repositories\":[]}"),
                Answer.error(400, "PAGINATION_NUMBER_INVALID"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.probeKind("r")).isEqualTo(DeletionKind.BY_DIGEST);
      assertThat(client.probeKind("r")).isEqualTo(DeletionKind.BY_TAG);
      assertThat(registry.lines()).containsOnly("GET /v2/_catalog?n=-1");
    }
  }

  @Test
  void probesTheKindByTagsWhereTheCatalogDoesNotSay() throws IOException {
    Answer paged =
        Answer.json(200, "{\"tags\":[\"a\"]}").with("Link", "</v2/r/tags/list?last=a>; rel=next");
    assertThat(byTags(paged)).isEqualTo(DeletionKind.BY_TAG);
    assertThat(byTags(Answer.json(200, "{\"tags\":[\"a\",\"b\"]}")))
        .isEqualTo(DeletionKind.BY_DIGEST);
    assertThat(byTags(Answer.json(200, "{\"tags\":[\"a\"]}"))).isEqualTo(DeletionKind.BY_DIGEST);
    assertThat(byTags(Answer.error(404, "NAME_UNKNOWN"))).isEqualTo(DeletionKind.BY_DIGEST);
  }

  private static DeletionKind byTags(Answer tags) throws IOException {
    try (FakeRegistry registry =
            new FakeRegistry(request ->
                request.path().endsWith("/tags/list")
                    ? tags
                    : Answer.bytes("<html>".getBytes(UTF_8), "text/html"));
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.probeKind("")).isEqualTo(DeletionKind.BY_DIGEST);
      return client.probeKind("r");
    }
  }
}
