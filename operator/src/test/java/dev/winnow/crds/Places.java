package dev.winnow.crds;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Places in documents, as the API server names them: spec.rules[0].tags. */
final class Places {
  private Places() {}

  static JsonNode get(JsonNode document, String place) {
    return document.at(pointer(place));
  }

  static void set(ObjectNode document, String place, JsonNode value) {
    JsonPointer at = pointer(place);
    switch (document.at(at.head())) {
      case ArrayNode list -> list.set(at.last().getMatchingIndex(), value);
      case ObjectNode object -> object.set(at.last().getMatchingProperty(), value);
      default -> throw new IllegalArgumentException("nothing has " + place);
    }
  }

  static void remove(ObjectNode document, String place) {
    JsonPointer at = pointer(place);
    ((ObjectNode) document.at(at.head())).remove(at.last().getMatchingProperty());
  }

  private static JsonPointer pointer(String place) {
    return JsonPointer.compile("/" + place.replaceAll("\\[(\\d+)]", ".$1").replace('.', '/'));
  }
}
