package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.oci.Digest;
import dev.winnow.storage.RedisCache;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRedis;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file and variables come to is what real registries make of them. */
class RegistryConfigTest {
  private static final String CACHE = "REGISTRY_STORAGE_CACHE";
  private static final String MAINTENANCE = "REGISTRY_STORAGE_MAINTENANCE";
  private static final String REDIS = "REGISTRY_REDIS";
  private static final String ROOT = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY";

  @TempDir private Path folder;

  /**
   * A registry that is set up in some way.
   *
   * @param environment ROOT in a value is a folder of its own
   */
  record Case(
      String name,
      UnaryOperator<RegistryOptions> file,
      Map<String, String> environment,
      Cache cache,
      boolean readOnly) {
    @Override
    public String toString() {
      return name;
    }
  }

  record Run(RegistryVersion version, Case of) {
    @Override
    public String toString() {
      return version + " " + of;
    }
  }

  static Stream<Run> runs() {
    return Stream.of(RegistryVersion.values())
        .flatMap(version -> cases().stream().map(each -> new Run(version, each)));
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    UnaryOperator<RegistryOptions> plain = options -> options;
    UnaryOperator<RegistryOptions> memory = RegistryOptions::cacheInMemory;
    cases.add(new Case("no cache", plain, Map.of(), Cache.NONE, false));
    cases.add(new Case("in memory by file", memory, Map.of(), Cache.MEMORY, false));
    for (String none : List.of("none", "", "~", "'none'")) {
      cases.add(
          new Case(
              "off by <" + none + ">",
              memory,
              Map.of(CACHE + "_BLOBDESCRIPTOR", none),
              Cache.NONE,
              false));
    }
    cases.add(
        new Case(
            "off by a map", memory, Map.of(CACHE, "{blobdescriptor: none}"), Cache.NONE, false));
    cases.add(new Case("off by nothing", memory, Map.of(CACHE, ""), Cache.NONE, false));
    cases.add(
        new Case(
            "on by its old name",
            plain,
            Map.of(CACHE, "{layerinfo: inmemory}"),
            Cache.MEMORY,
            false));
    cases.add(
        new Case(
            "on by a variable",
            plain,
            Map.of(CACHE + "_BLOBDESCRIPTOR", "inmemory"),
            Cache.MEMORY,
            false));
    cases.add(
        new Case(
            "last part in small letters",
            memory,
            Map.of(CACHE + "_blobdescriptor", "none"),
            Cache.NONE,
            false));
    cases.add(
        new Case(
            "first part in small letters",
            memory,
            Map.of("REGISTRY_storage_CACHE_BLOBDESCRIPTOR", "none"),
            Cache.MEMORY,
            false));
    cases.add(
        new Case(
            "all of the storage by its driver's name",
            memory,
            Map.of("REGISTRY_STORAGE", "filesystem", ROOT, "ROOT"),
            Cache.NONE,
            false));
    cases.add(
        new Case(
            "all of the storage",
            plain,
            Map.of(
                "REGISTRY_STORAGE",
                "{filesystem: {rootdirectory: ROOT}, cache: {blobdescriptor: inmemory}}"),
            Cache.MEMORY,
            false));
    cases.add(
        new Case(
            "the driver's parameters",
            memory,
            Map.of("REGISTRY_STORAGE_FILESYSTEM", "{rootdirectory: ROOT}"),
            Cache.MEMORY,
            false));
    readOnly(cases, plain);
    return cases;
  }

  private static void readOnly(List<Case> cases, UnaryOperator<RegistryOptions> plain) {
    cases.add(new Case("read-only by file", RegistryOptions::readOnly, Map.of(), Cache.NONE, true));
    for (String on : List.of(ReadOnlyVariable.VALUE, "{enabled: yes}", "enabled: on")) {
      cases.add(
          new Case(
              "read-only by " + on, plain, Map.of(ReadOnlyVariable.NAME, on), Cache.NONE, true));
    }
    cases.add(
        new Case(
            "read-only by all of maintenance",
            plain,
            Map.of(MAINTENANCE, "{readonly: {enabled: true}}"),
            Cache.NONE,
            true));
    cases.add(
        new Case(
            "the spelling that is ignored",
            options -> options.set("storage.maintenance.readonly.enabled", false),
            Map.of(ReadOnlyVariable.NAME + "_ENABLED", "true"),
            Cache.NONE,
            false));
  }

