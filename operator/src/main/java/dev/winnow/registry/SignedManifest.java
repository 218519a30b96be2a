package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.oci.MediaTypes;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;

/**
 * The content of a schema 1 manifest that its digest is taken of: without the signatures. Source:
 * distribution <em>spec/manifest-v2-1.md § Signed Manifests</em>.
 */
final class SignedManifest {
  private SignedManifest() {}

  /** The bytes as they are, unless they are a signed manifest. */
  static byte[] canonical(byte[] bytes, String mediaType) {
    if (!mediaType.equals(MediaTypes.DOCKER_SCHEMA1_SIGNED)) {
      return bytes;
    }
    try {
      JsonNode signature = Json.MAPPER.readTree(bytes).path("signatures").path(0);
      JsonNode format = Json.MAPPER.readTree(decode(signature.path("protected").asText("")));
      int length = format.path("formatLength").asInt(-1);
      byte[] tail = decode(format.path("formatTail").asText(""));
      if (length < 0 || length > bytes.length) {
        return bytes;
      }
      byte[] content = Arrays.copyOf(bytes, length + tail.length);
      System.arraycopy(tail, 0, content, length, tail.length);
      return content;
    } catch (IOException | IllegalArgumentException e) {
      return bytes; // Not signed as the specification says: then the digest does not match.
    }
  }

  private static byte[] decode(String base64) {
    return Base64.getUrlDecoder().decode(base64.getBytes(UTF_8));
  }
}
