package dev.winnow.cli;

import dev.winnow.cluster.PlanStore;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Decision;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanReader;
import dev.winnow.run.Planned;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a run stored of its plan and of what became of it. */
final class StoredRun {
  private final Cluster cluster;
  private final RunView run;

  StoredRun(Cluster cluster, RunView run) {
    this.cluster = cluster;
    this.run = run;
  }

  /**
   * What became of a deletion.
   *
   * @param decision the decision as the result has it
   */
  record Outcome(Decision decision, Applied applied) {}

  /** Takes the lines of a plan. */
  interface Line {
    void accept(String repository, Decision decision) throws IOException;
  }

  /** Whether it is known what became of each tag. */
  boolean hasOutcomes() {
    return !names(PlanStore.RESULT).isEmpty();
  }

  /** Gives the plan's deletions and skips, in byte order. */
  void plan(Line into) throws IOException {
    read(
        PlanStore.PLAN,
        new Reader() {
          @Override
          public void decision(String repository, Decision decision) throws IOException {
            into.accept(repository, decision);
          }
        });
  }

  /** What became of the plan's deletions. */
  Map<Planned, Outcome> outcomes() throws IOException {
    Map<Planned, Outcome> outcomes = new HashMap<>();
    read(
        PlanStore.RESULT,
        new Reader() {
          @Override
          public void applied(String repository, Decision decision, Applied applied) {
            Digest digest = decision.digest();
            if (digest != null) {
              outcomes.put(
                  new Planned(repository, decision.tag(), digest), new Outcome(decision, applied));
            }
          }
        });
    return outcomes;
  }

  private List<String> names(String kind) {
    return PlanStore.of(run.status().reports(), kind);
  }

  private void read(String kind, PlanReader.Reader reader) throws IOException {
    List<String> names = names(kind);
    if (!names.isEmpty()) {
      try (InputStream lines = cluster.store().read(run.namespace(), names)) {
        PlanReader.read(lines, reader);
      }
    }
  }

  /** Lines have neither a header nor a trailer. */
  private abstract static class Reader implements PlanReader.Reader {
    @Override
    public void decision(String repository, Decision decision) throws IOException {}
  }
}
