package dev.winnow.registry.auth;

/** What a registry knows us by. The written forms never show the secret. */
public sealed interface Credentials {
  /** No credentials: only what anybody may read. */
  Credentials ANONYMOUS = new Anonymous();

  /** Nothing to show. */
  record Anonymous() implements Credentials {}

  /**
   * A user name and a password, or an access token in its place.
   *
   * @param username the user name
   * @param password the secret
   */
  record UserPassword(String username, String password) implements Credentials {
    @Override
    public String toString() {
      return "UserPassword[" + username + "]";
    }
  }

  /**
   * A refresh token of the OAuth2 token flow, as {@code docker login} stores it. Source:
   * distribution <em>spec/auth/oauth.md</em>.
   *
   * @param username the user it belongs to; may be empty
   * @param token the secret
   */
  record IdentityToken(String username, String token) implements Credentials {
    @Override
    public String toString() {
      return "IdentityToken[" + username + "]";
    }
  }
}
