package dev.winnow.cli;

import dev.winnow.api.Condition;
import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.Mode;
import dev.winnow.api.RetentionRun;
import dev.winnow.cluster.CreatedAt;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code winnow run}. */
@CommandLine.Command(
    name = "run",
    description = "Has the operator run a policy now.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow run builds",
      "  winnow run builds --mode Preview --wait",
      "  winnow run builds --wait --name tonight && winnow report tonight",
      "",
      "With --wait the status is 0 when the run succeeded, 1 when it failed, 3 when it awaits",
      "approval or was cancelled. Ctrl-C ends the waiting and not the run.",
    })
final class RunCommand implements Command {
  private static final int LONGEST_PREFIX = 40;

  @Mixin private ClusterAccess access = new ClusterAccess();

  @Parameters(paramLabel = "POLICY", description = "Name of the policy.")
  private String policy = "";

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "${COMPLETION-CANDIDATES}; default: the policy's, and never further than that.")
  private @Nullable Mode mode;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the run; default: the policy's and some letters.")
  private @Nullable String name;

  @Option(names = "--wait", description = "Wait until the run has ended or awaits approval.")
  private boolean wait;

  @Mixin private TableOrJsonOption output = new TableOrJsonOption();

  @Override
  public int run(Context context) throws CommandException, IOException {
    return access.use(context, cluster -> run(context, cluster));
  }

  private int run(Context context, Cluster cluster) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    check(terminal, cluster.policy(policy));
    RunView run = create(cluster, context.clock());
    if (!wait) {
      show(terminal, run, "created");
      return Exit.DONE;
    }
    RunView ended = new RunWait(context, cluster).until(run.name());
    show(terminal, ended, ended.phase() + ": " + ended.message());
    return switch (ended.phase()) {
      case Succeeded -> Exit.DONE;
      case AwaitingApproval -> {
        terminal.out().flush();
        terminal.say("Awaits approval: " + context.name() + " approve " + ended.options());
        yield Exit.REFUSED;
      }
      case Cancelled -> Exit.REFUSED;
      case Failed, Pending, Planning, Applying -> Exit.FAILED;
    };
  }

  private void show(Terminal terminal, RunView run, String what) throws IOException {
    if (output.isJson()) {
      ClusterJson.print(terminal, run);
    } else {
      terminal.out().println("run " + run.name() + " " + what);
    }
  }

  /** What the operator would refuse need not be created. */
  private void check(Terminal terminal, RetentionPolicyResource resource) throws CommandException {
    Mode most = Cluster.spec(resource).map(RetentionPolicy.Spec::mode).orElse(Mode.Enforce);
    if (mode != null && mode.compareTo(most) > 0) {
      throw new CommandException(
          Exit.REFUSED,
          "--mode "
              + mode
              + " goes further than policy "
              + policy
              + ", whose spec.mode is "
              + most
              + " (ModeNotAllowed); change the policy first");
    }
    if (resource.getStatus() != null) {
      Condition.find(resource.getStatus().conditions(), "Ready")
          .filter(ready -> ready.status() == Condition.Status.False)
          .ifPresent(ready ->
              terminal.warn(
                  "policy "
                      + policy
                      + " is not ready: "
                      + ready.reason()
                      + ": "
                      + ready.message()));
    }
  }

  private RunView create(Cluster cluster, InstantSource clock) throws CommandException {
    ObjectMeta metadata = new ObjectMeta();
    metadata.setNamespace(cluster.namespace());
    metadata.setAnnotations(CreatedAt.now(clock));
    if (name == null) {
      metadata.setGenerateName(
          policy
                  .substring(0, Math.min(policy.length(), LONGEST_PREFIX))
                  .replaceAll("[^a-z0-9]+$", "")
              + "-");
    } else {
      metadata.setName(ObjectNames.object(name));
    }
    RetentionRunResource run = new RetentionRunResource();
    run.setMetadata(metadata);
    run.setSpec(
        new StoredSpec.Known<>(
            new RetentionRun.Spec(new Registry.NameRef(policy), mode, null, null)));
    try {
      return RunView.of(Objects.requireNonNull(cluster.client().resource(run).create()));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        throw new CommandException(
            Exit.FAILED, "there is a run " + name + " already; choose another --name");
      }
      throw e;
    }
  }
}
