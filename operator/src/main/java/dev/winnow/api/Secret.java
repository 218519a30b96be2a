package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes Secret, as far as Winnow reads one. Never prints what is in it.
 *
 * @param metadata name and namespace
 * @param type type of the Secret
 * @param data values in base64
 * @param stringData values as they are; they win over {@code data}, as in the API server
 */
public record Secret(
    String apiVersion,
    String kind,
    @JsonProperty(required = true) Metadata metadata,
    String type,
    Map<String, String> data,
    Map<String, String> stringData,
    @Nullable Boolean immutable) {

  @SuppressWarnings("ConstantValue")
  public Secret {
    type = type == null ? "Opaque" : type;
    data = data == null ? Map.of() : Map.copyOf(data);
    stringData = stringData == null ? Map.of() : Map.copyOf(stringData);
  }

  /**
   * The value of a key, as text; empty when the key is absent.
   *
   * @throws IllegalArgumentException when the value is not base64; the message does not hold it
   */
  public Optional<String> value(String key) {
    if (stringData.containsKey(key)) {
      return Optional.ofNullable(stringData.get(key));
    }
    String encoded = data.get(key);
    if (encoded == null) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(encoded);
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("data." + key + " is not base64"); // no cause: it quotes
    }
  }

  @Override
  public String toString() {
    return "Secret[" + metadata.namespace() + "/" + metadata.name() + "]";
  }
}
