package dev.winnow.cli;

import dev.winnow.api.Condition;
import dev.winnow.api.Registry;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planned;
import dev.winnow.storage.Reasons;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts together what a run stored, in the form in which plans and results are written. */
final class RunReport {
  private final Terminal terminal;
  private final Cluster cluster;

  RunReport(Terminal terminal, Cluster cluster) {
    this.terminal = terminal;
    this.cluster = cluster;
  }

  /** Writes it; the result is the exit status. */
  int print(RunView run, OutputFormat format) throws IOException {
    StoredRun stored = new StoredRun(cluster, run);
    RetentionRunStatus.Result result = run.result();
    boolean lost =
        result != null && result.deleted() + result.failed() > 0 && !stored.hasOutcomes();
    PlanHeader header = header(run);
    int status = lost ? Exit.FAILED : Exit.DONE;
    try (PlanOutput out =
        format.open(
            terminal,
            result != null && !lost,
            false,
            false,
            json -> ClusterJson.writeField(json, run))) {
      try {
        write(run, stored, lost ? null : result, header, out);
      } catch (OutputLostException e) {
        throw e;
      } catch (IOException e) {
        out.fail(header, Reasons.text(e));
        terminal.warn("what run " + run.name() + " stored cannot be read: " + Reasons.text(e));
        status = Exit.FAILED;
      }
    }
    if (format == OutputFormat.table) {
      text(run);
    }
    if (lost) {
      terminal.warn("what became of each tag was not stored; this is the plan, and the counts");
    }
    return status;
  }

  private static void write(
      RunView run,
      StoredRun stored,
      RetentionRunStatus.@Nullable Result result,
      PlanHeader header,
      PlanOutput out)
      throws IOException {
    RetentionRunStatus.Plan plan = run.plan();
    if (plan == null) {
      out.fail(header, ("the run has no plan: " + run.phase() + " " + run.news()).strip());
      return;
    }
    out.begin(header);
    Map<Reason, Long> reasons = reasons(plan);
    Map<Planned, StoredRun.Outcome> outcomes = stored.outcomes();
    Spool.Grouping grouping =
        new Spool.Grouping((repository, decisions) -> {
          List<PlanOutput.Row> rows = new ArrayList<>();
          for (Decision planned : decisions) {
            PlanOutput.Row row =
                result == null
                    ? new PlanOutput.Row(planned, null)
                    : row(repository, planned, outcomes);
            reasons.merge(planned.reason(), -1L, Long::sum);
            reasons.merge(row.decision().reason(), 1L, Long::sum);
            rows.add(row);
          }
          out.rows(repository, rows);
        });
    stored.plan(grouping::decision);
    grouping.flush();
    reasons.values().removeIf(count -> count <= 0);
    out.end(summary(plan, result, reasons));
  }

  private static PlanOutput.Row row(
      String repository, Decision planned, Map<Planned, StoredRun.Outcome> outcomes) {
    if (planned.action() != Action.Delete || planned.digest() == null) {
      return new PlanOutput.Row(planned, null);
    }
    StoredRun.Outcome outcome =
        outcomes.get(new Planned(repository, planned.tag(), planned.digest()));
    return outcome == null
        ? new PlanOutput.Row(planned.skipped(), Applied.notTried("not tried"))
        : new PlanOutput.Row(outcome.decision(), outcome.applied());
  }

  private static Map<Reason, Long> reasons(RetentionRunStatus.Plan plan) {
    Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
    for (Reason reason : Reason.values()) {
      Long count = plan.reasons().get(reason.name());
      if (count != null) {
        reasons.put(reason, count);
      }
    }
    return reasons;
  }

  private static PlanSummary summary(
      RetentionRunStatus.Plan plan,
      RetentionRunStatus.@Nullable Result result,
      Map<Reason, Long> reasons) {
    return new PlanSummary(
        Math.toIntExact(plan.repositories()),
        plan.tags(),
        plan.keep(),
        result == null ? plan.delete() : result.deleted(),
        result == null
            ? plan.skip()
            : plan.skip() + result.skipped() + result.deferred() + result.failed(),
        plan.reclaimableBytes(),
        reasons,
        plan.selectsNothing(),
        0,
        plan.waiting() == null ? 0 : plan.waiting(),
        Map.of(), // how many there are is told by the run's condition, and which
        plan.digest());
  }

  private PlanHeader header(RunView run) {
    RetentionRunStatus status = run.status();
    String registry = status.policy() == null ? "" : status.policy().registryRef().name();
    String hostPort = status.registry() == null ? "" : status.registry();
    return new PlanHeader(
        String.valueOf(run.policy()),
        registry,
        url(registry, hostPort),
        run.plan() != null
            ? run.plan().time()
            : run.started() != null ? run.started() : run.created());
  }

  /** The address of the registry, as long as it is still the one of the run. */
  private String url(String name, String hostPort) {
    try {
      RegistryResource registry =
          name.isEmpty()
              ? null
              : cluster
                  .client()
                  .resources(RegistryResource.class)
                  .inNamespace(cluster.namespace())
                  .withName(name)
                  .get();
      String url =
          registry == null ? "" : Cluster.spec(registry).map(Registry.Spec::url).orElse("");
      return !url.isEmpty() && Inputs.hostPort(url).equals(hostPort) ? url : hostPort;
    } catch (KubernetesClientException | IllegalArgumentException e) {
      return hostPort; // who may read runs need not be allowed to read registries
    }
  }

  private void text(RunView run) {
    if (run.plan() != null) {
      terminal.out().println();
    }
    terminal
        .out()
        .printf(
            "Run %s in namespace %s: %s%s%n",
            run.name(),
            run.namespace(),
            run.phase(),
            run.progress() == null ? "" : ", " + run.progress());
    for (Condition condition : run.conditions()) {
      terminal
          .out()
          .printf(
              "  %s=%s %s: %s%n",
              condition.type(), condition.status(), condition.reason(), condition.message());
    }
  }
}
