package dev.winnow.collect;

import dev.winnow.api.Registry;
import dev.winnow.collect.RegistryWorkload.Cache;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How a container is configured, by its arguments, its configuration file and its environment.
 *
 * @param config what follows from them
 * @param fixedCache whether the cache follows from what nobody can change in a pod that is there
 * @param redisPassword the Secret that a variable has the password of its Redis from
 * @param serves where it serves the API
 * @param remarks what could not be known, and what to do about it
 */
record RegistryContainer(
    RegistryConfig config,
    boolean fixedCache,
    Optional<Registry.KeyRef> redisPassword,
    Optional<Serves> serves,
    List<String> remarks) {
  /** Where the images have their configuration: of 2.x and of Debian, and of 3.x. */
  private static final Path OF_2 = Path.of("/etc/docker/registry/config.yml");

  private static final Path OF_3 = Path.of("/etc/distribution/config.yml");

  private static final Pattern OFFICIAL =
      Pattern.compile(
          "((docker\\.io/)?(library/)?registry|.*/library/registry|(.*/)?distribution/distribution)");
  private static final Pattern SHELL = Pattern.compile("(.*/)?(ba|da|a)?sh");
  private static final Pattern REDIS_PASSWORD =
      Pattern.compile("REGISTRY_REDIS_(OPTIONS_)?PASSWORD");
  private static final Pattern VERSION = Pattern.compile(":v?(\\d+)[^/:]*$");
  private static final String CONFIGURATION_PATH = "REGISTRY_CONFIGURATION_PATH";

  /** As far as it matters here. Source: distribution-library-image, config-example.yml. */
  private static final String OFFICIAL_CONFIG =
      """
      version: 0.1
      storage:
        cache: {blobdescriptor: inmemory}
        filesystem: {rootdirectory: /var/lib/registry}
      http: {addr: ":5000"}
      """;

  private static final String OFFICIAL_3_CONFIG =
      OFFICIAL_CONFIG.replace(
          "http: {addr: \":5000\"}",
          "http: {addr: \":5000\", debug: {addr: \":5001\", prometheus: {enabled: true, path: /metrics}}}");

  private static final Pattern PORT = Pattern.compile(".*:(\\d{1,5})");

  /**
   * @param port of the pod
   * @param tls whether it speaks HTTPS
   */
  record Serves(int port, boolean tls) {
    static Optional<Serves> of(ConfigTree tree) {
      boolean tls =
          tree.at("http", "tls", "certificate") instanceof String
              || tree.at("http", "tls", "letsencrypt", "cachefile") instanceof String;
      return Optional.ofNullable(tree.at("http", "addr"))
          .filter(String.class::isInstance)
          .map(address -> PORT.matcher((String) address))
          .filter(Matcher::matches)
          .map(port -> new Serves(Integer.parseInt(port.group(1)), tls));
    }
  }

  static RegistryContainer of(
      PodSpec pod, Container container, Function<String, Optional<ConfigMap>> configMaps) {
    ContainerEnvironment environment = ContainerEnvironment.of(container, configMaps);
    List<String> remarks = new ArrayList<>();
    String name = container.getName();
    List<String> command =
        Stream.concat(container.getCommand().stream(), container.getArgs().stream())
            .map(environment::expand)
            .toList();
    if (!command.isEmpty() && SHELL.matcher(command.getFirst()).matches()) {
      remarks.add("container " + name + " starts a shell, so that its configuration is not known");
      return unknown(remarks);
    }
    if (!environment.isComplete()) {
      remarks.add(
          "container "
              + name
              + " takes variables from a Secret, which Winnow does not read: its configuration is"
              + " not known");
      return unknown(remarks);
    }
    ConfigTree tree = file(pod, container, command, environment, configMaps, remarks);
    ConfigTree alone = ConfigTree.unknown();
    tree.overlay(environment.variables());
    alone.overlay(environment.variables());
    environment.unknown().stream()
        .filter(RegistryContainer::matters)
        .forEach(variable ->
            remarks.add(
                "variable "
                    + variable
                    + " of container "
                    + name
                    + " comes from where Winnow does not read: what it says is not known"));
    RegistryConfig read = RegistryConfig.of(tree);
    Cache byVariables = RegistryConfig.of(alone).cache();
    boolean isCertain = isCertain(pod, container, command, environment);
    if (!isCertain && byVariables == Cache.UNKNOWN) {
      remarks.add(
          "which file container "
              + name
              + " is configured by is not known, and neither is its cache: name the file in its"
              + " args, as serve /etc/distribution/config.yml, or say spec.storage.cache");
    }
    RegistryConfig config = isCertain ? read : read.withCache(byVariables);
    boolean fixed =
        environment.isFixed()
            && byVariables != Cache.UNKNOWN
            && byVariables == config.cache()
            && (config.cache() != Cache.REDIS || isOfImage(pod, container, command, environment));
    return new RegistryContainer(
        config, fixed, redisPassword(container), Serves.of(tree), List.copyOf(remarks));
  }

  /** One of which nothing is known. */
  static RegistryContainer unknown(List<String> remarks) {
    return new RegistryContainer(
        RegistryConfig.unknown(), false, Optional.empty(), Optional.empty(), remarks);
  }

  private static Optional<Registry.KeyRef> redisPassword(Container container) {
    return container.getEnv().stream()
        .filter(each -> REDIS_PASSWORD.matcher(each.getName()).matches())
        .reduce((first, last) -> last)
        .map(EnvVar::getValueFrom)
        .map(EnvVarSource::getSecretKeyRef)
        .map(ref -> new Registry.KeyRef(ref.getName(), ref.getKey()));
  }

  /** The Redis that it uses; empty where it has none. */
  Optional<RedisFinding> redis() {
    return switch (config.redis()) {
      case RedisConfig.None none -> Optional.empty();
      case RedisConfig.Unclear(String why) -> Optional.of(new RedisFinding.Unknown(why));
      case RedisConfig.At(String url, boolean hasPassword) ->
          Optional.of(
              hasPassword && redisPassword.isEmpty()
                  ? new RedisFinding.Unknown("no variable has its password from a Secret")
                  : new RedisFinding.Known(url, hasPassword ? redisPassword.get() : null));
    };
  }

  /** Whether its file is its image's: where its Redis is, nobody can change in that either. */
  private static boolean isOfImage(
      PodSpec pod, Container container, List<String> command, ContainerEnvironment environment) {
    return paths(container, command, environment.variables()).stream()
        .map(path -> ConfigSource.of(pod, container, path, name -> Optional.empty()))
        .allMatch(ConfigSource.Image.class::isInstance);
  }

  private static boolean matters(String variable) {
    return variable.startsWith("REGISTRY_STORAGE") || variable.startsWith("REGISTRY_PROXY_REMOTE");
  }

  private static ConfigTree file(
      PodSpec pod,
      Container container,
      List<String> command,
      ContainerEnvironment environment,
      Function<String, Optional<ConfigMap>> configMaps,
      List<String> remarks) {
    for (Path path : paths(container, command, environment.variables())) {
      switch (ConfigSource.of(pod, container, path, configMaps)) {
        case ConfigSource.Mapped(String text) -> {
          return ConfigTree.read(text)
              .orElseGet(() -> {
                remarks.add(path + " of container " + container.getName() + " is no YAML");
                return ConfigTree.unknown();
              });
        }
        case ConfigSource.Secret(String secret) -> {
          remarks.add(
              path
                  + " of container "
                  + container.getName()
                  + " is in Secret "
                  + secret
                  + ", which Winnow does not read: put it into a ConfigMap, or say"
                  + " spec.storage.cache and spec.storage.rootDirectory");
          return ConfigTree.unknown();
        }
        case ConfigSource.Elsewhere elsewhere -> {
          return ConfigTree.unknown();
        }
        case ConfigSource.Image image -> {}
      }
    }
    return ofImage(Product.withoutTag(container.getImage()), container.getImage());
  }

  private static ConfigTree ofImage(String name, String image) {
    if (!OFFICIAL.matcher(name).matches()) {
      return ConfigTree.unknown();
    }
    return ConfigTree.read(version(image).equals("3") ? OFFICIAL_3_CONFIG : OFFICIAL_CONFIG)
        .orElseThrow();
  }

  /** The first number of an image's tag; empty where it does not begin with one. */
  private static String version(String image) {
    Matcher tag = VERSION.matcher(image.replaceFirst("@.*$", ""));
    return tag.find() ? tag.group(1) : "";
  }

  /**
   * Whether we know which file it reads: one that its command names; else an image names one, and
   * of the official ones we know which. A file where only another version looks is read by nobody.
   */
  private static boolean isCertain(
      PodSpec pod, Container container, List<String> command, ContainerEnvironment environment) {
    return named(command).isPresent()
        || (ofOfficial(container).isPresent() && command.isEmpty())
        || isOfImage(pod, container, command, environment);
  }

  /** The file that an official image of a known version names where its user names none. */
  private static Optional<Path> ofOfficial(Container container) {
    String image = container.getImage();
    if (!OFFICIAL.matcher(Product.withoutTag(image)).matches()) {
      return Optional.empty();
    }
    return switch (version(image)) {
      case "2" -> Optional.of(OF_2);
      case "3" -> Optional.of(OF_3);
      default -> Optional.empty();
    };
  }

  private static Optional<String> named(List<String> command) {
    return command.stream()
        .filter(each -> each.endsWith(".yml") || each.endsWith(".yaml"))
        .reduce((first, last) -> last);
  }

  /**
   * The configuration file that the command names; where it names none, and is not the image's own,
   * the one of the variable; else those of the images. Source: distribution, registry/root.go,
   * resolveConfiguration: an argument goes before the variable.
   */
  private static List<Path> paths(
      Container container, List<String> command, Map<String, Optional<String>> variables) {
    Optional<Path> official = command.isEmpty() ? ofOfficial(container) : Optional.empty();
    if (official.isPresent()) {
      return List.of(official.get());
    }
    Optional<String> named =
        named(command).or(() -> variables.getOrDefault(CONFIGURATION_PATH, Optional.empty()));
    try {
      return named.map(path -> List.of(Path.of(path).normalize())).orElse(List.of(OF_2, OF_3));
    } catch (InvalidPathException e) {
      return List.of();
    }
  }

  /** Whether what it runs is a collector of the registry's own. */
  static boolean isCollector(Container container) {
    return Stream.of(container.getCommand(), container.getArgs())
        .filter(Objects::nonNull)
        .flatMap(List::stream)
        .anyMatch(each -> each.contains("garbage-collect"));
  }
}
