package dev.winnow.controller;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who of several operators leads. A leader that ends lets go, so that the next one takes over at
 * once; one that was lost has nothing to let go of, and ends soon.
 */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
  private static final String LEASE = "winnow-operator";
  private static final Duration DURATION = Duration.ofSeconds(8);
  private static final Duration RENEW = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final String namespace;
  private final String identity;
  private volatile boolean leads;
  private volatile boolean lost;

  Leadership(KubernetesClient client, String namespace, String identity) {
    this.client = client;
    this.namespace = namespace;
    this.identity = identity;
  }

  LeaderElectionConfiguration configuration() {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
        .withLeaseNamespace(namespace)
        .withIdentity(identity)
        .withLeaseDuration(DURATION)
        .withRenewDeadline(RENEW)
        .withRetryPeriod(RETRY)
        .withLeaderCallbacks(
            new LeaderCallbacks(
                () -> leads = true,
                () -> lost = leads,
                holder -> LOG.atInfo().addKeyValue("leader", holder).log("there is a leader")))
        .build();
  }

  /** Whether this process led and does not any more; it has to end. */
  boolean isLost() {
    return lost;
  }

  /** Lets the next one lead at once. */
  void release() {
    if (!leads || lost) {
      return;
    }
    try {
      Lease lease = client.leases().inNamespace(namespace).withName(LEASE).get();
      if (lease != null && identity.equals(lease.getSpec().getHolderIdentity())) {
        client
            .resource(
                new LeaseBuilder(lease)
                    .editSpec()
                    .withHolderIdentity("")
                    .withLeaseDurationSeconds(1)
                    .endSpec()
                    .build())
            .update();
      }
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .setCause(e)
          .log("the lease of the leader was not released; it runs out by itself");
    }
  }
}
