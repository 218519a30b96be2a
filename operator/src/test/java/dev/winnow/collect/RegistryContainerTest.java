package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Registry;
import dev.winnow.collect.RegistryWorkload.Cache;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from the manifests that people run registries by. */
class RegistryContainerTest {
  private static final String FILE =
      """
      version: 0.1
      storage:
        cache: {blobdescriptor: inmemory}
        filesystem: {rootdirectory: /srv/store}
        maintenance: {uploadpurging: {enabled: true}}
      proxy: {}
      redis: {addr: "redis:6379", db: 2}
      http: {debug: {addr: ":5001", prometheus: {enabled: true}}}
      """;

  private final KubernetesSerialization yaml = new KubernetesSerialization();

  /** As the documentation of the official image has it. */
  @Test
  void theOfficialImageAlone() {
    RegistryContainer found = of("containers: [{name: registry, image: 'registry:2'}]");
    assertThat(found.config())
        .isEqualTo(
            new RegistryConfig(
                Cache.MEMORY,
                Optional.of("filesystem"),
                Optional.of("/var/lib/registry"),
                false,
                Optional.empty(),
                new RedisConfig.None(),
                Optional.empty()));
    assertThat(found.fixedCache()).isFalse();
    assertThat(
            of("containers: [{name: registry, image: 'docker.io/library/registry:3.1.2'}]")
                .config()
                .metrics())
        .contains(new RegistryConfig.Metrics(5001, "/metrics"));
  }

  @ParameterizedTest
  @CsvSource({
    "registry, MEMORY",
    "registry:3, MEMORY",
    "docker.io/library/registry:2.8.3@sha256:aa, MEMORY",
    "public.ecr.aws/docker/library/registry:2, MEMORY",
    "ghcr.io/distribution/distribution:3.0.0, MEMORY",
    "registry.example:5000/own/registry:2, UNKNOWN",
    "example.com/registry-with-extras, UNKNOWN",
  })
  void anImageOfWhichTheConfigurationIsKnown(String image, Cache cache) {
    assertThat(of("containers: [{name: r, image: '" + image + "'}]").config().cache())
        .isEqualTo(cache);
  }

  /** Helm chart twuni/docker-registry. */
  @Test
  void aConfigMapOverTheFolder() {
    RegistryContainer found =
        of(
            """
            containers:
            - name: docker-registry
              image: "registry:2.8.1"
              command: [/bin/registry, serve, /etc/docker/registry/config.yml]
              env:
              - {name: REGISTRY_HTTP_SECRET, valueFrom: {secretKeyRef: {name: s, key: haSharedSecret}}}
              - {name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY, value: /var/lib/registry}
              - {name: REGISTRY_STORAGE_DELETE_ENABLED, value: "true"}
              volumeMounts:
              - {name: data, mountPath: /var/lib/registry/}
              - {name: config, mountPath: /etc/docker/registry}
            volumes:
            - {name: data, persistentVolumeClaim: {claimName: registry}}
            - {name: config, configMap: {name: config}}
            """);
    assertThat(found.config().cache()).isEqualTo(Cache.MEMORY);
    assertThat(found.config().rootDirectory()).contains("/var/lib/registry");
    assertThat(found.config().metrics()).contains(new RegistryConfig.Metrics(5001, "/metrics"));
    assertThat(found.redis()).contains(new RedisFinding.Known("redis://redis:6379/2", null));
    assertThat(found.remarks()).isEmpty();
  }

  /** A package of Debian in an image of one's own, its file by subPath under another key. */
  @Test
  void aSingleFileByAnotherKey() {
    RegistryContainer found =
        of(
            """
            containers:
            - name: registry
              image: example.com/debian-registry:12
              args: [/usr/bin/docker-registry, serve, /etc/docker/registry/config.yml]
              volumeMounts:
              - {name: config, mountPath: /etc/docker/registry/config.yml, subPath: the/file}
            volumes:
            - {name: config, configMap: {name: config, items: [{key: config.yml, path: the/file}]}}
            """);
    assertThat(found.config().rootDirectory()).contains("/srv/store");
    assertThat(found.config().cache()).isEqualTo(Cache.MEMORY);
  }

