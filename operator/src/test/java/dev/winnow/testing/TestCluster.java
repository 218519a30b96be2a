package dev.winnow.testing;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A real Kubernetes cluster, whose kubelet runs pods. Which one {@code WINNOW_TEST_CLUSTER} says:
 * {@code existing}, {@code k3s} or {@code local}; {@code auto}, the default, is the first of them
 * that can be had.
 */
public interface TestCluster extends AutoCloseable {
  /** Starts one, or fails with the reasons why none can be had; returns when it is ready. */
  static TestCluster start() {
    Map<String, String> environment = System.getenv();
    return ClusterProvider.choose(environment).start(environment);
  }

  /** A kubeconfig with all rights. */
  Path kubeconfig();

  /** Gives the nodes an image as {@code docker save} writes it, for pods that never pull it. */
  void load(Path image);

  /** Lets the nodes pull from the registry at {@code host:port} over plain HTTP. */
  void trust(String hostPort);

  /** An address of a node, at which the tests reach node ports. */
  String nodeAddress();

  /** An address of this machine, at which pods and nodes reach servers of the tests. */
  String hostAddress();

  /** A folder that the tests and the nodes see at the same path, for host path volumes. */
  Path sharedFolder();

  /** Its node, where the tests may do to that what they like. */
  default Optional<TestNode> node() {
    return Optional.empty();
  }

  /** Ends what {@link #start} started. */
  @Override
  void close();

  /** How a client reaches it, with all rights. */
  default Config config() {
    return Kubeconfigs.read(kubeconfig());
  }

  /** How a client reaches it with the rights of a service account, whether that exists or not. */
  default Config configAs(String namespace, String serviceAccount) {
    return Kubeconfigs.as(config(), namespace, serviceAccount);
  }
}
