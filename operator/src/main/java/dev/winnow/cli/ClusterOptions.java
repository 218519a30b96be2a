package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.cluster.Kubernetes;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster, as kubectl has it. */
final class ClusterOptions {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The kubeconfig; default: $KUBECONFIG, else ~/.kube/config.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "The context of the kubeconfig; default: its current one.")
  private @Nullable String context;

  /** What a command does with a cluster. */
  interface Work<T> {
    T with(Cluster cluster) throws CommandException, IOException;
  }

  /** Whether somebody asked for a cluster. */
  boolean areGiven() {
    return kubeconfig != null || context != null;
  }

  /**
   * The works, with what the cluster's policies keep besides; as they are when nobody asked for a
   * cluster.
   */
  List<Inputs.Work> beside(Context winnow, List<Inputs.Work> works, Documents documents)
      throws CommandException, IOException {
    return areGiven()
        ? use(
            winnow,
            null,
            cluster -> ClusterPolicies.read(cluster, true).beside(works, documents.policies()))
        : works;
  }

  /**
   * Does something with the cluster; what it refuses is said with the next step.
   *
   * @param namespace the namespace; null for the one of the context
   */
  <T> T use(Context winnow, @Nullable String namespace, Work<T> work)
      throws CommandException, IOException {
    Config config = Kubeconfig.read(kubeconfig, context, winnow.environment());
    if (namespace != null) {
      config.setNamespace(ObjectNames.namespace(namespace));
    } else if (config.getNamespace() == null || config.getNamespace().isEmpty()) {
      config.setNamespace("default");
    }
    try (Cluster cluster = new Cluster(Kubernetes.client(config), config.getNamespace())) {
      return work.with(cluster);
    } catch (KubernetesClientException e) {
      throw ClusterFailure.of(e, config.getMasterUrl());
    }
  }
}