  @Test
  void aFileElsewhereNamedByArgumentOrVariable() {
    String mounted =
        """
          volumeMounts: [{name: config, mountPath: /conf}]
        volumes:
        - {name: config, projected: {sources: [{secret: {name: other}}, {configMap: {name: config}}]}}
        """;
    assertThat(
            of("containers:\n- name: r\n  image: mine\n  args: [serve, /conf/config.yml]\n"
                    + mounted)
                .config()
                .rootDirectory())
        .contains("/srv/store");
    assertThat(
            of("containers:\n- name: r\n  image: mine\n  args: [serve, $(FILE)]\n  env: [{name: FILE,"
                    + " value: /conf/config.yml}]\n"
                    + mounted)
                .config()
                .rootDirectory())
        .contains("/srv/store");
    assertThat(
            of("containers:\n- name: r\n  image: mine\n  env: [{name: REGISTRY_CONFIGURATION_PATH,"
                    + " value: /conf/config.yml}]\n"
                    + mounted)
                .config()
                .rootDirectory())
        .contains("/srv/store");
  }

  /**
   * Each major version of the official image names another file, and reads no other; of a custom
   * one nobody knows.
   */
  @ParameterizedTest
  @CsvSource({
    "registry:2.8.3, /etc/docker/registry, NONE, false",
    "registry:2, /etc/distribution, MEMORY, false",
    "registry:3, /etc/distribution, NONE, false",
    "registry:3, /etc/docker/registry, MEMORY, false",
    "registry, /etc/docker/registry, UNKNOWN, true",
    "registry@sha256:3aa, /etc/distribution, UNKNOWN, true",
    "example.com/mine:3, /etc/distribution, UNKNOWN, true",
  })
  void aFileThatNobodyNamesIsReadByTheVersionThatLooksThere(
      String image, String folder, Cache cache, boolean isDoubted) {
    RegistryContainer found =
        of(
            """
            containers:
            - name: registry
              image: "%s"
              volumeMounts: [{name: config, mountPath: %s}]
            volumes:
            - {name: config, configMap: {name: config, items: [{key: none.yml, path: config.yml}]}}
            """
                .formatted(image, folder));
    assertThat(found.config().cache()).isEqualTo(cache);
    assertThat(found.remarks().toString().contains("name the file in its args"))
        .isEqualTo(isDoubted);
  }

  /** The command of an official image comes before it. */
  @Test
  void aVariableThatNamesAFileIsBelievedOfNoCache() {
    String mounted =
        """

          env: [{name: REGISTRY_CONFIGURATION_PATH, value: /conf/none.yml}]
          volumeMounts: [{name: config, mountPath: /conf}]
        volumes:
        - {name: config, configMap: {name: config}}
        """;
    assertThat(of("containers:\n- name: r\n  image: registry:3" + mounted).config().cache())
        .isEqualTo(Cache.MEMORY);
    assertThat(of("containers:\n- name: r\n  image: mine" + mounted).config().cache())
        .isEqualTo(Cache.UNKNOWN);
    assertThat(
            of("containers:\n- name: r\n  image: mine\n  args: [serve]" + mounted).config().cache())
        .isEqualTo(Cache.UNKNOWN);
  }

  @Test
  void aSecretIsNotReadAndSaid() {
    RegistryContainer found =
        of(
            """
            containers:
            - name: registry
              image: "registry:2"
              volumeMounts: [{name: config, mountPath: /etc/docker/registry}]
            volumes:
            - {name: config, secret: {secretName: hidden}}
            """);
    assertThat(found.config().cache()).isEqualTo(Cache.UNKNOWN);
    assertThat(found.config().driver()).isEmpty();
    assertThat(found.remarks())
        .singleElement()
        .asString()
        .contains("Secret hidden", "spec.storage.cache");
    assertThat(
            of("containers: [{name: r, image: 'registry:2', envFrom: [{secretRef: {name: s}}]}]")
                .config()
                .cache())
        .isEqualTo(Cache.UNKNOWN);
    assertThat(
            of("containers: [{name: r, image: 'registry:2', env: [{name:"
                    + " REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, valueFrom: {secretKeyRef: {name: s,"
                    + " key: k}}}]}]")
                .config()
                .cache())
        .isEqualTo(Cache.UNKNOWN);
  }

