package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where a container has a file from, and what is in it as far as Winnow may know. */
sealed interface ConfigSource {
  /**
   * A key of a ConfigMap.
   *
   * @param text what is in it
   */
  record Mapped(String text) implements ConfigSource {}

  /**
   * A Secret, which is not read.
   *
   * @param secret its name
   */
  record Secret(String secret) implements ConfigSource {}

  /** The image. */
  record Image() implements ConfigSource {}

  /** Another volume, or nothing that is there. */
  record Elsewhere() implements ConfigSource {}

  /** Finds what a container sees at a path. */
  static ConfigSource of(
      PodSpec pod,
      Container container,
      Path file,
      Function<String, Optional<ConfigMap>> configMaps) {
    VolumeMount mount =
        container.getVolumeMounts().stream()
            .filter(each -> file.startsWith(Path.of(each.getMountPath()).normalize()))
            .max(
                Comparator.comparingInt(
                    each -> Path.of(each.getMountPath()).normalize().getNameCount()))
            .orElse(null);
    if (mount == null) {
      return new Image();
    }
    Path inside = Path.of(mount.getMountPath()).normalize().relativize(file);
    Optional<Volume> volume =
        pod.getVolumes().stream().filter(each -> each.getName().equals(mount.getName())).findAny();
    if (mount.getSubPathExpr() != null || volume.isEmpty()) {
      return new Elsewhere();
    }
    String path =
        Path.of(Objects.requireNonNullElse(mount.getSubPath(), ""))
            .resolve(inside)
            .normalize()
            .toString();
    String name = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return in(volume.get(), name, configMaps);
  }

  private static ConfigSource in(
      Volume volume, String path, Function<String, Optional<ConfigMap>> configMaps) {
    if (volume.getConfigMap() != null) {
      return mapped(
          volume.getConfigMap().getName(), volume.getConfigMap().getItems(), path, configMaps);
    }
    if (volume.getSecret() != null) {
      return new Secret(volume.getSecret().getSecretName());
    }
    if (volume.getProjected() == null) {
      return new Elsewhere();
    }
    ConfigSource found = new Elsewhere();
    for (VolumeProjection source : volume.getProjected().getSources()) {
      if (source.getConfigMap() != null) {
        ConfigSource one =
            mapped(
                source.getConfigMap().getName(),
                source.getConfigMap().getItems(),
                path,
                configMaps);
        found = one instanceof Mapped ? one : found;
      } else if (source.getSecret() != null && found instanceof Elsewhere) {
        found = new Secret(source.getSecret().getName());
      }
    }
    return found;
  }

  private static ConfigSource mapped(
      String name,
      List<KeyToPath> items,
      String path,
      Function<String, Optional<ConfigMap>> configMaps) {
    Optional<String> key =
        items.isEmpty()
            ? Optional.of(path)
            : items.stream()
                .filter(item -> item.getPath().equals(path))
                .map(KeyToPath::getKey)
                .findFirst();
    @Nullable String text =
        key.flatMap(
                each -> configMaps.apply(name).map(ConfigMap::getData).map(data -> data.get(each)))
            .orElse(null);
    return text == null ? new Elsewhere() : new Mapped(text);
  }
}
