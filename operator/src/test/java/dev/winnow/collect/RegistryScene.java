package dev.winnow.collect;

import dev.winnow.api.Registry;
import dev.winnow.api.SeenWriters;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.StoredSpec;
import dev.winnow.controller.OperatorWorld;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;

/**
 * A registry's objects in a namespace of a real API server without a kubelet: the test says what
 * that would. Looks are done with the operator's rights, at a time that the test says.
 */
final class RegistryScene implements AutoCloseable, InstantSource {
  /** After all that the API server's own clock says. */
  static final Instant START = Instant.parse("2100-01-01T00:00:00Z");

  private final OperatorWorld world = new OperatorWorld();
  private final KubernetesClient operator =
      Kubernetes.client(world.server().configAs(world.namespace(), "winnow-operator"));
  private ClusterWorkloads workloads = open();
  private Instant now = START;

  private ClusterWorkloads open() {
    return new ClusterWorkloads(operator, this, namespace -> {});
  }

  @Override
  public Instant instant() {
    return now;
  }

  /** Lets time pass. */
  RegistryScene after(Duration time) {
    now = now.plus(time);
    return this;
  }

  OperatorWorld world() {
    return world;
  }

  KubernetesClient operator() {
    return operator;
  }

  RegistryScene apply(String yaml) {
    world.apply(yaml);
    return this;
  }

  /** A claim named registry. */
  RegistryScene claim(String mode) {
    return apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: registry}
        spec: {accessModes: [%s], resources: {requests: {storage: 1Gi}}}
        """
            .formatted(mode));
  }

  /** A Registry main whose storage has these fields besides its claim and Deployment. */
  RegistryScene registry(String fields) {
    world.registry(
        "http://registry:5000",
        ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}"
            + fields
            + "}");
    return this;
  }

  /** A Deployment of a pod such as {@link #pod} makes. */
  RegistryScene deployment(String container) {
    return apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: registry}
        spec:
          selector: {matchLabels: {app: registry}}
          template:
            metadata: {labels: {app: registry}}
            spec: %s
        """
            .formatted(spec(container)));
  }

  /** The controller says that all pods of the Deployment are as its template wants. */
  RegistryScene rolledOut() {
    world.bare().rolledOut();
    return this;
  }

  Deployment deployment() {
    return world.bare().deployment();
  }

  /** A pod with a container named registry and these fields. */
  RegistryScene pod(String name, String container) {
    return apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {app: registry}}
        spec: %s
        """
            .formatted(name, spec(container)));
  }

  /** As if the Deployment's controllers had made the pod. */
  RegistryScene owned(String pod) {
    world
        .admin()
        .pods()
        .inNamespace(world.namespace())
        .withName(pod)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
             "name": "registry", "uid": "%s", "controller": true}]}}
            """
                .formatted(deployment().getMetadata().getUid()));
    return this;
  }

  private static String spec(String container) {
    return """
    {nodeName: node-1, containers: [{name: registry, volumeMounts: [{name: data, mountPath: /var/lib/registry}, {name: config, mountPath: /config}], %s}], volumes: [{name: data, persistentVolumeClaim: {claimName: registry}}, {name: config, configMap: {name: config, optional: true}}]}\
    """
        .formatted(container);
  }

  /** The kubelet says that a pod's container runs since then. */
  RegistryScene runs(String pod, String id, Instant since) {
    world.bare().address(pod, "10.0.0.1");
    world.bare().runs(pod, id, since);
    return this;
  }

  /** The kubelet says that a pod's container has ended. */
  RegistryScene ends(String pod, String id) {
    world.bare().ends(pod, id, now);
    return this;
  }

  /** Takes a pod from the API server without a word of its containers. */
  RegistryScene forget(String pod) {
    world.bare().forget(pod);
    return this;
  }

  RegistryScene annotate(String key, String value) {
    world
        .admin()
        .resources(RegistryResource.class)
        .inNamespace(world.namespace())
        .withName("main")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"" + key + "\":\"" + value + "\"}}}");
    return this;
  }

  RegistryResource resource() {
    return world
        .admin()
        .resources(RegistryResource.class)
        .inNamespace(world.namespace())
        .withName("main")
        .require();
  }

  /** What is stored. */
  SeenWriters stored() {
    return Objects.requireNonNull(resource().getStatus().writers());
  }

  /** More containers were seen than are stored. */
  void overflow() {
    world
        .admin()
        .resources(RegistryResource.class)
        .inNamespace(world.namespace())
        .withName("main")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\":{\"writers\":{\"incomplete\":true}}}");
  }

  Reading look() {
    RegistryResource registry = resource();
    return workloads.look(registry, ((StoredSpec.Known<Registry.Spec>) registry.getSpec()).value());
  }

  /** Ends whoever looks and starts another one. */
  RegistryScene restart() {
    return restart(() -> {});
  }

  /** The same, with something that happens while nobody looks. */
  RegistryScene restart(Runnable meanwhile) {
    workloads.close();
    meanwhile.run();
    workloads = open();
    return this;
  }

  @Override
  public void close() {
    workloads.close();
    operator.close();
    world.close();
  }
}
