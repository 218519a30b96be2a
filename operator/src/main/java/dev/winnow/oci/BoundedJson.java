package dev.winnow.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Streaming JSON with bounds, for bytes that anybody could have pushed. */
final class BoundedJson {
  /**
   * Distribution refuses larger manifests (registry/handlers/manifests.go, maxManifestBodySize).
   */
  static final int MAX_BYTES = 4 << 20;

  private static final int MAX_DEPTH = 100;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(MAX_BYTES)
                  .build())
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private BoundedJson() {}

  /** Reads one JSON object. */
  @FunctionalInterface
  interface ObjectReader<T> {
    /** Called on the object's first token after the brace; reads to the closing one. */
    T read(JsonParser json) throws IOException, InvalidManifestException;
  }

  /**
   * Parses the bytes as one JSON object and nothing behind it.
   *
   * @throws InvalidManifestException when they are none, or are larger or deeper than the bounds
   */
  static <T> T read(byte[] bytes, String what, ObjectReader<T> reader)
      throws InvalidManifestException {
    if (bytes.length > MAX_BYTES) {
      throw new InvalidManifestException(
          what + " of " + bytes.length + " bytes; at most " + MAX_BYTES + " are read");
    }
    if (!isUtf8(bytes)) {
      throw new InvalidManifestException(what + " is not in UTF-8, or has a byte order mark");
    }
    try (JsonParser json = JSON.createParser(bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidManifestException(what + " is not a JSON object");
      }
      T result = reader.read(json);
      if (json.nextToken() != null) {
        throw new InvalidManifestException(what + " has data after its JSON object");
      }
      return result;
    } catch (JsonProcessingException e) {
      throw new InvalidManifestException(what + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      // Bytes in memory: what is left are malformed characters.
      throw new InvalidManifestException(what + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Whether it begins as an object in UTF-8 must: registries and their clients read nothing else,
   * while Jackson would find out about other encodings, and byte order marks, by itself.
   */
  private static boolean isUtf8(byte[] bytes) {
    return bytes.length >= 2 && bytes[0] > 0 && bytes[1] != 0;
  }

  /** The string at the current token; empty for null; skips and refuses anything else. */
  static String string(JsonParser json, String field) throws IOException, InvalidManifestException {
    JsonToken token = json.currentToken();
    if (token == JsonToken.VALUE_STRING) {
      return json.getText();
    }
    if (token == JsonToken.VALUE_NULL) {
      return "";
    }
    throw new InvalidManifestException("field " + field + " is not a string");
  }

  /**
   * A map of strings at the current token; null is an empty one; values of other types are left
   * out.
   */
  static Map<String, String> strings(JsonParser json, String field)
      throws IOException, InvalidManifestException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return Map.of();
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidManifestException("field " + field + " is not an object");
    }
    Map<String, String> values = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      if (json.nextToken() == JsonToken.VALUE_STRING) {
        values.put(name, json.getText());
      } else {
        json.skipChildren();
      }
    }
    return values;
  }
}
