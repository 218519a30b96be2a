package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes ConfigMap, as far as Winnow reads one.
 *
 * @param metadata name and namespace
 * @param data values
 */
public record ConfigMap(
    String apiVersion,
    String kind,
    @JsonProperty(required = true) Metadata metadata,
    Map<String, String> data,
    @Nullable Opaque binaryData,
    @Nullable Boolean immutable) {

  @SuppressWarnings("ConstantValue")
  public ConfigMap {
    data = data == null ? Map.of() : Map.copyOf(data);
  }
}
