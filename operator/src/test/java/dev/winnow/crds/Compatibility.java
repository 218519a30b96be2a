package dev.winnow.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of a released definition the next one must not take away: each object that was valid stays
 * valid and means the same.
 */
final class Compatibility {
  private static final Set<String> LOWER =
      Set.of("minimum", "minLength", "minItems", "minProperties");
  private static final Set<String> UPPER =
      Set.of("maximum", "maxLength", "maxItems", "maxProperties");

  /** What stays as it is, or absent. */
  private static final Set<String> FIXED =
      Set.of(
          "type",
          "format",
          "x-kubernetes-list-type",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-preserve-unknown-fields");

  private final List<String> problems = new ArrayList<>();

  private Compatibility() {}

  /** What is wrong with a definition after a released one; empty where nothing is. */
  static List<String> problems(JsonNode released, JsonNode next) {
    Compatibility comparison = new Compatibility();
    for (String name :
        List.of("/spec/group", "/spec/scope", "/spec/names/kind", "/spec/names/plural")) {
      if (!released.at(name).equals(next.at(name))) {
        comparison.problems.add(name + " is another");
      }
    }
    for (JsonNode version : released.at("/spec/versions")) {
      String name = version.get("name").textValue();
      JsonNode same = MissingNode.getInstance();
      for (JsonNode each : next.at("/spec/versions")) {
        same =
            each.path("served").asBoolean() && each.path("name").asText().equals(name)
                ? each
                : same;
      }
      if (same.isMissingNode()) {
        comparison.problems.add("version " + name + " is not served any more");
      } else {
        comparison.compare(
            version.at("/schema/openAPIV3Schema"), same.at("/schema/openAPIV3Schema"), name);
      }
    }
    return comparison.problems;
  }

  private void compare(JsonNode released, JsonNode next, String path) {
    Map<String, JsonNode> now = new HashMap<>();
    new Kinds.Field(path, next).inside().forEach(field -> now.put(field.path(), field.schema()));
    for (Kinds.Field field : new Kinds.Field(path, released).inside()) {
      JsonNode same = now.get(field.path());
      if (same == null) {
        problems.add(field.path() + " is gone");
      } else {
        compare(field.schema(), same, field.path());
      }
    }
    compareWords(released, next, path);
    compareBounds(released, next, path);
    minus(next.path("required"), released.path("required"))
        .forEach(name -> problems.add(path + "." + name.asText() + " is required now"));
    minus(next.path("x-kubernetes-validations"), released.path("x-kubernetes-validations"))
        .forEach(rule -> problems.add(path + ": a rule is new: " + rule.get("rule").asText()));
    if (next.has("enum")) {
      minus(released.path("enum"), next.get("enum"))
          .forEach(value -> problems.add(path + ": " + value.asText() + " is gone"));
    }
  }

  private void compareWords(JsonNode released, JsonNode next, String path) {
    FIXED.stream()
        .filter(word -> !released.path(word).equals(next.path(word)))
        .forEach(word -> problems.add(path + ": " + word + " is another"));
    for (String word : List.of("pattern", "enum")) {
      if (next.has(word) && !released.has(word)) {
        problems.add(path + ": " + word + " is new");
      }
    }
    if (released.has("pattern")
        && next.has("pattern")
        && !released.get("pattern").equals(next.get("pattern"))) {
      problems.add(path + ": pattern is another");
    }
    if (released.has("default") && !isIn(released.get("default"), next.path("default"))) {
      problems.add(path + ": default is another");
    }
  }

  /** A default of an object may get more fields. */
  private static boolean isIn(JsonNode before, JsonNode after) {
    if (!before.isObject()) {
      return before.equals(after);
    }
    return before
        .propertyStream()
        .allMatch(field -> isIn(field.getValue(), after.path(field.getKey())));
  }

  private void compareBounds(JsonNode released, JsonNode next, String path) {
    LOWER.stream()
        .filter(next::has)
        .filter(word ->
            next.get(word).asDouble() > released.path(word).asDouble(Double.NEGATIVE_INFINITY))
        .forEach(word -> problems.add(path + ": " + word + " is stricter"));
    UPPER.stream()
        .filter(next::has)
        .filter(word ->
            next.get(word).asDouble() < released.path(word).asDouble(Double.POSITIVE_INFINITY))
        .forEach(word -> problems.add(path + ": " + word + " is stricter"));
  }

  private static List<JsonNode> minus(JsonNode all, JsonNode without) {
    Set<JsonNode> left = new LinkedHashSet<>();
    all.forEach(left::add);
    without.forEach(left::remove);
    return List.copyOf(left);
  }
}
