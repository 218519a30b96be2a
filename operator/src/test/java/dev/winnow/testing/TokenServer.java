package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A token server as the Docker registry's token authentication describes it: GET with Basic
 * credentials or none, and POST as OAuth 2 with an identity token or a password. Its tokens carry
 * their certificate ({@code x5c}), the one way that 2.8 and 3.x both follow.
 */
public final class TokenServer implements AutoCloseable {
  /** How long after its end both registries still take a token. */
  private static final Duration LEEWAY = Duration.ofSeconds(60);

  private final Path folder = Folders.temporary("tokens");
  private final Keys keys = Keys.make(folder.resolve("keys.p12"), "token", "Winnow test tokens");
  private final TokenAccess access = new TokenAccess();
  private final Map<String, String> identityTokens = new ConcurrentHashMap<>();
  private final List<String> scopes = new CopyOnWriteArrayList<>();
  private final AtomicInteger issued = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final HttpServer server;
  private volatile @Nullable Duration told = Duration.ofMinutes(5);
  private volatile @Nullable Duration real;

  private TokenServer() {
    try {
      Files.writeString(certificate(), keys.certificatePem());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server = Servers.start(this::handle);
  }

  /** Starts one that knows nobody. */
  public static TokenServer start() {
    return new TokenServer();
  }

  /** Adds a user. */
  public TokenServer user(String name, String password) {
    access.user(name, password);
    return this;
  }

  /**
   * Allows the user (the empty one: everybody who gives no credentials) these of {@code pull},
   * {@code push} and {@code delete} on a repository, or on all that start so when it ends in a
   * star.
   */
  public TokenServer allow(String user, String repository, String... actions) {
    access.allow(user, "repository", repository, actions);
    return this;
  }

  /** Allows the user to list the repositories. */
  public TokenServer allowCatalog(String user) {
    access.allow(user, "registry", "catalog", "*");
    return this;
  }

  /** How long its answers say that a token lives; null leaves it out. At first five minutes. */
  public TokenServer expiresIn(@Nullable Duration duration) {
    this.told = duration;
    return this;
  }

  /**
   * From now on, a registry refuses a token this long after it was issued, whatever the answer says
   * about it; zero: from the start. Null ends that.
   */
  public TokenServer refusedAfter(@Nullable Duration duration) {
    this.real = duration;
    return this;
  }

  /** A new identity token (OAuth 2: refresh token) of the user. */
  public String identityToken(String user) {
    String token = UUID.randomUUID().toString();
    identityTokens.put(token, user);
    return token;
  }

  /** An {@code Authorization} header with a token of the user, for example to push images. */
  public String bearer(String user, String... wanted) {
    return "Bearer " + token(user, List.of(wanted));
  }

  /** The realm: where to ask for a token. */
  public URI realm() {
    // By name: crane sends no password to an address that is not public.
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/token");
  }

  public String service() {
    return "winnow test registry";
  }

  public String issuer() {
    return "winnow test issuer";
  }

  /** The PEM file of what the registry has to trust. */
  public Path certificate() {
    return folder.resolve("token.pem");
  }

  /** How many tokens it gave over HTTP. */
  public int issued() {
    return issued.get();
  }

  /** How many requests it refused over HTTP. */
  public int refused() {
    return refused.get();
  }

  /** The scopes of each token that it gave over HTTP, in order, with blanks between. */
  public List<String> scopes() {
    return List.copyOf(scopes);
  }

  @Override
  public void close() {
    server.stop(0);
    Folders.delete(folder);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean post = exchange.getRequestMethod().equals("POST");
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Map<String, List<String>> form = form(post ? body : exchange.getRequestURI().getRawQuery());
      @Nullable String user = post ? oauthUser(form) : basicUser(exchange);
      if (user == null || !service().equals(first(form, "service"))) {
        refused.incrementAndGet();
        answer(exchange, 401, Json.object().put("error", "invalid_grant"));
        return;
      }
      List<String> wanted =
          form.getOrDefault("scope", List.of()).stream()
              .flatMap(scope -> Arrays.stream(scope.split(" ", -1)))
              .toList();
      issued.incrementAndGet();
      scopes.add(String.join(" ", wanted));
      answer(exchange, 200, grant(user, wanted, post, form));
    }
  }

  private ObjectNode grant(
      String user, List<String> wanted, boolean post, Map<String, List<String>> form) {
    ObjectNode answer = Json.object();
    String token = token(user, wanted);
    answer.put("access_token", token);
    if (post) {
      answer.put("scope", String.join(" ", wanted));
    } else {
      answer.put("token", token);
    }
    if (told != null) {
      answer.put("expires_in", told.toSeconds()).put("issued_at", Instant.now().toString());
    }
    if (first(form, "offline_token").equals("true")
        || first(form, "access_type").equals("offline")) {
      answer.put("refresh_token", identityToken(user));
    }
    return answer;
  }

  private @Nullable String basicUser(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header == null) {
      return "";
    }
    if (!header.startsWith("Basic ")) {
      return null;
    }
    byte[] decoded = Base64.getDecoder().decode(header.substring("Basic ".length()));
    String credentials = new String(decoded, StandardCharsets.UTF_8);
    int colon = credentials.indexOf(':');
    String user = credentials.substring(0, Math.max(colon, 0));
    return access.knows(user, credentials.substring(colon + 1)) ? user : null;
  }

  private @Nullable String oauthUser(Map<String, List<String>> form) {
    return switch (first(form, "grant_type")) {
      case "refresh_token" -> identityTokens.get(first(form, "refresh_token"));
      case "password" -> {
        String user = first(form, "username");
        yield access.knows(user, first(form, "password")) ? user : null;
      }
      default -> null;
    };
  }

  private String token(String user, List<String> wanted) {
    Duration life = real;
    Duration claimed = told == null ? Duration.ofSeconds(60) : told;
    Instant now = Instant.now();
    Instant end = now.plus(life == null ? claimed : life.minus(LEEWAY));
    ObjectNode claims = Json.object().put("iss", issuer()).put("sub", user).put("aud", service());
    claims.put("jti", UUID.randomUUID().toString());
    // A second ago and more: a token that has ended already must have begun before.
    claims.put("iat", now.getEpochSecond()).put("nbf", now.minus(LEEWAY).getEpochSecond());
    claims.put("exp", end.getEpochSecond());
    claims.set("access", access.access(user, wanted));
    return sign(claims);
  }

  private String sign(ObjectNode claims) {
    try {
      ObjectNode header = Json.object().put("typ", "JWT").put("alg", "RS256");
      header
          .withArray("x5c")
          .add(Base64.getEncoder().encodeToString(keys.certificate().getEncoded()));
      String signed = base64(Json.bytes(header)) + "." + base64(Json.bytes(claims));
      Signature rsa = Signature.getInstance("SHA256withRSA");
      rsa.initSign(keys.key());
      rsa.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + base64(rsa.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static void answer(HttpExchange exchange, int status, ObjectNode json)
      throws IOException {
    byte[] body = Json.bytes(json);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static Map<String, List<String>> form(@Nullable String encoded) {
    Map<String, List<String>> form = new ConcurrentHashMap<>();
    for (String pair : encoded == null ? new String[0] : encoded.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = pair.substring(0, Math.max(equals, 0));
      String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
      form.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }
    return form;
  }

  private static String first(Map<String, List<String>> form, String name) {
    return form.getOrDefault(name, List.of("")).getFirst();
  }
}
