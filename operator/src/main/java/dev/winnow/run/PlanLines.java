package dev.winnow.run;

import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hands a plan that another process makes to a sink as if it were made here: from the JSON lines
 * that it writes, without those of what stays. What is not whole, or of something else, is refused.
 */
public final class PlanLines {
  private final Run run;
  private final PlanSink sink;
  private final PlanDigest digest;
  private final List<Decision> decisions = new ArrayList<>();
  private @Nullable String repository;
  private boolean begun;
  private long deletions;
  private long skips;
  private @Nullable PlanSummary summary;

  /**
   * @param run what is planned
   */
  public PlanLines(Run run, PlanSink sink) {
    this.run = run;
    this.sink = sink;
    this.digest = run.newDigest();
  }

  /**
   * Takes a line.
   *
   * @throws IOException when it is not what comes next in this plan, or the sink fails
   */
  public void line(String line) throws IOException {
    PlanReader.read(
        new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)),
        new PlanReader.Reader() {
          @Override
          public void header(String kind, PlanHeader header) throws IOException {
            begin(header);
          }

          @Override
          public void decision(String repository, Decision decision) throws IOException {
            add(repository, decision);
          }

          @Override
          public void summary(PlanSummary told) throws IOException {
            end(told);
          }

          @Override
          public void digest(String claimed) {}
        });
  }

  /** How many deletions there are so far. */
  public long deletions() {
    return deletions;
  }

  /** What it comes to; null before its last line. */
  public @Nullable PlanSummary summary() {
    return summary;
  }

  private void begin(PlanHeader header) throws IOException {
    if (begun || !header.at().equals(run.header().at())) {
      throw new IOException("not this plan: it is of policy " + header.policy());
    }
    begun = true;
    sink.begin(run.header());
  }

  private void add(String of, Decision decision) throws IOException {
    if (!begun || summary != null) {
      throw new IOException("not a whole plan: a decision stands outside of it");
    }
    if (!of.equals(repository)) {
      flush();
      repository = of;
    }
    decisions.add(decision);
    if (decision.action() == Action.Delete && decision.digest() != null) {
      deletions++;
      digest.delete(of, decision.tag(), decision.digest());
    } else if (decision.action() == Action.Skip) {
      skips++;
    }
  }

  private void flush() throws IOException {
    if (repository != null) {
      sink.repository(repository, List.copyOf(decisions));
      decisions.clear();
    }
  }

  /** Lines may have been lost on the way, as with a log that is rotated. */
  private void end(PlanSummary told) throws IOException {
    if (!begun || told.delete() != deletions || told.skip() != skips) {
      throw new IOException(
          "not a whole plan: of "
              + told.delete()
              + " deletions and "
              + told.skip()
              + " skips "
              + deletions
              + " and "
              + skips
              + " arrived");
    }
    flush();
    summary = told.named(digest.finish());
    sink.end(summary);
  }
}
