package dev.winnow.collect;

import dev.winnow.collect.RegistryWorkload.Cache;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a registry's configuration says about its volume; empty is what is not known.
 *
 * @param cache where it remembers which blobs exist
 * @param driver its storage driver
 * @param rootDirectory where that puts the store, as the container sees it
 * @param readOnly whether it refuses writes
 * @param proxyUrl the registry that it is a pull-through cache of
 * @param redis where its Redis is
 * @param metrics where it tells its metrics
 */
record RegistryConfig(
    Cache cache,
    Optional<String> driver,
    Optional<String> rootDirectory,
    boolean readOnly,
    Optional<String> proxyUrl,
    RedisConfig redis,
    Optional<Metrics> metrics) {
  /** What the filesystem driver takes where it is told nothing. */
  private static final String DEFAULT_ROOT = "/var/lib/registry";

  private static final String FILESYSTEM = "filesystem";
  private static final Set<String> NO_DRIVERS =
      Set.of("maintenance", "cache", "delete", "redirect", "tag");
  private static final Pattern PATH = Pattern.compile("/[\\w/.~-]*");
  private static final Pattern PORT = Pattern.compile(".*:(\\d{1,5})");

  /**
   * @param port of the pod
   * @param path begins with a slash
   */
  record Metrics(int port, String path) {}

  /** What is known of a registry of which nothing can be read. */
  static RegistryConfig unknown() {
    return of(ConfigTree.unknown());
  }

  static RegistryConfig of(ConfigTree tree) {
    Optional<String> driver = driver(tree);
    return new RegistryConfig(
        cache(tree),
        driver,
        driver.filter(FILESYSTEM::equals).flatMap(is -> root(tree)),
        tree.isRead("storage", "maintenance", "readonly")
            && Boolean.TRUE.equals(tree.at("storage", "maintenance", "readonly", "enabled")),
        text(tree.at("proxy", "remoteurl")),
        RedisConfig.of(tree),
        metrics(tree));
  }

  /** The same, but for its cache. */
  RegistryConfig withCache(Cache other) {
    return new RegistryConfig(other, driver, rootDirectory, readOnly, proxyUrl, redis, metrics);
  }

  /** Kinds of cache that this version does not know could be one. */
  private static Cache cache(ConfigTree tree) {
    @Nullable Object kind = tree.at("storage", "cache", "blobdescriptor");
    if (kind == null) {
      kind = tree.at("storage", "cache", "layerinfo"); // its name in old configurations
    }
    if (!(kind instanceof String name)) {
      return kind == null ? Cache.NONE : Cache.UNKNOWN;
    }
    return switch (name) {
      case "inmemory" -> Cache.MEMORY;
      case "redis" -> Cache.REDIS;
      case "", "none" -> Cache.NONE;
      default -> Cache.UNKNOWN;
    };
  }

  private static Optional<String> driver(ConfigTree tree) {
    List<String> drivers =
        tree.keys("storage").stream().filter(key -> !NO_DRIVERS.contains(key)).toList();
    return drivers.size() == 1 ? Optional.of(drivers.getFirst()) : Optional.empty();
  }

  private static Optional<String> root(ConfigTree tree) {
    @Nullable Object root = tree.at("storage", FILESYSTEM, "rootdirectory");
    return root == null ? Optional.of(DEFAULT_ROOT) : text(root);
  }

  private static Optional<Metrics> metrics(ConfigTree tree) {
    if (!Boolean.TRUE.equals(tree.at("http", "debug", "prometheus", "enabled"))) {
      return Optional.empty();
    }
    String path = text(tree.at("http", "debug", "prometheus", "path")).orElse("/metrics");
    if (!PATH.matcher(path).matches()) {
      return Optional.empty();
    }
    return text(tree.at("http", "debug", "addr"))
        .map(PORT::matcher)
        .filter(Matcher::matches)
        .map(port -> new Metrics(Integer.parseInt(port.group(1)), path));
  }

  private static Optional<String> text(@Nullable Object value) {
    return value instanceof String || value instanceof Number || value instanceof Boolean
        ? Optional.of(value.toString()).filter(text -> !text.isEmpty())
        : Optional.empty();
  }
}