  @Tag("server")
  @ParameterizedTest
  @MethodSource("runs")
  void isWhatTheRegistryMakesOfIt(Run run) throws IOException {
    Map<String, String> environment = new HashMap<>();
    run.of()
        .environment()
        .forEach((name, value) -> environment.put(name, value.replace("ROOT", folder.toString())));
    RegistryOptions options = run.of().file().apply(TestRegistry.of(run.version()));
    environment.forEach(options::environment);
    try (TestRegistry registry = options.start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      RegistryConfig read = read(registry.configuration(), environment);
      assertThat(read)
          .returns(run.of().cache(), RegistryConfig::cache)
          .returns(run.of().readOnly(), RegistryConfig::readOnly)
          .returns(Optional.of("filesystem"), RegistryConfig::driver);

      Path root = Path.of(read.rootDirectory().orElseThrow());
      assertThat(answersForWhatIsGone(images, root)).isEqualTo(read.cache() != Cache.NONE);
      assertThat(images.send("POST", "/v2/team/app/blobs/uploads/").statusCode())
          .isEqualTo(read.readOnly() ? 405 : 202);
    }
  }

  /** Whether it still says of a layer that it has it, which it was asked for before. */
  private static boolean answersForWhatIsGone(ImagePusher images, Path root) throws IOException {
    TestImage image = TestImages.oci("image").build();
    new StoreWriter(root).push("team/app", "one", image);
    assertThat(images.send("HEAD", layer(image)).statusCode())
        .as("served from " + root)
        .isEqualTo(200);
    Files.delete(data(root, image.blobs().getFirst().digest()));
    int status = images.send("HEAD", layer(image)).statusCode();
    assertThat(status).isIn(200, 404);
    return status == 200;
  }

  private static String layer(TestImage image) {
    return "/v2/team/app/blobs/" + image.blobs().getFirst().digest();
  }

  private static Path data(Path root, String digest) {
    String hex = digest.substring("sha256:".length());
    return root.resolve("docker/registry/v2/blobs/sha256")
        .resolve(hex.substring(0, 2))
        .resolve(hex)
        .resolve("data");
  }

  private static RegistryConfig read(String file, Map<String, String> environment) {
    ConfigTree tree = ConfigTree.read(file).orElseThrow();
    Map<String, Optional<String>> variables = new HashMap<>();
    environment.forEach((name, value) -> variables.put(name, Optional.of(value)));
    tree.overlay(variables);
    return RegistryConfig.of(tree);
  }

  /** ADDRESS in a value is that of a Redis. */
  static Stream<Arguments> redisVariables() {
    RegistryVersion two = RegistryVersion.V2_8;
    RegistryVersion three = RegistryVersion.V3;
    return Stream.of(
        Arguments.of(two, Map.of()),
        Arguments.of(three, Map.of()),
        Arguments.of(two, Map.of(REDIS + "_ADDR", "ADDRESS", REDIS + "_DB", "3")),
        Arguments.of(two, Map.of(REDIS, "{addr: ADDRESS, db: 3}")),
        Arguments.of(three, Map.of(REDIS, "{addrs: [ADDRESS], db: 3}")),
        Arguments.of(three, Map.of(REDIS + "_ADDRS", "[ADDRESS]", REDIS + "_DB", "3")),
        Arguments.of(
            three, Map.of(REDIS + "_OPTIONS_ADDRS", "[ADDRESS]", REDIS + "_OPTIONS_DB", "3")));
  }

