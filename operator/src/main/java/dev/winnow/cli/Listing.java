package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows of named values, as a table for people or as JSON. */
final class Listing {
  private final String[] columns;
  private final @Nullable Table table;
  private final @Nullable JsonGenerator json;
  private final Map<String, Long> totals = new LinkedHashMap<>();

  /**
   * @param name what the list is called in JSON
   * @param columns names of the values, in JSON's spelling
   */
  Listing(PrintStream out, TextFormat format, String name, String... columns) throws IOException {
    this.columns = columns.clone();
    if (format == TextFormat.json) {
      table = null;
      json = new JsonFactory().createGenerator(out);
      json.writeStartObject();
      json.writeStringField("apiVersion", "winnow.dev/inspection/v1");
      json.writeStringField("kind", "Inspection");
      json.writeArrayFieldStart(name);
    } else {
      json = null;
      table = new Table(out, Arrays.stream(columns).map(Listing::heading).toArray(String[]::new));
    }
  }

  /** A row: texts, integers, longs that are bytes, instants; null is unknown. */
  void row(@Nullable Object... values) throws IOException {
    if (table != null) {
      String[] cells = new String[values.length];
      for (int i = 0; i < values.length; i++) {
        cells[i] = cell(values[i]);
      }
      table.row(cells);
    } else if (json != null) {
      json.writeStartObject();
      for (int i = 0; i < values.length; i++) {
        json.writeFieldName(columns[i]);
        write(json, values[i]);
      }
      json.writeEndObject();
    }
  }

  /** A figure for all rows; in JSON only. */
  void total(String name, long value) {
    totals.put(name, value);
  }

  void end() throws IOException {
    if (table != null) {
      table.endWithHeader(); // a script may pass over the first line
    }
    if (json != null) {
      json.writeEndArray();
      for (Map.Entry<String, Long> total : totals.entrySet()) {
        json.writeNumberField(total.getKey(), total.getValue());
      }
      json.writeEndObject();
      json.writeRaw("\n");
      json.flush();
    }
  }

  private static String heading(String column) {
    return column.replaceAll("([A-Z])", " $1").toUpperCase(Locale.ROOT).replace("BYTES", "SIZE");
  }

  private static String cell(@Nullable Object value) {
    return switch (value) {
      case null -> "-";
      case Long bytes -> Sizes.of(bytes);
      default -> value.toString();
    };
  }

  private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      case Instant instant -> json.writeString(instant.toString());
      default -> json.writeString(value.toString());
    }
  }
}