  @Test
  void whatAVariableSaysOfTheCacheHoldsWhateverTheFileSays() {
    RegistryContainer found =
        of(
            """
            containers:
            - name: registry
              image: example.com/mine
              env: [{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: none}]
            """);
    assertThat(found.config().cache()).isEqualTo(Cache.NONE);
    assertThat(found.fixedCache()).isTrue();
    assertThat(found.config().driver()).isEmpty();
    assertThat(
            of(
                "containers: [{name: r, image: 'registry:2', envFrom: [{prefix: REGISTRY_,"
                    + " configMapRef: {name: variables}}]}]"))
        .returns(false, RegistryContainer::fixedCache)
        .returns(Cache.REDIS, each -> each.config().cache());
  }

  /** What the Job gets is where it is, and never what it is. */
  @Test
  void thePasswordOfARedisStaysInItsSecret() {
    String redis =
        "containers: [{name: r, image: 'registry:3', env: [{name: REGISTRY_REDIS_ADDRS, value:"
            + " '[redis:6379]'}, {name: REGISTRY_REDIS_PASSWORD, ";
    assertThat(of(redis + "valueFrom: {secretKeyRef: {name: redis, key: pw}}}]}]").redis())
        .contains(
            new RedisFinding.Known("redis://redis:6379/0", new Registry.KeyRef("redis", "pw")));
    RegistryContainer open = of(redis + "value: hidden-word}]}]");
    assertThat(open.redis())
        .contains(new RedisFinding.Unknown("no variable has its password from a Secret"));
    assertThat(open.toString()).doesNotContain("hidden-word");
  }

  /** That it has a Redis is fixed by a variable; which one, a file may say anew. */
  @Test
  void whichRedisItIsIsFixedOnlyWhereNoFileIsMounted() {
    String redis =
        "containers: [{name: r, image: 'registry:2', env: [{name:"
            + " REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: redis}, {name: REGISTRY_REDIS_ADDR,"
            + " value: 'redis:6379'}]";
    assertThat(of(redis + "}]").fixedCache()).isTrue();
    assertThat(
            of(redis
                    + ", volumeMounts: [{name: config, mountPath: /etc/docker/registry}]}]\n"
                    + "volumes: [{name: config, configMap: {name: config}}]")
                .fixedCache())
        .isFalse();
  }

  @Test
  void aShellMayDoAnything() {
    RegistryContainer found =
        of(
            "containers: [{name: r, image: 'registry:2', command: [/bin/sh, -c], args:"
                + " ['REGISTRY_PROXY_REMOTEURL=x exec registry serve"
                + " /etc/docker/registry/config.yml']}]");
    assertThat(found.config()).isEqualTo(RegistryConfig.unknown());
    assertThat(found.remarks()).isNotEmpty();
  }

  private RegistryContainer of(String spec) {
    PodSpec pod = yaml.unmarshal(spec, PodSpec.class);
    Map<String, ConfigMap> configMaps =
        Map.of(
            "config",
                configMap("config.yml", FILE)
                    .edit()
                    .addToData("none.yml", "storage: {filesystem: {rootdirectory: /srv/store}}")
                    .build(),
            "variables", configMap("STORAGE_CACHE_BLOBDESCRIPTOR", "redis"));
    return RegistryContainer.of(
        pod, pod.getContainers().getFirst(), name -> Optional.ofNullable(configMaps.get(name)));
  }

  private static ConfigMap configMap(String key, String value) {
    return new ConfigMapBuilder().addToData(key, value).build();
  }
}
