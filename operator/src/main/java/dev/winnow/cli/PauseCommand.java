package dev.winnow.cli;

import dev.winnow.api.RetentionPolicy;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow pause}. */
@CommandLine.Command(
    name = "pause",
    description = "Stops the schedule of a policy, or starts it again.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow pause builds",
      "  winnow pause builds --resume",
      "",
      "Sets spec.suspend. A run that is under way or awaits approval ends, as with each change of a",
      "policy; runs on request are made, and what the policy keeps stays kept.",
    })
final class PauseCommand implements Command {
  private static final String API_VERSION = "winnow.dev/policy/v1";

  @Mixin private ClusterAccess access = new ClusterAccess();

  @Parameters(paramLabel = "POLICY", description = "Name of the policy.")
  private String policy = "";

  @Option(names = "--resume", description = "Start the schedule again.")
  private boolean resume;

  @Mixin private TableOrJsonOption output = new TableOrJsonOption();

  /** What a policy's schedule is now. */
  private record Paused(
      String namespace, String name, boolean suspend, boolean changed, @Nullable String schedule) {}

  @Override
  public int run(Context context) throws CommandException, IOException {
    return access.use(context, cluster -> run(context.terminal(), cluster));
  }

  private int run(Terminal terminal, Cluster cluster) throws CommandException, IOException {
    // One that this version does not understand is paused all the same.
    RetentionPolicy.Spec spec = Cluster.spec(cluster.policy(policy)).orElse(null);
    boolean changed = spec == null || spec.suspend() == resume;
    if (changed) {
      cluster
          .policyAt(policy)
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withFieldManager("winnow")
                  .build(),
              "{\"spec\":{\"suspend\":" + !resume + "}}");
    }
    if (output.isJson()) {
      Paused now =
          new Paused(
              cluster.namespace(), policy, !resume, changed, spec == null ? null : spec.schedule());
      ClusterJson.print(terminal, API_VERSION, "Policy", now);
    } else {
      terminal.out().println("policy " + policy + " " + words(changed));
    }
    if (spec != null && spec.schedule() == null) {
      terminal.warn("policy " + policy + " has no schedule: it runs on request only");
    }
    return Exit.DONE;
  }

  private String words(boolean changed) {
    if (changed) {
      return resume ? "resumed" : "paused";
    }
    return resume ? "was not paused" : "was paused already";
  }
}
