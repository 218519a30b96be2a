package dev.winnow.cli;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.run.PlanDigest;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Shows a person what there is to approve; on standard error, since the data is the result. */
final class ApprovalText {
  private static final int SHOWN = 20;

  private final Terminal terminal;
  private final String report;
  private final Cluster cluster;

  ApprovalText(Context context, Cluster cluster) {
    this.terminal = context.terminal();
    this.report = context.name() + " report";
    this.cluster = cluster;
  }

  private record Deletion(String repository, Decision decision) {}

  /**
   * Shows the plan.
   *
   * @throws CommandException when what is stored is not the plan of the digest
   */
  void show(RunView run, RetentionRunStatus.Plan plan) throws CommandException, IOException {
    List<Deletion> first = read(run, plan);
    terminal.say(
        "Run "
            + run.name()
            + " of policy "
            + run.policy()
            + " on registry "
            + run.registry()
            + ", ages as of "
            + plan.time());
    terminal.say(run.news());
    terminal.say("");
    deletions(first, plan.delete());
    Table most = new Table(terminal.err(), "LOSES MOST", "TAGS");
    run.mostDeleted().forEach(each -> most.row(each.repository(), String.valueOf(each.delete())));
    most.end();
    terminal.say("");
    terminal.say(
        "%d tags in %d repositories: %d to delete, %d skipped, %d stay."
            .formatted(plan.tags(), plan.repositories(), plan.delete(), plan.skip(), plan.keep()));
    if (plan.reclaimableBytes() != null) {
      terminal.say(
          "That frees about " + Sizes.of(plan.reclaimableBytes()) + " once it is collected.");
    }
    terminal.say(
        "Reasons: "
            + plan.reasons().entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", ")));
    terminal.say("Plan digest: " + plan.digest());
  }

  private void deletions(List<Deletion> first, long all) {
    Table table =
        new Table(
            terminal.err(), "REPOSITORY", "TAG", "REASON", "RULE", "CREATED", "SIZE", "DIGEST");
    for (Deletion each : first) {
      Decision decision = each.decision();
      table.row(
          each.repository(),
          decision.tag(),
          decision.reason().name(),
          decision.rule() == null ? "-" : decision.rule(),
          Times.minute(decision.created()),
          Sizes.of(decision.bytes()),
          TableOutput.digest(decision.digest()));
    }
    table.end();
    if (all > first.size() && !first.isEmpty()) {
      terminal.say("and " + (all - first.size()) + " more; " + report + " shows them all");
    }
    terminal.say("");
  }

  /** The first deletions; all are read, to know that they are those of the digest. */
  private List<Deletion> read(RunView run, RetentionRunStatus.Plan plan)
      throws CommandException, IOException {
    RetentionRunStatus status = run.status();
    PlanDigest digest =
        new PlanDigest(
            String.valueOf(status.registry()),
            String.valueOf(status.policyUid()),
            String.valueOf(status.policyGeneration()));
    List<Deletion> first = new ArrayList<>();
    try {
      new StoredRun(cluster, run)
          .plan((repository, decision) -> {
            if (decision.action() == Action.Delete && decision.digest() != null) {
              digest.delete(repository, decision.tag(), decision.digest());
              if (first.size() < SHOWN) {
                first.add(new Deletion(repository, decision));
              }
            }
          });
    } catch (KubernetesClientException e) {
      if (!ClusterFailure.isForbidden(e)) {
        throw e;
      }
      terminal.warn("the deletions cannot be shown one by one: " + ClusterFailure.said(e));
      return List.of();
    }
    if (!digest.finish().equals(plan.digest())) {
      throw new CommandException(
          Exit.REFUSED,
          "what is stored with run "
              + run.name()
              + " is not the plan of its digest; nothing was approved. Make a new plan with winnow"
              + " run "
              + run.policy());
    }
    return first;
  }
}
