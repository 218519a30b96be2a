package dev.winnow.cli;

import dev.winnow.retention.Decision;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * A sink that ends the planning when the stream behind it takes no more: a print stream keeps that
 * to itself.
 *
 * @param sink takes the plan
 * @param stream what the sink writes to in the end
 */
record WatchedSink(PlanSink sink, PrintStream stream) implements PlanSink {
  @Override
  public void begin(PlanHeader header) throws IOException {
    sink.begin(header);
  }

  @Override
  public void repository(String repository, List<Decision> decisions) throws IOException {
    sink.repository(repository, decisions);
    if (stream.checkError()) {
      throw new OutputLostException();
    }
  }

  @Override
  public void end(PlanSummary summary) throws IOException {
    sink.end(summary);
  }
}
