package dev.winnow.cli;

import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.run.Applied;
import dev.winnow.run.Applier;
import dev.winnow.run.PlanTotals;
import dev.winnow.run.Planned;
import dev.winnow.run.RepositoryPlan;
import dev.winnow.run.Run;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One policy's plan while a command applies it. */
final class Application implements AutoCloseable {
  private final Inputs.Work work;
  private final Session session;
  private final Spool spool;
  private final Applier applier;
  private final Map<Planned, Applied> outcomes = new HashMap<>();

  Application(Inputs.Work work, Session session, Terminal terminal) throws IOException {
    this.work = work;
    this.session = session;
    this.spool = new Spool();
    this.applier = new Applier(session.run(), session.source(), terminal.progress("deleting"));
  }

  Inputs.Work work() {
    return work;
  }

  Run run() {
    return session.run();
  }

  Spool spool() {
    return spool;
  }

  /** Lets deletions under way end and starts no more. */
  void stop(String why) {
    applier.stop(why);
    session.guard().stop(why);
  }

  /** Shows what a person is asked about; on standard error, since the data is the result. */
  void show(Terminal terminal) throws IOException {
    try (PlanOutput plan = new TableOutput(terminal.err(), false, false)) {
      plan.begin(spool.header());
      spool.replay((repository, decisions) ->
          plan.rows(repository, decisions.stream().map(d -> new PlanOutput.Row(d, null)).toList()));
      plan.end(spool.summary());
    }
  }

  /** Deletes; whatever happens, each deletion has an outcome afterwards. */
  void apply() {
    if (spool.deletions().isEmpty()) {
      return;
    }
    session.guard().allow(spool.deletions());
    Optional<String> refusal = refusal();
    if (refusal.isPresent()) {
      spool.deletions().forEach(each -> outcomes.put(each, Applied.failed(refusal.get())));
    } else {
      outcomes.putAll(applier.apply(spool.deletions()));
    }
  }

  private Optional<String> refusal() {
    try {
      return session.source().refusesDeletion(spool.deletions().getFirst().repository());
    } catch (InterruptedIOException e) {
      stop("interrupted");
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Writes what became of the plan; the result is the exit status.
   *
   * @param remarks takes what there is to say besides
   */
  int report(PlanOutput results, Remarks remarks) throws IOException {
    results.begin(spool.header());
    PlanTotals totals = new PlanTotals(run());
    spool.replay((repository, decisions) -> {
      List<PlanOutput.Row> rows = new ArrayList<>();
      decisions.forEach(decision -> rows.add(row(repository, decision, remarks)));
      results.rows(repository, rows);
      totals.add(
          new RepositoryPlan(
              repository,
              run().rules().policy().selects(repository),
              rows.stream().map(PlanOutput.Row::decision).toList(),
              null,
              0,
              null));
    });
    results.end(totals.summary().of(spool.summary()));
    boolean incomplete =
        outcomes.values().stream()
            .anyMatch(applied ->
                applied.outcome() == Applied.Result.Failed
                    || (applied.outcome() == Applied.Result.Skipped && applied.reason() == null));
    return incomplete || !spool.summary().unreadable().isEmpty() ? Exit.FAILED : Exit.DONE;
  }

  private PlanOutput.Row row(String repository, Decision decision, Remarks remarks) {
    if (decision.action() != Action.Delete || decision.digest() == null) {
      return new PlanOutput.Row(decision, null);
    }
    Planned planned = new Planned(repository, decision.tag(), decision.digest());
    Applied applied = outcomes.getOrDefault(planned, Applied.notTried("not tried"));
    remarks.add(run().hostPort(), planned, applied);
    return new PlanOutput.Row(applied.of(decision), applied);
  }

  /** Leaves no file behind when the process ends without a close. */
  void discard() {
    spool.discard();
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
