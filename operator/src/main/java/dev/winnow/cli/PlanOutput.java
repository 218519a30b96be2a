package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.retention.Decision;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Writes plans, or results, one after the other while they are made. */
interface PlanOutput extends AutoCloseable {
  /**
   * A decision, and in a result what became of it.
   *
   * @param decision the decision
   * @param applied what became of a deletion; null for all else
   */
  record Row(Decision decision, @Nullable Applied applied) {}

  /** Writes more fields behind those of a plan. */
  interface More {
    /** No more fields. */
    More NOTHING = json -> {};

    void write(JsonGenerator json) throws IOException;
  }

  void begin(PlanHeader header) throws IOException;

  void rows(String repository, List<Row> rows) throws IOException;

  void end(PlanSummary summary) throws IOException;

  /** Ends the plan that has begun, or all of one that has not, without a result. */
  void fail(PlanHeader header, String why) throws IOException;

  @Override
  void close() throws IOException;

  /** This output as the sink of a plan. */
  default PlanSink asSink() {
    return asSink(decision -> true);
  }

  /** The same for only some of its decisions; the summary counts all. */
  default PlanSink asSink(Predicate<Decision> shown) {
    return new PlanSink() {
      @Override
      public void begin(PlanHeader header) throws IOException {
        PlanOutput.this.begin(header);
      }

      @Override
      public void repository(String repository, List<Decision> decisions) throws IOException {
        rows(
            repository,
            decisions.stream().filter(shown).map(decision -> new Row(decision, null)).toList());
      }

      @Override
      public void end(PlanSummary summary) throws IOException {
        PlanOutput.this.end(summary);
      }
    };
  }
}
