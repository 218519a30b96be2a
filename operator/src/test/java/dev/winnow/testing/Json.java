package dev.winnow.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Writes JSON: same calls, same bytes, so that a test image has the same digest each time. */
final class Json {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ArrayNode array(ObjectNode... elements) {
    return MAPPER.createArrayNode().addAll(List.of(elements));
  }

  /** Sets the value at a dotted path and makes the objects on the way. */
  static void set(ObjectNode root, String path, Object value) {
    ObjectNode node = root;
    int dot = path.lastIndexOf('.');
    if (dot >= 0) {
      node = root.withObject("/" + path.substring(0, dot).replace('.', '/'));
    }
    node.set(path.substring(dot + 1), MAPPER.valueToTree(value));
  }

  static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of plain values is always written", e);
    }
  }
}
