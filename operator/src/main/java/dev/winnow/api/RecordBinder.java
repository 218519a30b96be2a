package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Turns the nodes of one YAML document into records, and every deviation into a problem with its
 * place: all of them, not the first. What cannot be read is left out of the record, which must
 * never be used when there are problems, but can be looked at for more of them.
 */
final class RecordBinder {
  private static final int MAX_DEPTH = 50;

  /** Receives what is wrong. */
  @FunctionalInterface
  interface Sink {
    void add(Node node, String path, String message);
  }

  private final Sink problems;
  private final YamlFields fields;
  private final Map<String, Located.Place> places = new HashMap<>();
  private final Set<String> meant = new HashSet<>();
  private boolean secret;

  RecordBinder(Sink problems) {
    this.problems = problems;
    this.fields = new YamlFields(problems);
  }

  Map<String, Located.Place> places() {
    return places;
  }

  /** Paths of fields that misspelt ones most likely mean. */
  Set<String> meant() {
    return meant;
  }

  /** Reads a record; fields that are missing or wrong have the value of an absent one. */
  <R extends Record> R bind(Node node, Class<R> type) {
    secret = type == Secret.class;
    return type.cast(record(node, type, "", 0));
  }

  private @Nullable Object value(Node node, Type type, String path, int depth) {
    places.put(path, placeOf(node));
    if (depth > MAX_DEPTH) {
      problems.add(node, path, "nested deeper than " + MAX_DEPTH + " levels");
      return null;
    }
    if (type == Opaque.class) {
      return new Opaque(null);
    }
    if (isNull(node)) {
      return null;
    }
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class
          ? list(node, generic.getActualTypeArguments()[0], path, depth)
          : stringMap(node, path);
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isRecord()) {
      return record(node, raw, path, depth);
    }
    return node instanceof ScalarNode scalar
        ? scalar(scalar, raw, path)
        : wrongType(node, nameOf(raw), path);
  }

  private @Nullable Object scalar(ScalarNode node, Class<?> type, String path) {
    YamlScalar kind = YamlScalar.of(node);
    if (type.isEnum()) {
      return constant(node, type, path);
    }
    if (type == String.class) {
      return kind == YamlScalar.STRING ? node.getValue() : unquoted(node, kind, path);
    }
    if (type == Boolean.class) {
      return kind == YamlScalar.BOOLEAN
          ? YamlScalar.isTrue(node.getValue())
          : wrongType(node, "true or false", path);
    }
    if (kind != YamlScalar.INTEGER) {
      return wrongType(node, "an integer", path);
    }
    long number = YamlScalar.integer(node.getValue());
    if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
      problems.add(node, path, "the number is out of range");
      return null;
    }
    return (int) number;
  }

  private @Nullable Object constant(ScalarNode node, Class<?> type, String path) {
    List<String> known = Arrays.stream(type.getEnumConstants()).map(Object::toString).toList();
    int index = known.indexOf(node.getValue());
    if (index >= 0 && YamlScalar.of(node) == YamlScalar.STRING) {
      return type.getEnumConstants()[index];
    }
    problems.add(
        node,
        path,
        Texts.quoted(node.getValue())
            + " is not one of "
            + String.join(", ", known)
            + didYouMean(node.getValue(), known));
    return null;
  }

  private @Nullable Object unquoted(ScalarNode node, YamlScalar kind, String path) {
    String what =
        switch (kind) {
          case INTEGER, FLOAT -> "a number";
          case BOOLEAN -> "a boolean";
          case NULL, STRING -> "nothing";
        };
    String value = node.getValue();
    String message =
        secret // whose values stand in no message
            ? "YAML reads this as " + what + "; put it in quotes"
            : "YAML reads " + value + " as " + what + "; write \"" + value + "\"";
    problems.add(node, path, message);
    return null;
  }

  private List<Object> list(Node node, Type element, String path, int depth) {
    List<Object> values = new ArrayList<>();
    if (!(node instanceof SequenceNode sequence)) {
      wrongType(node, "a list", path);
      return values;
    }
    for (int i = 0; i < sequence.getValue().size(); i++) {
      Node item = sequence.getValue().get(i);
      String itemPath = path + "[" + i + "]";
      if (isNull(item)) {
        places.put(itemPath, placeOf(item));
        problems.add(item, itemPath, "the list item is empty");
        continue;
      }
      Object value = value(item, element, itemPath, depth + 1);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  private Map<String, String> stringMap(Node node, String path) {
    Map<String, String> values = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      wrongType(node, "a map", path);
      return values;
    }
    fields
        .of(mapping, path)
        .forEach((name, tuple) -> {
          Node item = tuple.getValueNode();
          Object value = value(item, String.class, path + "." + name, 0);
          if (value instanceof String text) {
            values.put(name, text);
          } else if (isNull(item)) {
            problems.add(item, path + "." + name, "the value is empty");
          }
        });
    return values;
  }

  private Object record(Node node, Class<?> type, String path, int depth) {
    places.put(path, placeOf(node));
    Map<String, NodeTuple> found = new LinkedHashMap<>();
    if (node instanceof MappingNode mapping) {
      found.putAll(fields.of(mapping, path));
    } else {
      wrongType(node, "a map of fields", path);
    }
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      String fieldPath = YamlFields.join(path, component.getName());
      NodeTuple tuple = found.remove(component.getName());
      Node field = tuple == null ? null : tuple.getValueNode();
      values[i] =
          field == null ? null : value(field, component.getGenericType(), fieldPath, depth + 1);
      if (isRequired(component) && (field == null || isNull(field))) {
        if (node instanceof MappingNode) {
          problems.add(node, fieldPath, "the field is missing");
        }
      }
      if (isRequired(component) && values[i] == null) {
        values[i] = absent(component.getGenericType());
      }
    }
    reportUnknown(found, path, components);
    return construct(type, values);
  }

  private void reportUnknown(
      Map<String, NodeTuple> rest, String path, RecordComponent[] components) {
    List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
    rest.forEach((name, tuple) -> {
      Optional<String> near = Texts.nearest(name, known);
      near.ifPresent(field -> meant.add(YamlFields.join(path, field)));
      problems.add(
          tuple.getKeyNode(),
          YamlFields.join(path, name),
          "unknown field"
              + near.map(field -> "; did you mean " + field + "?")
                  .orElse("; known are " + String.join(", ", new TreeSet<>(known))));
    });
  }

  /** What stands in for a required field that is missing, so that the rest can be looked at. */
  private static Object absent(Type type) {
    if (type == String.class) {
      return "";
    }
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class ? List.of() : Map.of();
    }
    Class<?> record = (Class<?>) type;
    RecordComponent[] components = record.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = isRequired(components[i]) ? absent(components[i].getGenericType()) : null;
    }
    return construct(record, values);
  }

  private static Object construct(Class<?> type, @Nullable Object[] values) {
    try {
      Class<?>[] parameters =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      return type.getDeclaredConstructor(parameters).newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("record " + type.getName() + " refuses absent fields", e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("records have a canonical constructor", e);
    }
  }

  private @Nullable Object wrongType(Node node, String expected, String path) {
    String found =
        switch (node) {
          case MappingNode map -> "a map";
          case SequenceNode list -> "a list";
          case ScalarNode scalar -> "a text or number";
          default -> "something else";
        };
    problems.add(node, path, "must be " + expected + ", not " + found);
    return null;
  }

  private static String nameOf(Class<?> type) {
    return type == Boolean.class
        ? "true or false"
        : type == Integer.class ? "an integer" : "a text";
  }

  private static String didYouMean(String name, List<String> known) {
    return Texts.nearest(name, known).map(near -> "; did you mean " + near + "?").orElse("");
  }

  private static boolean isRequired(RecordComponent component) {
    JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
    return property != null && property.required();
  }

  private static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && YamlScalar.of(scalar) == YamlScalar.NULL;
  }

  private static Located.Place placeOf(Node node) {
    return node.getStartMark()
        .map(mark -> new Located.Place(mark.getLine() + 1, mark.getColumn() + 1))
        .orElse(new Located.Place(0, 0));
  }
}
