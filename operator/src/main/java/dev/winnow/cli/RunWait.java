package dev.winnow.cli;

import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits for a run, and tells how far it is. */
final class RunWait {
  private static final int HINT_SECONDS = 5;

  /** At one a second and more. */
  private static final int MOST_FAILURES = 300;

  private final Context context;
  private final Cluster cluster;
  private String told = "";
  private boolean hinted;

  RunWait(Context context, Cluster cluster) {
    this.context = context;
    this.cluster = cluster;
  }

  /**
   * Says that the run is there, and returns when it has ended or awaits approval.
   *
   * @throws CommandException when it is deleted
   */
  RunView until(String name) throws CommandException, IOException {
    Terminal terminal = context.terminal();
    context
        .interrupts()
        .onInterrupt(() -> {
          terminal.warn(
              "interrupted; run "
                  + name
                  + " goes on in the cluster: "
                  + context.name()
                  + " report "
                  + name
                  + " -n "
                  + cluster.namespace());
          Interrupts.endAtOnce();
        });
    terminal.say("run " + name + " created");
    int failures = 0;
    while (true) {
      try {
        RetentionRunResource run =
            cluster.runAt(name).waitUntilCondition(this::isOver, HINT_SECONDS, TimeUnit.SECONDS);
        if (run == null) {
          throw new CommandException(Exit.FAILED, "run " + name + " was deleted");
        }
        return RunView.of(run);
      } catch (KubernetesClientTimeoutException e) {
        failures = 0;
        hint(name);
      } catch (KubernetesClientException e) {
        failures++;
        if (!ClusterFailure.mayPass(e) || failures > MOST_FAILURES) {
          throw e;
        }
        pause(failures);
      }
    }
  }

  private void hint(String name) {
    if (!hinted && told.isEmpty()) {
      context.terminal().warn("no operator has looked at run " + name + " yet; is one running?");
      hinted = true;
    }
  }

  /** An API server may be started again while a long run is waited for. */
  private void pause(int failures) throws InterruptedIOException {
    if (failures == 1) {
      context.terminal().warn("the cluster does not answer; waiting for it");
    }
    try {
      context.retry().pause().pause(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  private boolean isOver(@Nullable RetentionRunResource run) {
    if (run == null) {
      return true;
    }
    RunView now = RunView.of(run);
    if (run.getStatus() != null) {
      tell(now);
    }
    return now.phase().isEnd() || now.phase() == Phase.AwaitingApproval;
  }

  /** A change of phase stays on the screen, what it is at passes. */
  private synchronized void tell(RunView run) {
    if (!told.equals(run.phase().name()) && !run.phase().isEnd()) {
      context.terminal().say(run.phase() + (run.progress() == null ? "" : ": " + run.progress()));
    } else if (run.progress() != null) {
      context.terminal().note(run.phase() + ": " + run.progress());
    }
    told = run.phase().name();
  }
}
