package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanJson;
import dev.winnow.run.PlanSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Plans or results as one JSON document, written while they are made; a decision a line. */
final class JsonOutput implements PlanOutput {
  private final JsonGenerator json;
  private final String kind;
  private final boolean several;
  private final More more;
  private boolean begun;

  /**
   * @param kind {@code Plan} or {@code Result}
   * @param several whether there are several policies: then it is a list of them
   * @param more what else a plan says
   */
  JsonOutput(OutputStream out, String kind, boolean several, More more) throws IOException {
    this.json = new JsonFactory().createGenerator(out).setPrettyPrinter(new ItemALine());
    this.kind = kind;
    this.several = several;
    this.more = more;
    if (several) {
      json.writeStartObject();
      json.writeStringField("apiVersion", PlanJson.API_VERSION);
      json.writeStringField("kind", kind + "List");
      json.writeArrayFieldStart("items");
    }
  }

  @Override
  public void begin(PlanHeader header) throws IOException {
    begun = true;
    json.writeStartObject();
    PlanJson.writeHeader(json, kind, header);
    json.writeArrayFieldStart("decisions");
  }

  @Override
  public void rows(String repository, List<Row> rows) throws IOException {
    for (Row row : rows) {
      PlanJson.writeDecision(json, repository, row.decision(), row.applied());
    }
  }

  @Override
  public void end(PlanSummary summary) throws IOException {
    json.writeEndArray();
    PlanJson.writeTrailer(json, summary);
    more.write(json);
    json.writeEndObject();
    begun = false;
  }

  @Override
  public void fail(PlanHeader header, String why) throws IOException {
    if (!begun) {
      begin(header);
    }
    json.writeEndArray();
    PlanJson.writeError(json, why);
    more.write(json);
    json.writeEndObject();
    begun = false;
  }

  @Override
  public void close() throws IOException {
    if (several) {
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeRaw("\n");
    json.flush();
  }

  private static final class ItemALine extends MinimalPrettyPrinter {
    private static final long serialVersionUID = 1L;

    @Override
    public void beforeArrayValues(JsonGenerator json) throws IOException {
      json.writeRaw('\n');
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(",\n");
    }
  }
}
