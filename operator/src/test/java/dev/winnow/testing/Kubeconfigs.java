package dev.winnow.testing;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
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
}
