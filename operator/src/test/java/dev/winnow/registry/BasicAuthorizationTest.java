package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.registry.FakeRegistry.Answer;
import dev.winnow.registry.RegistryException.Kind;
import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class BasicAuthorizationTest {
  private static final Answer TAGS = Answer.json(200, "{\"tags\":[]}");
  private static final String ANN =
      "Basic " + Base64.getEncoder().encodeToString("ann:s3cret".getBytes(UTF_8));

  @Test
  void sendsBasicCredentialsOnceTheyAreAskedFor() throws IOException {
    try (FakeRegistry basic =
            new FakeRegistry(request ->
                request.header("Authorization").equals(ANN)
                    ? TAGS
                    : Answer.of(401).with("WWW-Authenticate", "BASIC realm=\"x\""));
        RegistryClient ann = Clients.withCredentials(basic.url());
        RegistryClient nobody = Clients.to(basic.url())) {
      ann.tags("r");
      ann.tags("r");
      assertThat(basic.requests).hasSize(3);
      assertThatThrownBy(() -> nobody.tags("r"))
          .hasMessageContaining("a user name and a password, none are given: give a user name");
    }
  }

  @Test
  void doesNotRepeatWrongBasicCredentials() throws IOException {
    try (FakeRegistry basic =
            FakeRegistry.inTurn(Answer.of(401).with("WWW-Authenticate", "Basic realm=x"));
        RegistryClient ann = Clients.withCredentials(basic.url())) {
      assertFails(() -> ann.tags("r"), Kind.UNAUTHORIZED);
      assertThat(basic.requests).hasSize(2);
    }
  }

  @Test
  void saysThatAChallengeIsMissing() throws IOException {
    try (FakeRegistry odd = FakeRegistry.inTurn(Answer.of(401));
        RegistryClient ann = Clients.withCredentials(odd.url())) {
      assertThatThrownBy(() -> ann.tags("r")).hasMessageContaining("no kind of authentication");
    }
  }
}
