package dev.winnow.crds;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One thing that a schema asks of a field.
 *
 * @param path of the field, as {@link Kinds.Field#path}
 * @param word the word of the schema for it; of a CEL rule, its message
 */
record Constraint(String path, String word) {
  /** What the API server says where it does not hold. */
  private static final Map<String, Pattern> SAID =
      Map.ofEntries(
          Map.entry("required", Pattern.compile("Required value")),
          Map.entry("enum", Pattern.compile("Unsupported value")),
          Map.entry("pattern", Pattern.compile("should match '")),
          Map.entry("minimum", Pattern.compile("should be greater than or equal to")),
          Map.entry("maximum", Pattern.compile("should be less than or equal to")),
          Map.entry("minLength", Pattern.compile("should be at least \\d+ chars long")),
          Map.entry("maxLength", Pattern.compile("Too long")),
          Map.entry("minItems", Pattern.compile("should have at least \\d+ items")),
          Map.entry("maxItems", Pattern.compile("Too many")),
          Map.entry("minProperties", Pattern.compile("should have at least \\d+ properties")),
          Map.entry("maxProperties", Pattern.compile("Too many")),
          Map.entry("x-kubernetes-list-map-keys", Pattern.compile("Duplicate value")));

  /** All that a field's schema asks. */
  static List<Constraint> of(Kinds.Field field) {
    List<Constraint> constraints = new ArrayList<>();
    for (String word : SAID.keySet()) {
      if (word.equals("required")) {
        field
            .schema()
            .path(word)
            .forEach(name ->
                constraints.add(new Constraint(field.path() + "." + name.textValue(), word)));
      } else if (field.schema().has(word)) {
        constraints.add(
            new Constraint(word.endsWith("keys") ? field.path() + "[]" : field.path(), word));
      }
    }
    for (JsonNode rule : field.schema().path("x-kubernetes-validations")) {
      constraints.add(
          new Constraint(
              field.path() + rule.path("fieldPath").asText(), rule.get("message").textValue()));
    }
    return constraints;
  }

  /** Whether it is this that was refused. */
  boolean isSaidBy(StrictApi.Refusal refusal) {
    Pattern said = SAID.get(word);
    return pathOf(refusal.field()).equals(path)
        && (said == null
            ? refusal.message().contains(word)
            : said.matcher(refusal.message()).find());
  }

  /** The path of the field that a place in a document belongs to. */
  static String pathOf(String place) {
    return place.replaceAll("\\[\\d+]", "[]").replaceFirst("\\.labels\\.\\w+$", ".labels.*");
  }
}
