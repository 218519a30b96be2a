package dev.winnow.api;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * A YAML document of any shape as a program in Go reads it: maps, lists, strings, booleans, {@code
 * Long}, {@code Double} and null. Source: goyaml.v2, decode.go and resolve.go.
 */
public final class YamlValues {
  private static final int MAX_LENGTH = 1 << 20;

  private final IdentityHashMap<Node, @Nullable Object> known = new IdentityHashMap<>();

  private YamlValues() {}

  /** Reads the first document of a text; nothing at all is a null. */
  public static Parsed<Opaque> read(String text) {
    if (text.length() > MAX_LENGTH) {
      return Parsed.bad("larger than " + MAX_LENGTH + " characters");
    }
    LoadSettings settings =
        LoadSettings.builder().setSchema(new FailsafeSchema()).setAllowNonScalarKeys(true).build();
    try {
      Composer composer = new Composer(settings, new BoundedParser(settings, text));
      return Parsed.ok(
          new Opaque(composer.hasNext() ? new YamlValues().value(composer.next()) : null));
    } catch (YamlEngineException e) {
      return Parsed.bad("it is no YAML"); // what it says could quote a secret
    }
  }

  private @Nullable Object value(Node node) {
    if (known.containsKey(node)) {
      return known.get(node); // named by an alias
    }
    @Nullable Object value =
        switch (node) {
          case MappingNode mapping -> map(mapping);
          case SequenceNode sequence -> list(sequence);
          case ScalarNode scalar -> scalar(scalar);
          default -> null;
        };
    known.put(node, value);
    return value;
  }

  private Map<String, @Nullable Object> map(MappingNode mapping) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    Map<String, @Nullable Object> merged = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        continue; // nobody asks for it
      }
      if (key.getValue().equals("<<")) {
        merge(value(tuple.getValueNode()), merged);
      } else {
        map.put(key.getValue(), value(tuple.getValueNode()));
      }
    }
    merged.forEach((key, value) -> {
      if (!map.containsKey(key)) {
        map.put(key, value);
      }
    });
    return map;
  }

  private static void merge(@Nullable Object value, Map<String, @Nullable Object> into) {
    switch (value) {
      case Map<?, ?> one ->
          one.forEach((key, each) -> {
            if (!into.containsKey(String.valueOf(key))) {
              into.put(String.valueOf(key), each);
            }
          });
      case List<?> several -> several.forEach(one -> merge(one, into));
      case null, default -> {}
    }
  }

  private List<@Nullable Object> list(SequenceNode sequence) {
    List<@Nullable Object> list = new ArrayList<>();
    sequence.getValue().forEach(each -> list.add(value(each)));
    return list;
  }

  private static @Nullable Object scalar(ScalarNode node) {
    String text = node.getValue();
    return switch (YamlScalar.of(node)) {
      case STRING -> text;
      case INTEGER -> YamlScalar.integer(text);
      case BOOLEAN -> YamlScalar.isTrue(text);
      case NULL -> null;
      case FLOAT -> floating(text);
    };
  }

  private static Object floating(String text) {
    try {
      return Double.valueOf(text.replace("_", ""));
    } catch (NumberFormatException e) {
      return text; // .inf and its like
    }
  }
}
