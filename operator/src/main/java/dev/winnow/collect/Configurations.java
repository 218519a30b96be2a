package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the containers of one look are configured, each ConfigMap read once. */
final class Configurations {
  private static final int DIGEST_BYTES = 16;

  private final KubernetesClient client;
  private final String namespace;
  private final Map<String, Optional<ConfigMap>> configMaps = new HashMap<>();
  private final Map<VolumeUser, Digested> ofUsers = new LinkedHashMap<>();
  private Optional<Digested> ofTemplate = Optional.empty();

  /**
   * @param container how it is configured
   * @param digest of that and of the very state of the ConfigMaps that it is from: one that was
   *     changed there and back may have been read meanwhile
   */
  record Digested(RegistryContainer container, String digest) {}

  Configurations(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  void read(List<VolumeUser> users, Optional<Workload> workload) {
    users.forEach(user -> ofUsers.put(user, digested(user.pod().getSpec(), user.container())));
    ofTemplate =
        workload.flatMap(each ->
            each.container().map(container -> digested(each.template().getSpec(), container)));
  }

  private Digested digested(PodSpec pod, Container container) {
    Set<String> versions = new TreeSet<>();
    RegistryContainer read =
        RegistryContainer.of(
            pod,
            container,
            name -> {
              Optional<ConfigMap> found = configMaps.computeIfAbsent(name, this::configMap);
              versions.add(
                  found
                      .map(each -> each.getMetadata())
                      .map(each -> name + " " + each.getUid() + " " + each.getResourceVersion())
                      .orElse(name));
              return found;
            });
    return new Digested(read, digest(read.config() + " " + versions));
  }

  private Optional<ConfigMap> configMap(String name) {
    return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  RegistryContainer of(VolumeUser user) {
    return found(user).container();
  }

  String digest(VolumeUser user) {
    return found(user).digest();
  }

  private Digested found(VolumeUser user) {
    return Objects.requireNonNull(ofUsers.get(user), "all were read");
  }

  /** That of the pods to come. */
  Optional<RegistryContainer> ofTemplate() {
    return ofTemplate.map(Digested::container);
  }

  /** All that are in use, and that of the pods to come. */
  Set<String> digests() {
    return Stream.concat(ofUsers.values().stream(), ofTemplate.stream())
        .map(Digested::digest)
        .collect(Collectors.toSet());
  }
}
