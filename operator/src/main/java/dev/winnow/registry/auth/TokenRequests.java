package dev.winnow.registry.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;

/**
 * Fetches tokens. Sources: distribution <em>spec/auth/token.md</em> (GET with Basic credentials)
 * and <em>spec/auth/oauth.md</em> (POST with a refresh token; a service that does not know it
 * answers 404 or 405, then GET).
 */
final class TokenRequests {
  /** token.md: "If omitted, this defaults to 60 seconds". */
  private static final long DEFAULT_LIFE = 60;

  private static final long LONGEST_LIFE = Duration.ofDays(1).toSeconds();

  private final TokenEndpoint endpoint;
  private final InstantSource clock;
  private final boolean plainRegistry;
  private final String remedy;
  private final JsonMapper json = new JsonMapper();

  /**
   * @param plainRegistry whether the registry itself is reached by plain HTTP or on this machine,
   *     so that a plain realm is no step down
   * @param remedy what a user can do who has no credentials
   */
  TokenRequests(TokenEndpoint endpoint, InstantSource clock, boolean plainRegistry, String remedy) {
    this.endpoint = endpoint;
    this.clock = clock;
    this.plainRegistry = plainRegistry;
    this.remedy = remedy;
  }

  /** A new token for the key. */
  BearerTokens.Token fetch(BearerTokens.Key key, Credentials credentials)
      throws IOException, InterruptedException {
    requireSafe(key.realm(), credentials);
    Instant asked = clock.instant();
    TokenAnswer answer =
        switch (credentials) {
          case Credentials.Anonymous() -> endpoint.get(address(key), "");
          case Credentials.UserPassword(String user, String password) ->
              endpoint.get(address(key), basic(user, password));
          case Credentials.IdentityToken identity -> refresh(key, identity);
        };
    if (answer.status() != 200) {
      throw new AuthException(refusal(key, answer.status(), credentials));
    }
    return token(key, answer.body(), asked);
  }

  /** The {@code Authorization} header of Basic credentials. Source: RFC 7617. */
  static String basic(String user, String password) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  private TokenAnswer refresh(BearerTokens.Key key, Credentials.IdentityToken identity)
      throws IOException, InterruptedException {
    String form =
        "grant_type=refresh_token&client_id=winnow&service="
            + encode(key.service())
            + "&scope="
            + encode(String.join(" ", key.scopes()))
            + "&refresh_token="
            + encode(identity.token());
    TokenAnswer answer = endpoint.post(key.realm(), form);
    if (answer.status() != 404 && answer.status() != 405) {
      return answer;
    }
    String user = identity.username().isEmpty() ? "<token>" : identity.username();
    return endpoint.get(address(key), basic(user, identity.token()));
  }

  private void requireSafe(URI realm, Credentials credentials) throws AuthException {
    boolean https = "https".equalsIgnoreCase(realm.getScheme());
    boolean http = "http".equalsIgnoreCase(realm.getScheme());
    if (realm.getHost() == null || !(https || http)) {
      throw new AuthException("the registry names a token service that is no http(s) address");
    }
    if (!https && !plainRegistry && !(credentials instanceof Credentials.Anonymous)) {
      throw new AuthException(
          "the token service "
              + where(realm)
              + " is plain HTTP, the registry is not: credentials are not sent there; correct the"
              + " registry's auth.token.realm");
    }
  }

  private static URI address(BearerTokens.Key key) throws AuthException {
    StringBuilder address = new StringBuilder(key.realm().toString());
    char next = key.realm().getRawQuery() == null ? '?' : '&';
    if (!key.service().isEmpty()) {
      address.append(next).append("service=").append(encode(key.service()));
      next = '&';
    }
    for (String scope : key.scopes()) {
      address.append(next).append("scope=").append(encode(scope));
      next = '&';
    }
    return URI.create(address.toString());
  }

  private BearerTokens.Token token(BearerTokens.Key key, String body, Instant asked)
      throws AuthException {
    JsonNode answer;
    try {
      answer = json.readTree(body);
    } catch (JsonProcessingException e) {
      // Not the cause: its message may quote the answer.
      throw new AuthException(
          "the token service " + where(key.realm()) + " did not answer with JSON");
    }
    String value = answer.path("token").asText("");
    if (value.isEmpty()) {
      value = answer.path("access_token").asText("");
    }
    if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new AuthException("the token service " + where(key.realm()) + " gave no usable token");
    }
    long life = answer.path("expires_in").asLong(DEFAULT_LIFE);
    life = life <= 0 ? DEFAULT_LIFE : Math.min(life, LONGEST_LIFE);
    Instant issued = issuedAt(answer.path("issued_at").asText(""), asked);
    return new BearerTokens.Token(value, issued.plusSeconds(life).minusMillis(life * 100));
  }

  /** When the life of a token began: never later than when we asked, by our clock. */
  private static Instant issuedAt(String text, Instant asked) {
    try {
      Instant issued = text.isEmpty() ? asked : OffsetDateTime.parse(text).toInstant();
      return issued.isAfter(asked) ? asked : issued;
    } catch (DateTimeParseException e) {
      return asked;
    }
  }

  private String refusal(BearerTokens.Key key, int status, Credentials credentials) {
    String who =
        switch (credentials) {
          case Credentials.Anonymous() -> " gives no token without credentials: " + remedy;
          case Credentials.UserPassword(String user, String _) ->
              " refused the user " + quote(user) + ": check the user name and the password";
          case Credentials.IdentityToken(String user, String _) ->
              " refused the identity token of " + quote(user) + ": log in again";
        };
    return "the token service " + where(key.realm()) + who + " (status " + status + ")";
  }

  private static String quote(String user) {
    return "'" + user + "'";
  }

  private static String where(URI realm) {
    String host = realm.getRawAuthority().replaceFirst(".*@", ""); // no user, no password
    return realm.getScheme() + "://" + host + realm.getRawPath();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }
}
