package dev.winnow.registry.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;

/**
 * A Docker configuration file, or a Secret of type {@code kubernetes.io/dockerconfigjson}: which
 * credentials, or which helper, belong to a registry. Source: docker/cli
 * <em>docs/reference/commandline/cli.md § Credential stores, Credential helpers</em> and its
 * package <em>cli/config</em>.
 */
public final class DockerConfig {
  private static final long MOST_BYTES = 4 << 20;
  private static final Duration HELPER_LIMIT = Duration.ofSeconds(30);

  /** Docker Hub is looked up by this key, whatever it is called elsewhere. */
  private static final String HUB_KEY = "index.docker.io";

  private final JsonNode root;
  private final String name;
  private final CredentialHelper helpers;

  private DockerConfig(JsonNode root, String name, CredentialHelper helpers) {
    this.root = root;
    this.name = name;
    this.helpers = helpers;
  }

  /**
   * The user's file: {@code config.json} in {@code DOCKER_CONFIG}, else in {@code ~/.docker}. A
   * missing file has no entries.
   *
   * @param environment the environment variables: {@code DOCKER_CONFIG}, {@code PATH}
   * @param home the user's home
   */
  public static DockerConfig load(Map<String, String> environment, Path home) throws IOException {
    String folder = environment.getOrDefault("DOCKER_CONFIG", "");
    Path file =
        (folder.isEmpty() ? home.resolve(".docker") : Path.of(folder)).resolve("config.json");
    CredentialHelper helpers =
        new CredentialHelper(environment.getOrDefault("PATH", ""), HELPER_LIMIT);
    byte[] bytes;
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new AuthException(file + " is larger than " + MOST_BYTES + " bytes");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      bytes = "{}".getBytes(UTF_8);
    }
    return parse(bytes, file.toString(), helpers);
  }

  /**
   * The content of a {@code kubernetes.io/dockerconfigjson} Secret. Helpers that it names are
   * passed over, as Kubernetes does: they are programs of another machine.
   *
   * @param name what to call it in messages
   */
  public static DockerConfig parse(byte[] json, String name) throws AuthException {
    DockerConfig config = parse(json, name, new CredentialHelper("", HELPER_LIMIT));
    if (config.root instanceof ObjectNode object) {
      object.remove(List.of("credHelpers", "credsStore"));
    }
    return config;
  }

  static DockerConfig parse(byte[] json, String name, CredentialHelper helpers)
      throws AuthException {
    try {
      JsonNode root = new JsonMapper().readTree(json);
      if (!root.isObject()) {
        throw new AuthException(name + " is not a JSON object");
      }
      return new DockerConfig(root, name, helpers);
    } catch (JsonProcessingException e) {
      // Not the cause: its message may quote a secret.
      throw new AuthException(name + " is not valid JSON: line " + e.getLocation().getLineNr());
    } catch (IOException e) {
      throw new AuthException(name + " cannot be read as JSON");
    }
  }

  /** Where this file's credentials for the registry at the address come from. */
  public CredentialSource source(URI registry) {
    return () -> credentials(registry);
  }

  /** This file's credentials for a registry, {@link Credentials#ANONYMOUS} when it has none. */
  public Credentials credentials(URI registry) throws IOException, InterruptedException {
    List<String> keys = keys(registry);
    for (String key : keys) {
      String helper = lookUp(root.path("credHelpers"), key).asText("");
      if (!helper.isEmpty()) {
        return helpers.get(helper, serverName(key), name);
      }
    }
    String store = root.path("credsStore").asText("");
    if (!store.isEmpty()) {
      for (String key : keys) {
        Credentials stored = helpers.get(store, serverName(key), name);
        if (!(stored instanceof Credentials.Anonymous)) {
          return stored;
        }
      }
    }
    for (String key : keys) {
      Credentials written = written(lookUp(root.path("auths"), key), key);
      if (!(written instanceof Credentials.Anonymous)) {
        return written;
      }
    }
    return Credentials.ANONYMOUS;
  }

  /** The names an entry may have: host:port, and the bare host where the port is the default. */
  private static List<String> keys(URI registry) {
    String host = String.valueOf(registry.getHost()).toLowerCase(Locale.ROOT);
    if (host.equals("docker.io") || host.equals("registry-1.docker.io") || host.equals(HUB_KEY)) {
      return List.of(HUB_KEY);
    }
    int standard = "http".equalsIgnoreCase(registry.getScheme()) ? 80 : 443;
    int port = registry.getPort() == -1 ? standard : registry.getPort();
    return port == standard ? List.of(host, host + ":" + port) : List.of(host + ":" + port);
  }

  /** How helpers are asked for an entry. */
  private static String serverName(String key) {
    return key.equals(HUB_KEY) ? "https://index.docker.io/v1/" : key;
  }

  /** The value whose key names the host: exactly, or written as an address. */
  private static JsonNode lookUp(JsonNode map, String key) {
    JsonNode exact = map.path(key);
    if (!exact.isMissingNode()) {
      return exact;
    }
    for (Entry<String, JsonNode> entry : map.properties()) {
      if (bare(entry.getKey()).equals(key)) {
        return entry.getValue();
      }
    }
    return exact;
  }

  /** {@code https://Host:5000/v1/} as {@code host:5000}; a key with another path as it is. */
  private static String bare(String key) {
    String bare = key.toLowerCase(Locale.ROOT);
    int scheme = bare.indexOf("://");
    bare = scheme < 0 ? bare : bare.substring(scheme + 3);
    int slash = bare.indexOf('/');
    if (slash < 0) {
      return bare;
    }
    String path = bare.substring(slash).replaceAll("/+$", "");
    return path.isEmpty() || path.equals("/v1") || path.equals("/v2")
        ? bare.substring(0, slash)
        : bare;
  }

  private Credentials written(JsonNode entry, String key) throws AuthException {
    String user = entry.path("username").asText("");
    String password = entry.path("password").asText("");
    String auth = entry.path("auth").asText("").strip();
    if (!auth.isEmpty()) {
      String decoded = decode(auth, key);
      int colon = decoded.indexOf(':');
      if (colon < 0) {
        throw new AuthException("the auth of " + key + " in " + name + " is not user:password");
      }
      user = decoded.substring(0, colon);
      password = decoded.substring(colon + 1);
    }
    String identity = entry.path("identitytoken").asText("");
    if (!identity.isEmpty()) {
      return new Credentials.IdentityToken(user, identity);
    }
    return user.isEmpty() && password.isEmpty()
        ? Credentials.ANONYMOUS
        : new Credentials.UserPassword(user, password);
  }

  private String decode(String auth, String key) throws AuthException {
    try {
      // docker login pads some passwords with zero bytes.
      return new String(Base64.getDecoder().decode(auth), UTF_8).replaceAll("\0+$", "");
    } catch (IllegalArgumentException e) {
      throw new AuthException("the auth of " + key + " in " + name + " is not Base64");
    }
  }

  @Override
  public String toString() {
    return "DockerConfig[" + name + "]";
  }
}
