package dev.winnow.cli;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow approve}. */
@CommandLine.Command(
    name = "approve",
    description = "Shows the plan of a run that awaits approval, asks, and approves that plan.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow approve builds-7c9kz",
      "  winnow approve builds-7c9kz --digest sha256:4f6c… --yes   # what was looked at before",
      "",
      "Approves the plan that was shown and no other: one that has changed meanwhile is refused.",
      "An approval lifts the policy's limits, too.",
    })
final class ApproveCommand implements Command {
  @Mixin private ClusterAccess access = new ClusterAccess();

  @Parameters(paramLabel = "RUN", description = "Name of the run.")
  private String name = "";

  @Option(
      names = "--digest",
      paramLabel = "DIGEST",
      description = "Approve only a plan of this digest.")
  private @Nullable String digest;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Mixin private TableOrJsonOption output = new TableOrJsonOption();

  @Override
  public int run(Context context) throws CommandException, IOException {
    if (digest != null && !digest.matches("sha256:[a-f0-9]{64}")) {
      throw new CommandException(
          Exit.USAGE, "--digest " + digest + " is no digest; write sha256: and 64 hex digits");
    }
    return access.use(context, cluster -> approve(context, cluster));
  }

  private int approve(Context context, Cluster cluster) throws CommandException, IOException {
    RunView run = cluster.run(name);
    RetentionRunStatus.Plan plan = awaiting(context, run);
    checkDigest(context, run, plan);
    boolean already = plan.digest().equals(run.approvedPlan());
    if (!already) {
      if (!yes) {
        new ApprovalText(context, cluster).show(run, plan);
        Question.ask(
            context,
            "Approve the deletion of " + plan.delete() + " tags?",
            "nothing was approved",
            () -> {});
      }
      run = write(cluster, plan.digest());
    }
    if (output.isJson()) {
      ClusterJson.print(context.terminal(), run);
    } else {
      context
          .terminal()
          .out()
          .println(
              "run "
                  + name
                  + (already ? " was approved already: " : " approved: ")
                  + plan.digest());
    }
    return Exit.DONE;
  }

  private void checkDigest(Context context, RunView run, RetentionRunStatus.Plan plan)
      throws CommandException {
    if (digest != null && !digest.equals(plan.digest())) {
      throw new CommandException(
          Exit.REFUSED,
          "the plan of run "
              + name
              + " is "
              + plan.digest()
              + " and not "
              + digest
              + "; nothing was approved. Look at it with "
              + context.name()
              + " report "
              + run.options());
    }
  }

  /** The plan that can be approved. */
  private RetentionRunStatus.Plan awaiting(Context context, RunView run) throws CommandException {
    RetentionRunStatus.Plan plan = run.plan();
    if (run.phase() == Phase.AwaitingApproval && plan != null) {
      return plan;
    }
    String next =
        switch (run.phase()) {
          case Pending, Planning ->
              "it has no plan yet; wait until " + context.name() + " runs shows it awaiting";
          case AwaitingApproval -> "its status has lost its plan; delete it and run again";
          case Applying -> "it is being applied already";
          case Succeeded, Failed, Cancelled ->
              "it has ended ("
                  + run.news()
                  + "); make a new one with "
                  + context.name()
                  + " run "
                  + run.policy()
                  + " -n "
                  + run.namespace();
        };
    throw new CommandException(
        Exit.REFUSED, "run " + name + " is " + run.phase() + " and awaits no approval: " + next);
  }

  /** The API server itself looks whether the plan is still the one that was shown. */
  private RunView write(Cluster cluster, String shown) throws CommandException {
    String patch =
        """
        [{"op":"test","path":"/status/phase","value":"AwaitingApproval"},
         {"op":"test","path":"/status/plan/digest","value":"%1$s"},
         {"op":"add","path":"/spec/approvedPlan","value":"%1$s"}]
        """
            .formatted(shown);
    try {
      RetentionRunResource written =
          cluster
              .runAt(name)
              .patch(
                  new PatchContext.Builder()
                      .withPatchType(PatchType.JSON)
                      .withFieldManager("winnow")
                      .build(),
                  patch);
      return RunView.of(Objects.requireNonNull(written));
    } catch (KubernetesClientException e) {
      if (ClusterFailure.isOutdated(e)) {
        throw new CommandException(
            Exit.REFUSED,
            "run "
                + name
                + " has changed since it was read; nothing was approved, look again ("
                + ClusterFailure.said(e)
                + ")");
      }
      throw e;
    }
  }
}
