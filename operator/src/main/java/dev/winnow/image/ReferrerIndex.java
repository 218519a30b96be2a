package dev.winnow.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.winnow.oci.MediaTypes;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The index under a referrers fallback tag. Source: OCI distribution spec, <em>Unavailable
 * Referrers API</em>.
 */
final class ReferrerIndex {
  static final String MEDIA_TYPE = MediaTypes.OCI_INDEX;

  private static final JsonMapper JSON = new JsonMapper();

  private ReferrerIndex() {}

  /** One index with the descriptors of several, each digest once; fields of them are kept as is. */
  static byte[] merge(List<byte[]> indexes) throws IOException {
    Map<String, JsonNode> descriptors = new LinkedHashMap<>();
    for (byte[] index : indexes) {
      for (JsonNode descriptor : JSON.readTree(index).path("manifests")) {
        descriptors.putIfAbsent(descriptor.path("digest").asText(), descriptor);
      }
    }
    ObjectNode merged = JSON.createObjectNode();
    merged.put("schemaVersion", 2).put("mediaType", MEDIA_TYPE);
    ArrayNode manifests = merged.putArray("manifests");
    descriptors.values().forEach(manifests::add);
    return JSON.writeValueAsBytes(merged);
  }
}
