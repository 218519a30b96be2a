package dev.winnow.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The fields of YAML mappings, by name. */
final class YamlFields {
  private final RecordBinder.Sink problems;

  YamlFields(RecordBinder.Sink problems) {
    this.problems = problems;
  }

  /**
   * The fields of a mapping, merges ({@code <<}) resolved; a key that stands twice is a problem.
   */
  Map<String, NodeTuple> of(MappingNode mapping, String path) {
    Map<String, NodeTuple> fields = new LinkedHashMap<>();
    Map<String, NodeTuple> merged = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(tuple.getKeyNode(), path, "a field name must be a plain text");
      } else if (key.getValue().equals("<<")) {
        merge(tuple.getValueNode(), path, merged);
      } else if (fields.putIfAbsent(key.getValue(), tuple) != null) {
        problems.add(key, join(path, key.getValue()), "the field stands twice");
      }
    }
    merged.forEach(fields::putIfAbsent);
    return fields;
  }

  private void merge(Node value, String path, Map<String, NodeTuple> into) {
    switch (value) {
      case MappingNode one -> of(one, path).forEach(into::putIfAbsent);
      case SequenceNode several -> several.getValue().forEach(one -> merge(one, path, into));
      default -> problems.add(value, path, "<< must name a map");
    }
  }

  /** The path of a field. */
  static String join(String path, String field) {
    return path.isEmpty() ? field : path + "." + field;
  }
}
