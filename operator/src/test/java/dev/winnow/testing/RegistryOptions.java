package dev.winnow.testing;

import at.favre.lib.crypto.bcrypt.BCrypt;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link TestRegistry} is to be set up. All goes into a config file: environment variables
 * overwrite it in ways that differ from key to key, so only a test about them sets them.
 */
public final class RegistryOptions {
  final RegistryVersion version;
  final Map<String, String> environment = new HashMap<>();
  String address = "127.0.0.1";
  @Nullable Path root;
  @Nullable TestCertificates certificates;

  private final ObjectNode config = Json.object();
  private @Nullable String htpasswd;

  RegistryOptions(RegistryVersion version) {
    this.version = version;
    set("version", "0.1");
    set("log.level", "info");
    set("log.accesslog.disabled", true);
    set("storage.delete.enabled", true);
    // Off, so that a long test loses no upload to it; a test about it turns it on.
    set("storage.maintenance.uploadpurging.enabled", false);
    // Uploads in progress survive a restart only with a secret that does.
    set("http.secret", "the same after each restart");
    // 3.x would look for a collector of traces.
    environment.put("OTEL_TRACES_EXPORTER", "none");
  }

  /** Whether the API may delete; it may unless told otherwise. */
  public RegistryOptions delete(boolean enabled) {
    return set("storage.delete.enabled", enabled);
  }

  /** Refuses every write. */
  public RegistryOptions readOnly() {
    return set("storage.maintenance.readonly.enabled", true);
  }

  /** Asks for this user and password. */
  public RegistryOptions htpasswd(String user, String password) {
    // The cheapest cost that bcrypt knows: the registry computes it for each request.
    htpasswd = user + ":" + BCrypt.withDefaults().hashToString(4, password.toCharArray()) + "\n";
    return set("auth.htpasswd.realm", "test");
  }

  /** Asks for tokens of this server. */
  public RegistryOptions tokenAuth(TokenServer server) {
    return set("auth.token.realm", server.realm().toString())
        .set("auth.token.service", server.service())
        .set("auth.token.issuer", server.issuer())
        .set("auth.token.rootcertbundle", server.certificate().toString());
  }

  /** Serves HTTPS. */
  public RegistryOptions tls(TestCertificates certificates) {
    this.certificates = certificates;
    return set("http.tls.certificate", certificates.certificate().toString())
        .set("http.tls.key", certificates.key().toString());
  }

  /** Remembers blobs in the process, as the official images do by default. */
  public RegistryOptions cacheInMemory() {
    return set("storage.cache.blobdescriptor", "inmemory");
  }

  /** Remembers blobs in the Redis at {@code redis://host:port/db}. */
  public RegistryOptions cacheInRedis(URI redis) {
    String address = redis.getHost() + ":" + redis.getPort();
    String database = redis.getPath().replace("/", "");
    set("redis.db", database.isEmpty() ? 0 : Integer.parseInt(database));
    if (version == RegistryVersion.V2_8) {
      set("redis.addr", address);
    } else {
      set("redis.addrs", new String[] {address});
    }
    return set("storage.cache.blobdescriptor", "redis");
  }

  /** Sets any key of the config file, for example {@code http.debug.addr}. */
  public RegistryOptions set(String key, Object value) {
    Json.set(config, key, value);
    return this;
  }

  /** Sets an environment variable of the process. */
  public RegistryOptions environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Listens on another address of this machine, for example one that a cluster reaches. */
  public RegistryOptions listen(String on) {
    this.address = on;
    return this;
  }

  /** Serves an existing root directory, which stays when the registry is closed. */
  public RegistryOptions root(Path existing) {
    this.root = existing;
    return this;
  }

  /** Starts the registry and waits until it answers. */
  public TestRegistry start() {
    return new TestRegistry(this);
  }

  /** Writes the config file for a process that is to listen on the port (0: any free one). */
  Path write(Path folder, Path storage, int port) throws IOException {
    set("storage.filesystem.rootdirectory", storage.toString());
    set("http.addr", address + ":" + port);
    if (htpasswd != null) {
      Path passwords = folder.resolve("htpasswd");
      Files.writeString(passwords, htpasswd);
      set("auth.htpasswd.path", passwords.toString());
    }
    // JSON is YAML.
    return Files.write(folder.resolve("config.yml"), Json.bytes(config));
  }
}
