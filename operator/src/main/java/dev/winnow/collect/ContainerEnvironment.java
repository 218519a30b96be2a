package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a container, as the kubelet makes it. Secrets are not read: what comes from
 * one is not known.
 */
final class ContainerEnvironment {
  private static final Pattern REFERENCE = Pattern.compile("\\$(\\$|\\(([^()$]*)\\))");

  private final Map<String, Optional<String>> variables = new LinkedHashMap<>();
  private final Function<String, Optional<ConfigMap>> configMaps;
  private boolean complete = true;
  private boolean fixed = true;

  private ContainerEnvironment(Function<String, Optional<ConfigMap>> configMaps) {
    this.configMaps = configMaps;
  }

  static ContainerEnvironment of(
      Container container, Function<String, Optional<ConfigMap>> configMaps) {
    ContainerEnvironment environment = new ContainerEnvironment(configMaps);
    container.getEnvFrom().forEach(environment::take);
    container.getEnv().forEach(environment::take);
    return environment;
  }

  /** The variables; one that is there and not known is empty. */
  Map<String, Optional<String>> variables() {
    return variables;
  }

  /** Whether there are no variables of which not even the names are known. */
  boolean isComplete() {
    return complete;
  }

  /** Whether it stands in the pod, where nobody can change it. */
  boolean isFixed() {
    return fixed;
  }

  /** A text of the container with its references to variables resolved. */
  String expand(String text) {
    Matcher matcher = REFERENCE.matcher(text);
    return matcher.replaceAll(match ->
        Matcher.quoteReplacement(
            match.group(1).equals("$")
                ? "$"
                : variables.getOrDefault(match.group(2), Optional.empty()).orElse(match.group())));
  }

  private void take(EnvFromSource source) {
    fixed = false;
    String prefix = Objects.requireNonNullElse(source.getPrefix(), "");
    if (source.getConfigMapRef() == null) {
      complete = false; // a Secret
      return;
    }
    configMaps
        .apply(source.getConfigMapRef().getName())
        .map(ConfigMap::getData)
        .ifPresent(data -> data.forEach((key, value) -> put(prefix + key, Optional.of(value))));
  }

  private void take(EnvVar variable) {
    if (variable.getValueFrom() == null) {
      String value = Objects.requireNonNullElse(variable.getValue(), "");
      put(variable.getName(), Optional.of(expand(value)));
    } else {
      fixed &= variable.getValueFrom().getFieldRef() != null;
      from(variable.getValueFrom()).ifPresent(value -> put(variable.getName(), value));
    }
  }

  /** Empty where nothing is set. */
  private Optional<Optional<String>> from(EnvVarSource source) {
    if (source.getConfigMapKeyRef() == null) {
      return Optional.of(Optional.empty());
    }
    @Nullable String value =
        configMaps
            .apply(source.getConfigMapKeyRef().getName())
            .map(ConfigMap::getData)
            .map(data -> data.get(source.getConfigMapKeyRef().getKey()))
            .orElse(null);
    return value == null ? Optional.empty() : Optional.of(Optional.of(value));
  }

  private void put(String name, Optional<String> value) {
    variables.put(name, value);
  }

  /** Names of variables that are there and not known. */
  List<String> unknown() {
    return variables.entrySet().stream()
        .filter(each -> each.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .toList();
  }
}
