package dev.winnow.cli;

import dev.winnow.oci.Digest;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSummary;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Plans or results as a table that people read: what goes, what is passed over, and a summary. */
final class TableOutput implements PlanOutput {
  private static final int SHORT_DIGEST = "sha256:".length() + 12;

  private final PrintStream out;
  private final boolean result;
  private final boolean all;
  private @Nullable Table table;
  private boolean second;
  private long failed;

  /**
   * @param result whether plans are shown, or what became of them
   * @param all whether tags that stay are shown too
   */
  TableOutput(PrintStream out, boolean result, boolean all) {
    this.out = out;
    this.result = result;
    this.all = all;
  }

  @Override
  public void begin(PlanHeader header) {
    if (second) {
      out.println();
    }
    second = true;
    failed = 0;
    out.printf(
        "Policy %s on registry %s (%s), ages as of %s%n%n",
        header.policy(), header.registry(), header.url(), header.at());
    String action = result ? "OUTCOME" : "ACTION";
    table =
        new Table(out, "REPOSITORY", "TAG", action, "REASON", "RULE", "CREATED", "SIZE", "DIGEST");
  }

  @Override
  public void rows(String repository, List<Row> rows) {
    Table rowsOf = Objects.requireNonNull(table);
    for (Row row : rows) {
      Decision decision = row.decision();
      if (!all && decision.action() == Action.Keep && row.applied() == null) {
        continue;
      }
      if (row.applied() != null && row.applied().outcome() == Applied.Result.Failed) {
        failed++;
      }
      rowsOf.row(
          repository,
          decision.tag(),
          action(row),
          decision.reason().name(),
          decision.rule() == null ? "-" : decision.rule(),
          Times.minute(decision.created()),
          Sizes.of(decision.bytes()),
          digest(decision.digest()));
    }
  }

  /** In a result the outcome; what the plan skips already was skipped, too. */
  private String action(Row row) {
    if (row.applied() != null) {
      return row.applied().outcome().name();
    }
    Action action = row.decision().action();
    return result && action == Action.Skip ? Applied.Result.Skipped.name() : action.name();
  }

  @Override
  public void end(PlanSummary summary) {
    Objects.requireNonNull(table).end();
    if (summary.delete() + summary.skip() > 0 || all) {
      out.println();
    }
    out.printf(
        "%d tags in %d repositories: %d %s, %d skipped, %s%d stay.%n",
        summary.tags(),
        summary.repositories(),
        summary.delete(),
        result ? "deleted" : "to delete",
        summary.skip() - failed,
        failed == 0 ? "" : failed + " failed, ",
        summary.keep());
    if (!result && summary.delete() > 0) {
      out.println(
          summary.reclaimableBytes() == null
              ? "What that frees is not known: it takes manifests that the plan had no need to read."
              : "That frees about "
                  + Sizes.of(summary.reclaimableBytes())
                  + " once it is collected.");
    }
    out.println("Reasons: " + reasons(summary.reasons()));
    if (summary.waiting() > 0) {
      out.printf("The plan is full: %d more deletions wait for the next run.%n", summary.waiting());
    }
    summary.selectsNothing().forEach(name -> out.println("Selects nothing: " + name));
    summary
        .unreadable()
        .forEach((repository, why) ->
            out.println("Unreadable, all of it stays: " + repository + ": " + why));
    out.println("Plan digest: " + summary.digest());
    table = null;
  }

  @Override
  public void fail(PlanHeader header, String why) {
    if (table != null) {
      table.end();
      out.println("This is not the whole plan: " + why);
      table = null;
    }
  }

  @Override
  public void close() {
    out.flush();
  }

  private static String reasons(Map<Reason, Long> reasons) {
    return reasons.isEmpty()
        ? "none"
        : reasons.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(reason -> reason.getKey() + " " + reason.getValue())
            .collect(Collectors.joining(", "));
  }

  static String digest(@Nullable Digest digest) {
    return digest == null ? "-" : digest.text().substring(0, SHORT_DIGEST);
  }
}
