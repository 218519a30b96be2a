package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/**
 * The first error of a registry's answer. Source: OCI distribution spec <em>Error Codes</em>.
 *
 * @param code the code, empty when the body is not a registry's error
 * @param message what to show, bounded and without control characters
 */
record RegistryError(String code, String message) {
  private static final int SHOWN = 200;

  static RegistryError parse(byte[] body) {
    try {
      JsonNode first = Json.MAPPER.readTree(body).path("errors").path(0);
      if (first.isObject()) {
        return new RegistryError(
            clean(first.path("code").asText("")), clean(first.path("message").asText("")));
      }
    } catch (IOException e) {
      // Not JSON: text of a proxy, or nothing.
      return new RegistryError("", text(body));
    }
    return new RegistryError("", text(body));
  }

  /** Whether the registry itself answered, not something in front of it. */
  boolean isRegistrys() {
    return !code.isEmpty();
  }

  String text() {
    return code.isEmpty() || message.isEmpty() ? code + message : code + ", " + message;
  }

  private static String text(byte[] body) {
    String text = new String(body, 0, Math.min(body.length, 2 * SHOWN), UTF_8).strip();
    return text.startsWith("<") ? "a web page" : clean(text);
  }

  private static String clean(String text) {
    String bounded = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    return bounded.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
