package dev.winnow.registry.auth;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives each request to one registry its {@code Authorization} header. Nothing is sent before the
 * registry asks; what it asked for once is then sent at once, with the scope that the request
 * needs. Source: distribution <em>spec/auth/token.md</em>, <em>scope.md</em>.
 */
public final class Authorizer {
  private final CredentialSource source;
  private final BearerTokens tokens;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile Scheme scheme = new Open();
  private volatile Read read = new Read(Credentials.ANONYMOUS, 0);

  /**
   * @param base the registry's address
   * @param source where its credentials come from
   * @param endpoint how a token service is asked
   */
  public Authorizer(
      URI base, CredentialSource source, TokenEndpoint endpoint, InstantSource clock) {
    this.source = source;
    boolean plain = "http".equals(base.getScheme()) || isLoopback(base.getHost());
    this.tokens =
        new BearerTokens(new TokenRequests(endpoint, clock, plain, source.remedy()), clock);
  }

  private sealed interface Scheme {}

  private record Open() implements Scheme {}

  private record Basic() implements Scheme {}

  private record Bearer(URI realm, String service) implements Scheme {}

  /** Credentials and how many times they were read: 0 is not yet. */
  private record Read(Credentials credentials, int times) {}

  /** The header for a request that needs these scopes, from what was learnt; empty for none. */
  public String proactive(Set<String> scopes) throws IOException, InterruptedException {
    return switch (scheme) {
      case Open() -> "";
      case Basic() -> basic(read.credentials());
      case Bearer(URI realm, String service) ->
          bearer(new BearerTokens.Key(realm, service, scopes), "");
    };
  }

  /**
   * The header to try after a 401.
   *
   * @param headers the answer's {@code WWW-Authenticate} headers
   * @param scopes what the request needs
   * @param sent the header that was refused; empty when none was sent
   * @return empty when there is nothing else to try
   * @throws AuthException when the challenge cannot be met, and why
   */
  public Optional<String> answer(List<String> headers, Set<String> scopes, String sent)
      throws IOException, InterruptedException {
    List<Challenge> challenges = ChallengeParser.parse(headers);
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer") && !challenge.parameter("realm").isEmpty()) {
        return Optional.of(answerBearer(challenge, scopes, sent));
      }
    }
    if (challenges.stream().anyMatch(challenge -> challenge.scheme().equals("basic"))) {
      return answerBasic(sent);
    }
    throw new AuthException(
        "the registry asks for no kind of authentication that is known here (Basic, Bearer)");
  }

  private String answerBearer(Challenge challenge, Set<String> scopes, String sent)
      throws IOException, InterruptedException {
    Bearer asked = new Bearer(realm(challenge), challenge.parameter("service"));
    Set<String> wanted = new TreeSet<>(scopes);
    for (String scope : challenge.parameter("scope").split(" ", -1)) {
      if (!scope.isEmpty()) {
        wanted.add(scope);
      }
    }
    readCredentials(0);
    scheme = asked;
    String refused = sent.startsWith("Bearer ") ? sent.substring("Bearer ".length()) : "";
    return bearer(new BearerTokens.Key(asked.realm(), asked.service(), covered(wanted)), refused);
  }

  /** Without the scopes that another one of the same resource includes: one key, one token. */
  private static Set<String> covered(Set<String> scopes) {
    Set<String> kept = new TreeSet<>(scopes);
    kept.removeIf(
        scope -> scopes.stream().anyMatch(other -> !other.equals(scope) && covers(other, scope)));
    return kept;
  }

  private static boolean covers(String wide, String narrow) {
    int end = narrow.lastIndexOf(':') + 1;
    return wide.startsWith(narrow.substring(0, end))
        && wide.lastIndexOf(':') + 1 == end
        && List.of(wide.substring(end).split(",", -1))
            .containsAll(List.of(narrow.substring(end).split(",", -1)));
  }

  private Optional<String> answerBasic(String sent) throws IOException, InterruptedException {
    int seen = sent.isEmpty() ? 0 : read.times();
    Credentials credentials = readCredentials(seen);
    requireCredentials(credentials);
    scheme = new Basic();
    String header = basic(credentials);
    return header.equals(sent) ? Optional.empty() : Optional.of(header);
  }

  /**
   * To be asked when a registry goes on refusing: a token that a service gives to anybody may open
   * nothing.
   *
   * @throws AuthException when there are no credentials
   */
  public void requireCredentials() throws AuthException {
    requireCredentials(read.credentials());
  }

  private void requireCredentials(Credentials credentials) throws AuthException {
    if (credentials instanceof Credentials.Anonymous) {
      throw new AuthException(
          "the registry asks for a user name and a password, none are given: " + source.remedy());
    }
  }

  private String bearer(BearerTokens.Key key, String refused)
      throws IOException, InterruptedException {
    Read before = read;
    try {
      return "Bearer " + tokens.token(key, before.credentials(), refused);
    } catch (AuthException e) {
      // They may have been changed, or were a helper's and have expired.
      Credentials again = readCredentials(before.times());
      if (again.equals(before.credentials())) {
        throw e;
      }
      return "Bearer " + tokens.token(key, again, refused);
    }
  }

  private static String basic(Credentials credentials) {
    return switch (credentials) {
      case Credentials.Anonymous() -> "";
      case Credentials.UserPassword(String user, String password) ->
          TokenRequests.basic(user, password);
      case Credentials.IdentityToken(String user, String token) -> TokenRequests.basic(user, token);
    };
  }

  /** The credentials, read from their source unless they were read more often than was seen. */
  private Credentials readCredentials(int seen) throws IOException, InterruptedException {
    reading.lockInterruptibly();
    try {
      if (read.times() <= seen) {
        read = new Read(source.read(), read.times() + 1);
      }
      return read.credentials();
    } finally {
      reading.unlock();
    }
  }

  private static URI realm(Challenge challenge) throws AuthException {
    try {
      return new URI(challenge.parameter("realm"));
    } catch (URISyntaxException e) {
      throw new AuthException("the registry names a token service that is no http(s) address");
    }
  }

  private static boolean isLoopback(String host) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    try {
      String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      return InetAddress.ofLiteral(bare).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false; // A name, whatever it resolves to.
    }
  }
}
