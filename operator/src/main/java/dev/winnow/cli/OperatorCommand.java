package dev.winnow.cli;

import dev.winnow.cluster.InstalledKinds;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.collect.CollectorSettings;
import dev.winnow.controller.OperatorSettings;
import dev.winnow.controller.WinnowOperator;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code winnow operator}. */
@CommandLine.Command(
    name = "operator",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Runs the operator: looks after Registries, RetentionPolicies, RetentionRuns and"
            + " GarbageCollections.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow operator                                  # in a pod: all namespaces",
      "  winnow operator --namespace team-a --namespace team-b",
      "  winnow operator --kubeconfig ~/.kube/config --no-leader-election",
      "",
      "Environment: WINNOW_NAMESPACES (names with commas), POD_NAME, POD_NAMESPACE, WINNOW_IMAGE (the",
      "image of collections; default: that of its own pod).",
      "On its port it answers /healthz, /readyz and /metrics.",
      "Ends by a termination signal: plans are dropped, deletions under way are ended and recorded.",
    })
final class OperatorCommand implements Command {
  /** How often it looks for the kinds, once a second. */
  private static final int LOOKS = 10;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Look after this namespace only; may be repeated. Default: all.")
  private List<String> namespaces = List.of();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The cluster; default: the pod's own, else as kubectl finds it.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--leader-election",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Lead only while holding the Lease winnow-operator; default: yes.")
  private boolean leaderElection = true;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port of health and metrics; default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; default: text on a terminal, else json.")
  private OperatorLog.@Nullable Format logFormat;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "INFO",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private Level logLevel = Level.INFO;

  @Override
  public int run(Context context) throws CommandException, IOException {
    boolean people = context.terminal().isInteractive();
    OperatorLog.start(
        logFormat != null ? logFormat : people ? OperatorLog.Format.text : OperatorLog.Format.json,
        logLevel);
    CountDownLatch end = new CountDownLatch(1);
    context.interrupts().onInterrupt(end::countDown);
    Config config = config();
    if (!awaitKinds(config, end)) {
      return Exit.DONE;
    }
    WinnowOperator operator =
        new WinnowOperator(
            Kubernetes.client(config), settings(context.environment(), config), context.clock());
    try {
      operator.start();
      LoggerFactory.getLogger(OperatorCommand.class)
          .atInfo()
          .addKeyValue("port", operator.managementPort())
          .addKeyValue("version", Version.TEXT)
          .log("the operator runs");
      end.await();
      operator.stopWork();
      return Exit.DONE;
    } catch (OperatorException e) {
      throw new CommandException(
          Exit.FAILED,
          "the operator does not start: "
              + e.getMessage()
              + "\nMay this account read Winnow's kinds in the namespaces that it looks after?");
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  /**
   * Waits for the kinds of this version, as long as the API server may need to publish what was
   * installed just now.
   *
   * @return false when it was told to end
   */
  private static boolean awaitKinds(Config config, CountDownLatch end)
      throws CommandException, InterruptedIOException {
    try (KubernetesClient client = Kubernetes.client(config)) {
      InstalledKinds kinds = new InstalledKinds(client);
      Optional<String> problem = kinds.problem();
      for (int looks = 1; problem.isPresent(); looks++) {
        if (looks == LOOKS) {
          throw new CommandException(Exit.FAILED, "the operator does not start: " + problem.get());
        }
        if (looks == 1) {
          LoggerFactory.getLogger(OperatorCommand.class).atInfo().log("waits for the kinds");
        }
        if (end.await(1, TimeUnit.SECONDS)) {
          return false;
        }
        problem = kinds.problem();
      }
      return true;
    } catch (KubernetesClientException e) {
      throw ClusterFailure.of(e, config.getMasterUrl());
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  private Config config() throws CommandException {
    if (kubeconfig == null) {
      return Config.autoConfigure(null);
    }
    if (!kubeconfig.toFile().canRead()) {
      throw new CommandException(Exit.USAGE, "--kubeconfig " + kubeconfig + " cannot be read");
    }
    try {
      return Config.fromKubeconfig(kubeconfig.toFile());
    } catch (KubernetesClientException | NullPointerException e) { // the latter where it is empty
      throw new CommandException(Exit.USAGE, "--kubeconfig " + kubeconfig + " is no kubeconfig");
    }
  }

  private OperatorSettings settings(Map<String, String> environment, Config config) {
    Set<String> all = new TreeSet<>(namespaces);
    for (String name : environment.getOrDefault("WINNOW_NAMESPACES", "").split(",", -1)) {
      if (!name.isBlank()) {
        all.add(name.strip());
      }
    }
    String own =
        environment.getOrDefault(
            "POD_NAMESPACE", config.getNamespace() == null ? "default" : config.getNamespace());
    String identity =
        environment.getOrDefault("POD_NAME", "winnow")
            + "-"
            + UUID.randomUUID().toString().substring(0, 8);
    return OperatorSettings.of(
        all, identity, leaderElection ? own : null, port, Version.TEXT, collector(environment));
  }

  private static CollectorSettings collector(Map<String, String> environment) {
    String pod = environment.get("POD_NAME");
    String namespace = environment.get("POD_NAMESPACE");
    return new CollectorSettings(
        Optional.ofNullable(environment.get("WINNOW_IMAGE")),
        pod == null || namespace == null
            ? Optional.empty()
            : Optional.of(new CollectorSettings.OwnPod(namespace, pod)),
        "1".equals(environment.get("WINNOW_TEST_FAST_TIME"))
            ? Optional.of(
                new CollectorSettings.FastTime(
                    environment.get("WINNOW_TEST_GRACE"),
                    environment.get("WINNOW_TEST_HOLD"),
                    environment.get("WINNOW_TEST_UNTAGGED"),
                    environment.get("WINNOW_TEST_MAX_READ_ONLY")))
            : Optional.empty());
  }
}
