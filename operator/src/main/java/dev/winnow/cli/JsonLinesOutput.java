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

/** Plans or results as JSON lines: a header, a line a decision, a trailer; once a policy. */
final class JsonLinesOutput implements PlanOutput {
  private final JsonGenerator json;
  private final String kind;
  private final More more;
  private boolean begun;

  JsonLinesOutput(OutputStream out, String kind, More more) throws IOException {
    this.json =
        new JsonFactory().createGenerator(out).setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    this.kind = kind;
    this.more = more;
  }

  @Override
  public void begin(PlanHeader header) throws IOException {
    begun = true;
    json.writeStartObject();
    PlanJson.writeHeader(json, kind, header);
    json.writeEndObject();
  }

  @Override
  public void rows(String repository, List<Row> rows) throws IOException {
    for (Row row : rows) {
      PlanJson.writeDecision(json, repository, row.decision(), row.applied());
    }
  }

  @Override
  public void end(PlanSummary summary) throws IOException {
    json.writeStartObject();
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
    json.writeStartObject();
    PlanJson.writeError(json, why);
    more.write(json);
    json.writeEndObject();
    begun = false;
  }

  @Override
  public void close() throws IOException {
    json.writeRaw("\n");
    json.flush();
  }
}
