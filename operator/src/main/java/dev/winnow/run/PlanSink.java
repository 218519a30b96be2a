package dev.winnow.run;

import dev.winnow.retention.Decision;
import java.io.IOException;
import java.util.List;

/** Takes a plan while it is made, repository by repository in byte order. */
public interface PlanSink {
  /** Once, before all else. */
  void begin(PlanHeader header) throws IOException;

  /** The decisions of one repository, in byte order of their tags. */
  void repository(String repository, List<Decision> decisions) throws IOException;

  /** Once, at the end; a plan without it is not whole. */
  void end(PlanSummary summary) throws IOException;

  /** Hands everything to several sinks. */
  static PlanSink both(PlanSink first, PlanSink second) {
    return new PlanSink() {
      @Override
      public void begin(PlanHeader header) throws IOException {
        first.begin(header);
        second.begin(header);
      }

      @Override
      public void repository(String repository, List<Decision> decisions) throws IOException {
        first.repository(repository, decisions);
        second.repository(repository, decisions);
      }

      @Override
      public void end(PlanSummary summary) throws IOException {
        first.end(summary);
        second.end(summary);
      }
    };
  }
}