  @Tag("server")
  @ParameterizedTest
  @MethodSource("redisVariables")
  void remembersInTheRedisAndDatabaseThatAreConfigured(
      RegistryVersion version, Map<String, String> variables) throws IOException {
    try (TestRedis redis = TestRedis.withPassword("secret")) {
      Map<String, String> environment = new HashMap<>();
      variables.forEach((name, value) ->
          environment.put(name, value.replace("ADDRESS", redis.url().getAuthority())));
      environment.put(REDIS + "_PASSWORD", "secret");
      RegistryOptions options =
          TestRegistry.of(version).set("storage.cache.blobdescriptor", "redis");
      if (variables.isEmpty()) {
        options.cacheInRedis(redis.url().resolve("/5"));
      }
      environment.forEach(options::environment);
      try (TestRegistry registry = options.start();
          ImagePusher images = ImagePusher.to(registry.url())) {
        RegistryConfig read = read(registry.configuration(), environment);
        String url = redis.url().resolve(variables.isEmpty() ? "/5" : "/3").toString();
        assertThat(read.cache()).isEqualTo(Cache.REDIS);
        assertThat(read.redis()).isEqualTo(new RedisConfig.At(url, true));
        assertThat(answersForWhatIsGone(images, registry.root())).isTrue();
        Digest layer = new Digest(TestImages.oci("image").build().blobs().getFirst().digest());
        assertThat(RedisCache.at(url, "secret").knowsAny(List.of(layer))).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {addr: 'one:6379', db: 1}                              | redis://one:6379/1
          {addrs: ['one:6379']}                                  | redis://one:6379/0
          {addr: 'one:6379', tls: {enabled: false}}              | redis://one:6379/0
          {addr: 'one:6379', tls: {enabled: true}}               | rediss://one:6379/0
          {addrs: ['one:6379'], tls: {rootcas: [/ca.crt]}, db: 7} | rediss://one:6379/7
          {addrs: ['one:6379'], username: ann}                   | redis://ann@one:6379/0
          {addrs: ['one:6379', 'two:6379']}                      | it is a cluster
          {addrs: ['one:26379'], mastername: m}                  | it is a cluster, or found by sentinels
          {addr: 'one:6379', addrs: ['two:6379']}                | its address is none that can be used
          {addr: 'ann:hidden@one:6379'}                          | its address is none that can be used
          """)
  void readsWhereTheRedisIs(String redis, String expected) {
    assertThat(read("redis: " + redis, Map.of()).redis().toString())
        .contains(expected)
        .doesNotContain("hidden");
  }

  /** Of a file that is not known, as from a Secret, the database is not known either. */
  @Test
  void anAddressAloneIsNotEnough() {
    ConfigTree tree = ConfigTree.unknown();
    tree.overlay(Map.of(REDIS + "_ADDR", Optional.of("one:6379")));
    assertThat(RedisConfig.of(tree)).isInstanceOf(RedisConfig.Unclear.class);
    tree = ConfigTree.read("version: 0.1").orElseThrow();
    tree.overlay(Map.of(REDIS + "_ADDR", Optional.of("one:6379"), REDIS + "_DB", Optional.empty()));
    assertThat(RedisConfig.of(tree)).isInstanceOf(RedisConfig.Unclear.class);
  }

  /** Nobody is asked by a path that cannot be one of a request. */
  @Test
  void readsWhereItTellsItsMetrics() {
    String debug = "http: {debug: {addr: \":5001\", prometheus: {enabled: true%s}}}";
    assertThat(read(debug.formatted(""), Map.of()).metrics())
        .contains(new RegistryConfig.Metrics(5001, "/metrics"));
    assertThat(read(debug.formatted(", path: /a-b/m"), Map.of()).metrics())
        .contains(new RegistryConfig.Metrics(5001, "/a-b/m"));
    assertThat(read(debug.formatted(", path: metrics"), Map.of()).metrics()).isEmpty();
    assertThat(read(debug.formatted(", path: \"/my metrics\""), Map.of()).metrics()).isEmpty();
    assertThat(read("http: {debug: {addr: \":5001\"}}", Map.of()).metrics()).isEmpty();
  }

  @Test
  void readsWhatItIsAPullThroughCacheOf() {
    assertThat(read("proxy: {remoteurl: https://registry-1.docker.io}", Map.of()).proxyUrl())
        .contains("https://registry-1.docker.io");
    assertThat(
            read("proxy: {}", Map.of("REGISTRY_PROXY_REMOTEURL", "\"https://other\"")).proxyUrl())
        .contains("https://other");
    assertThat(read("proxy: {remoteurl: https://a}", Map.of("REGISTRY_PROXY", "{}")).proxyUrl())
        .isEmpty();
  }

  @Test
  void aCacheOfAKindThatIsNotKnownCouldBeOne() {
    assertThat(read("storage: {cache: {blobdescriptor: shiny}}", Map.of()).cache())
        .isEqualTo(Cache.UNKNOWN);
    assertThat(RegistryConfig.unknown().cache()).isEqualTo(Cache.UNKNOWN);
  }

  @Test
  void otherDriversAreTold() {
    assertThat(read("storage: {s3: {bucket: b}, cache: {}}", Map.of()).driver()).contains("s3");
    assertThat(read("storage: {}", Map.of("REGISTRY_STORAGE", "inmemory")).driver())
        .contains("inmemory");
  }
}
