package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.List;

/** The stable JSON of what commands show of a cluster. */
final class ClusterJson {
  private static final String RUN = "winnow.dev/run/v1";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private ClusterJson() {}

  /** An object with its version and kind. */
  static void print(Terminal terminal, String apiVersion, String kind, Object value)
      throws IOException {
    ObjectNode head = JSON.createObjectNode().put("apiVersion", apiVersion).put("kind", kind);
    print(terminal, head.setAll((ObjectNode) JSON.valueToTree(value)));
  }

  static void print(Terminal terminal, RunView run) throws IOException {
    print(terminal, RUN, "Run", run);
  }

  static void print(Terminal terminal, List<RunView> runs) throws IOException {
    ObjectNode list = JSON.createObjectNode().put("apiVersion", RUN).put("kind", "RunList");
    list.set("items", JSON.valueToTree(runs));
    print(terminal, list);
  }

  /** Writes a run as a field of a document that is under way. */
  static void writeField(JsonGenerator json, RunView run) throws IOException {
    json.writeFieldName("run");
    json.writeRawValue(
        JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(run));
  }

  private static void print(Terminal terminal, ObjectNode document) throws IOException {
    terminal.out().println(JSON.writeValueAsString(document));
  }
}
