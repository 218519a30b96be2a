package dev.winnow.crds;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.testing.Tools;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The kinds as crds/ has them, field by field, and a document of each that sets every field. */
final class Kinds {
  private static final KubernetesSerialization YAML = new KubernetesSerialization();

  private Kinds() {}

  /** The definitions by kind. */
  static Map<String, JsonNode> all() {
    return in(Tools.checkout().resolve("crds"));
  }

  /** The definition of one kind. */
  static JsonNode of(String kind) {
    return Objects.requireNonNull(all().get(kind), kind);
  }

  /** The definitions in a folder by kind. */
  static Map<String, JsonNode> in(Path folder) {
    Map<String, JsonNode> kinds = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file :
          files.filter(each -> each.toString().endsWith(".winnow.dev.yaml")).toList()) {
        JsonNode definition = yaml(Files.readString(file));
        kinds.put(definition.at("/spec/names/kind").textValue(), definition);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return kinds;
  }

  /** The schema of the only version that a definition has. */
  static JsonNode schema(JsonNode definition) {
    return definition.at("/spec/versions/0/schema/openAPIV3Schema");
  }

  static JsonNode yaml(String text) {
    return YAML.unmarshal(text, JsonNode.class);
  }

  static String resource(String path) {
    try (InputStream in = Objects.requireNonNull(Kinds.class.getResourceAsStream(path), path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What sets every field of a kind: a document, and what may be made of it later. */
  static List<JsonNode> complete(String kind) {
    return Arrays.stream(resource("/crds/complete/" + kind + ".yaml").split("(?m)^---$", -1))
        .map(Kinds::yaml)
        .toList();
  }

  /**
   * A field of a schema.
   *
   * @param path as spec.rules[].tags; the values of a map are a field called *
   */
  record Field(String path, JsonNode schema) {
    /** The fields directly in it. */
    List<Field> inside() {
      List<Field> fields = new ArrayList<>();
      schema
          .path("properties")
          .forEachEntry((name, each) ->
              fields.add(new Field(path.isEmpty() ? name : path + "." + name, each)));
      if (schema.has("items")) {
        fields.add(new Field(path + "[]", schema.get("items")));
      }
      if (schema.has("additionalProperties")) {
        fields.add(new Field(path + ".*", schema.get("additionalProperties")));
      }
      return fields;
    }

    /** It and all that is in it. */
    Stream<Field> all() {
      return Stream.concat(Stream.of(this), inside().stream().flatMap(Field::all));
    }
  }

  /** All fields of a definition, from spec and status on. */
  static List<Field> fields(JsonNode definition) {
    return new Field("", schema(definition)).inside().stream().flatMap(Field::all).toList();
  }

  /** The paths of what a document has, as those of fields. */
  static Set<String> paths(JsonNode document, JsonNode definition) {
    Set<String> paths = new TreeSet<>();
    collect(document, new Field("", schema(definition)), paths);
    return paths;
  }

  private static void collect(JsonNode value, Field field, Set<String> paths) {
    paths.add(field.path());
    for (Field each : field.inside()) {
      String name = each.path().substring(field.path().length()).replaceFirst("^\\.", "");
      if (name.equals("[]") || name.equals("*")) {
        value.forEach(item -> collect(item, each, paths));
      } else if (value.has(name)) {
        collect(value.get(name), each, paths);
      }
    }
  }
}
