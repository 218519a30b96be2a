package dev.winnow.testing;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;

/** Reads kubeconfigs for clients. */
final class Kubeconfigs {
  private Kubeconfigs() {}

  /** The current context of the kubeconfig. No proxy leads to a cluster on this machine. */
  static Config read(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    return new ConfigBuilder(config)
        .withHttpProxy(null)
        .withHttpsProxy(null)
        .withAutoConfigure(false)
        .build();
  }

  /** The same cluster with the rights of a service account. */
  static Config as(Config admin, String namespace, String serviceAccount) {
    return new ConfigBuilder(admin)
        .withAutoConfigure(false)
        .withImpersonateUsername("system:serviceaccount:" + namespace + ":" + serviceAccount)
        .withImpersonateGroups(
            "system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated")
        .build();
  }

  /** The address of the first node by which it is reached from outside its pods. */
  static String nodeAddress(Config config) {
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      return client.nodes().list().getItems().stream()
          .flatMap(node -> node.getStatus().getAddresses().stream())
          .filter(address -> address.getType().equals("InternalIP"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no node has an address"))
          .getAddress();
    }
  }
}
