package dev.winnow.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * A line of limits.txt.
 *
 * @param bound required, one-of, or what is counted: chars, items, entries, number
 * @param value as 1..64; the values of one-of
 */
record Limit(String kind, String place, String bound, String value) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  static Limit of(String line) {
    String[] words = line.split(" ", -1);
    return new Limit(words[0], words[1], words[2], words.length > 3 ? words[3] : "");
  }

  /** A document, and what may be said against it. */
  record Try(ObjectNode document, Constraint constraint) {}

  /** Documents that are just so allowed. */
  List<Try> within() {
    return switch (bound) {
      case "required" -> List.of();
      case "one-of" ->
          Arrays.stream(value.split(",", -1))
              .map(each -> with("enum", JSON.textNode(each)))
              .toList();
      default -> atEnds(0);
    };
  }

  /** Documents that are just not allowed any more. */
  List<Try> beyond() {
    return switch (bound) {
      case "required" -> {
        ObjectNode document = document();
        Places.remove(document, place);
        yield List.of(new Try(document, new Constraint(Constraint.pathOf(place), bound)));
      }
      case "one-of" ->
          Stream.of("Nothing", "", value.split(",", -1)[0].toLowerCase(Locale.ROOT))
              .map(each -> with("enum", JSON.textNode(each)))
              .toList();
      default -> atEnds(1);
    };
  }

  private List<Try> atEnds(int beyond) {
    String what =
        switch (bound) {
          case "chars" -> "Length";
          case "items" -> "Items";
          case "entries" -> "Properties";
          case "number" -> "imum";
          default -> throw new IllegalArgumentException(bound);
        };
    LongFunction<JsonNode> sized = bound.equals("number") ? JSON::numberNode : this::sized;
    List<Try> tries = new ArrayList<>();
    String[] ends = value.split("\\.\\.", -1);
    if (!ends[0].isEmpty()) {
      tries.add(with("min" + what, sized.apply(Long.parseLong(ends[0]) - beyond)));
    }
    tries.add(with("max" + what, sized.apply(Long.parseLong(ends[1]) + beyond)));
    return tries;
  }

  private Try with(String word, JsonNode changed) {
    ObjectNode document = document();
    Places.set(document, place, changed);
    return new Try(document, new Constraint(Constraint.pathOf(place), word));
  }

  private ObjectNode document() {
    return Kinds.complete(kind).getFirst().deepCopy();
  }

  /** The value of the complete document, made so long. */
  private JsonNode sized(long size) {
    return switch (Places.get(document(), place)) {
      case TextNode text -> JSON.textNode(sized(text.textValue(), (int) size));
      case ArrayNode list -> {
        ArrayNode copies = JSON.arrayNode();
        for (int i = 0; i < size; i++) {
          copies.add(numbered(list.get(0), i));
        }
        yield copies;
      }
      case ObjectNode map -> {
        ObjectNode entries = JSON.objectNode();
        for (int i = 0; i < size; i++) {
          entries.put("key" + i, "value");
        }
        yield entries;
      }
      default -> throw new IllegalArgumentException(kind + " has no " + place);
    };
  }

  /** Durations grow by zeros in front, which change nothing. */
  private static String sized(String text, int size) {
    if (text.length() >= size) {
      return text.substring(0, size);
    }
    String more = text.matches("\\d+\\w.*") ? "0" : "a";
    return more.equals("0")
        ? more.repeat(size - text.length()) + text
        : text + more.repeat(size - text.length());
  }

  /** Rules have names of their own. */
  private static JsonNode numbered(JsonNode item, int number) {
    JsonNode copy = item.deepCopy();
    if (copy instanceof ObjectNode object && object.has("name")) {
      object.put("name", "name-" + number);
    }
    return copy;
  }

  @Override
  public String toString() {
    return String.join(" ", kind, place, bound, value);
  }
}
