package dev.winnow.testing;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What controllers and kubelets would say in a namespace of an API server that has none: of a
 * Deployment named registry, and of pods with a container of that name.
 */
public record BareCluster(KubernetesClient client, String namespace) {
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private RollableScalableResource<Deployment> registry() {
    return client.apps().deployments().inNamespace(namespace).withName("registry");
  }

  /** The Deployment as it is now. */
  public Deployment deployment() {
    return registry().require();
  }

  /** Merges this into the Deployment. */
  public void patchDeployment(String json) {
    registry().patch(MERGE, json);
  }

  /** The controller says that its only pod is as the template wants. */
  public void rolledOut() {
    rolledOut(1);
  }

  /**
   * And so many pods of it are ready.
   *
   * @param ready 0 or 1
   */
  public void rolledOut(int ready) {
    registry()
        .subresource("status")
        .patch(
            MERGE,
            """
            {"status": {"observedGeneration": %1$d, "replicas": 1, "updatedReplicas": 1,
             "readyReplicas": %2$d, "availableReplicas": %2$d}}
            """
                .formatted(deployment().getMetadata().getGeneration(), ready));
  }

  /** The kubelet says that a pod's container runs since then. */
  public void runs(String pod, String id, Instant since) {
    String started = since.truncatedTo(ChronoUnit.SECONDS).toString();
    says(pod, id, "{\"running\": {\"startedAt\": \"%s\"}}".formatted(started));
  }

  /** The kubelet says that a pod's container has ended. */
  public void ends(String pod, String id, Instant at) {
    says(
        pod,
        id,
        """
        {"terminated": {"exitCode": 0, "containerID": "%s", "finishedAt": "%s"}}\
        """
            .formatted(id, at));
  }

  /** The kubelet says where a pod can be reached. */
  public void address(String pod, String ip) {
    status(
        pod,
        """
        {"status": {"podIP": "%1$s", "podIPs": [{"ip": "%1$s"}]}}
        """
            .formatted(ip));
  }

  private void says(String pod, String id, String state) {
    status(
        pod,
        """
        {"status": {"phase": "Running", "containerStatuses": [
          {"name": "registry", "ready": true, "restartCount": 0, "image": "i", "imageID": "i",
           "containerID": "%s", "state": %s}]}}
        """
            .formatted(id, state));
  }

  private void status(String pod, String json) {
    client.pods().inNamespace(namespace).withName(pod).subresource("status").patch(MERGE, json);
  }

  /** Takes a pod from the API server without a word of its containers. */
  public void forget(String pod) {
    client.pods().inNamespace(namespace).withName(pod).withGracePeriod(0).delete();
  }
}
