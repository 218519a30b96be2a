package dev.winnow.collect;

import dev.winnow.api.Opaque;
import dev.winnow.api.Parsed;
import dev.winnow.api.YamlValues;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.util.Map;
import java.util.Objects;

/**
 * The variable that makes a registry read-only. Other ways to write it are ignored, or end the
 * registry: it must be a map of its own.
 */
final class ReadOnlyVariable {
  static final String NAME = "REGISTRY_STORAGE_MAINTENANCE_READONLY";
  static final String VALUE = "{\"enabled\":true}";

  private ReadOnlyVariable() {}

  /** Whether a container has it, so that its registry refuses writes whatever its file says. */
  static boolean isSet(Container container) {
    return container.getEnv().stream()
        .filter(each -> each.getName().equals(NAME))
        .reduce((first, last) -> last)
        .filter(ReadOnlyVariable::isOn)
        .isPresent();
  }

  private static boolean isOn(EnvVar variable) {
    String value = Objects.requireNonNullElse(variable.getValue(), "");
    return YamlValues.read(value) instanceof Parsed.Ok<Opaque>(Opaque read)
        && read.value() instanceof Map<?, ?> map
        && Boolean.TRUE.equals(map.get("enabled"));
  }
}
