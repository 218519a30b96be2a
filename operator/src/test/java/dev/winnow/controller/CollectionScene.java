package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.CollectorSettings;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A namespace with a claim and collections, on an API server without a kubelet: a Job that is made
 * stays as it is until {@link #end} says what its pod came to. Real Jobs are in the end-to-end
 * tests.
 */
final class CollectionScene implements AutoCloseable {
  static final String IMAGE = "winnow.dev/winnow:test";

  private final OperatorWorld world = new OperatorWorld();

  CollectionScene() {
    world.collector(new CollectorSettings(Optional.of(IMAGE), Optional.empty(), Optional.empty()));
    world.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: default}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec:
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 1Gi}}
        """);
  }

  OperatorWorld world() {
    return world;
  }

  /** A pod of the registry, on a node. */
  void registryPod(String securityContext) {
    world.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: registry-0, labels: {app: registry}}
        spec:
          nodeName: node-b
          securityContext: %s
          containers:
          - name: registry
            image: registry.example.com/ours
            volumeMounts: [{name: data, mountPath: /var/lib/registry}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
        """
            .formatted(securityContext));
  }

  /** A Deployment named registry of one such pod, with these fields of its container. */
  void deployment(String fields) {
    deployment("registry", fields);
  }

  void deployment(String name, String fields) {
    world.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              containers:
              - name: registry
                image: registry:3
                volumeMounts: [{name: data, mountPath: /var/lib/registry}]
                %2$s
              volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
        """
            .formatted(name, fields));
  }

  /** The controller says that all pods of the Deployment are as its template wants. */
  void rolledOut() {
    world.bare().rolledOut();
  }

  /** And that none of them is ready. */
  void notReady() {
    world.bare().rolledOut(0);
  }

  Deployment deployment() {
    return world.bare().deployment();
  }

  /** The intent of the window of a collection that is gone. */
  void standsOnDeployment(String collection) {
    world
        .bare()
        .patchDeployment(
            """
            {"metadata": {"annotations": {"winnow.dev/read-only-window":
              "{\\"registry\\": \\"main\\", \\"collection\\": \\"%s\\", \\"uid\\": \\"gone\\", \\"container\\": \
            \\"registry\\", \\"until\\": \\"2026-01-01T00:00:00Z\\", \\"set\\": true}"}}}
            """
                .formatted(collection));
  }

  List<String> arguments(String job) {
    return awaitJob(job).getSpec().getTemplate().getSpec().getContainers().getFirst().getArgs();
  }

  /** The kubelet says that a pod's container runs. */
  void runs(String pod, String id, Instant since) {
    world.bare().runs(pod, id, since);
  }

  /** Takes a pod from the API server without a word of its containers. */
  void forget(String pod) {
    world.bare().forget(pod);
  }

  void collect(String name, String fields) {
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: GarbageCollection
        metadata: {name: %s}
        spec: {registryRef: {name: main}%s}
        """
            .formatted(name, fields));
  }

  /** Annotates the Registry. */
  void annotate(String key, String value) {
    world
        .admin()
        .resources(RegistryResource.class)
        .inNamespace(world.namespace())
        .withName("main")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}".formatted(key, value));
  }

  void delete(String name) {
    world
        .admin()
        .resources(GarbageCollectionResource.class)
        .inNamespace(world.namespace())
        .withName(name)
        .delete();
  }

  List<GarbageCollectionResource> all() {
    return world
        .admin()
        .resources(GarbageCollectionResource.class)
        .inNamespace(world.namespace())
        .list()
        .getItems();
  }

  GarbageCollectionResource get(String name) {
    return world
        .admin()
        .resources(GarbageCollectionResource.class)
        .inNamespace(world.namespace())
        .withName(name)
        .require();
  }

  GarbageCollectionStatus status(String name) {
    GarbageCollectionStatus status = get(name).getStatus();
    return status == null ? GarbageCollectionStatus.NONE : status;
  }

  GarbageCollectionStatus await(String name, Predicate<GarbageCollectionStatus> condition) {
    return Awaitility.await()
        .alias("collection " + name)
        .atMost(OperatorWorld.SOON)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> status(name), condition);
  }

  GarbageCollectionStatus await(String name, Phase phase) {
    return await(name, status -> status.phase() == phase);
  }

  List<Job> jobs() {
    return world.admin().batch().v1().jobs().inNamespace(world.namespace()).list().getItems();
  }

  Job awaitJob(String name) {
    return Awaitility.await()
        .alias("job " + name)
        .atMost(OperatorWorld.SOON)
        .until(
            () ->
                world
                    .admin()
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(world.namespace())
                    .withName(name)
                    .get(),
            job -> job != null);
  }

  /** A Job of this name that no collection made. */
  Job jobOfSomebodyElse(String name) {
    Job other = emptyJob();
    other.getMetadata().setName(name);
    other.getMetadata().setNamespace(world.namespace());
    return world.admin().resource(other).create();
  }

  /** A Job of this name that an operator which is gone has made. */
  Job jobOf(HasMetadata owner, String name) {
    return world.admin().resource(likeJobOf(owner, name)).create();
  }

  /** Such a Job before it is made. */
  Job likeJobOf(HasMetadata owner, String name) {
    Job job = emptyJob();
    job.getMetadata().setName(name);
    job.getMetadata().setNamespace(world.namespace());
    job.getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion(owner.getApiVersion())
                    .withKind(owner.getKind())
                    .withName(owner.getMetadata().getName())
                    .withUid(owner.getMetadata().getUid())
                    .build()));
    return job;
  }

  private static Job emptyJob() {
    return new JobBuilder()
        .withNewMetadata()
        .endMetadata()
        .withNewSpec()
        .withNewTemplate()
        .withNewSpec()
        .withRestartPolicy("Never")
        .addNewContainer()
        .withName("other")
        .withImage("other")
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  /** Does what the Job's controller does: a pod, of which the kubelet says nothing yet. */
  Pod pod(String name) {
    return world.admin().resource(like(name)).create();
  }

  /** The pod that the Job's controller would make. */
  Pod like(String name) {
    Job job = awaitJob(name);
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(world.namespace())
        .withName(name + "-pod")
        .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
        .addToLabels("batch.kubernetes.io/job-name", name)
        .addNewOwnerReference()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withName(name)
        .withUid(job.getMetadata().getUid())
        .endOwnerReference()
        .endMetadata()
        .withSpec(job.getSpec().getTemplate().getSpec())
        .build();
  }

  /** The same, with a container that comes before the collector. */
  void podWithDecider(String name) {
    world
        .admin()
        .resource(
            new PodBuilder(like(name))
                .editSpec()
                .addNewInitContainer()
                .withName("decider-1")
                .withImage(IMAGE)
                .endInitContainer()
                .endSpec()
                .build())
        .create();
  }

  private void podStatus(String name, String json) {
    world
        .admin()
        .pods()
        .inNamespace(world.namespace())
        .withName(name + "-pod")
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  /** The kubelet says that the container before the collector works. */
  void decides(String name) {
    podStatus(
        name,
        """
        {"status": {"phase": "Pending",
         "initContainerStatuses": [{"name": "decider-1", "ready": false, "restartCount": 0,
          "image": "i", "imageID": "i", "containerID": "containerd://d",
          "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]}}
        """);
  }

  /** The kubelet says that this container has ended, and why the collector does not run yet. */
  void decided(String name, Instant at, String message) {
    podStatus(
        name,
        """
        {"status": {"phase": "Pending",
         "initContainerStatuses": [{"name": "decider-1", "ready": true, "restartCount": 0,
          "image": "i", "imageID": "i", "containerID": "containerd://d",
          "state": {"terminated": {"exitCode": 0, "containerID": "containerd://d",
           "startedAt": "%1$s", "finishedAt": "%1$s"}}}],
         "containerStatuses": [{"name": "collector", "ready": false, "restartCount": 0,
          "image": "i", "imageID": "", "state": {"waiting": {"reason": "PodInitializing",
           "message": "%2$s"}}}]}}
        """
            .formatted(at.truncatedTo(ChronoUnit.SECONDS), message));
  }

  /** Does what the Job's controller and the kubelet do when the collector has ended. */
  void end(String name, int exit, String message) {
    end(name, exit, message, List.of());
  }

  /** The same where containers before it have ended. */
  void end(String name, int exit, String message, List<ContainerStatus> before) {
    Job job = awaitJob(name);
    Pod pod = pod(name);
    world
        .admin()
        .resource(
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase(exit == 0 ? "Succeeded" : "Failed")
                .withInitContainerStatuses(before)
                .addNewContainerStatus()
                .withName("collector")
                .withImage(IMAGE)
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exit)
                .withMessage(message)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build())
        .updateStatus();
    endJob(job, exit == 0);
  }

  /** The Job ends, and of its pod nothing is left. */
  void endJob(Job job, boolean succeeded) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    JobBuilder ended = new JobBuilder(job).withNewStatus().withStartTime(now).endStatus();
    for (String type :
        succeeded
            ? List.of("SuccessCriteriaMet", "Complete")
            : List.of("FailureTarget", "Failed")) {
      ended
          .editStatus()
          .addNewCondition()
          .withType(type)
          .withStatus("True")
          .withReason(succeeded ? "CompletionsReached" : "DeadlineExceeded")
          .withMessage("by the test")
          .withLastTransitionTime(now)
          .withLastProbeTime(now)
          .endCondition()
          .endStatus();
    }
    if (succeeded) {
      ended.editStatus().withCompletionTime(now).withSucceeded(1).endStatus();
    }
    world.admin().resource(ended.build()).updateStatus();
  }

  @Override
  public void close() {
    world.close();
  }
}
