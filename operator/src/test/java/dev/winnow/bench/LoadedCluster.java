package dev.winnow.bench;

import dev.winnow.cluster.Kubernetes;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.testing.TestApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** What an operator of some age finds: many policies, each with the runs of its history. */
final class LoadedCluster {
  static final int POLICIES = 1_000;
  static final int RUNS = 10_000;

  private static final int REGISTRIES = 100;

  private LoadedCluster() {}

  /** Creates all of it in the namespace default, with registries at the port of this machine. */
  static void fill(TestApiServer server, int port) {
    try (KubernetesClient client = Kubernetes.client(server.config())) {
      each(REGISTRIES, i -> create(client, registry(i, port)));
      each(
          POLICIES,
          i -> {
            String uid = create(client, policy(i)).getMetadata().getUid();
            for (int n = 0; n < RUNS / POLICIES; n++) {
              finished(client, i, uid, n);
            }
          });
    }
  }

  private static HasMetadata create(KubernetesClient client, String yaml) {
    return client.resource(yaml).inNamespace("default").create();
  }

  private static void finished(KubernetesClient client, int policy, String uid, int n) {
    HasMetadata run = create(client, run(policy, n, uid));
    client
        .resources(RetentionRunResource.class)
        .inNamespace("default")
        .withName(run.getMetadata().getName())
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), status(uid));
  }

  /** Does it for all numbers below a count, as many at once as the client has connections. */
  private static void each(int count, IntConsumer action) {
    try (ForkJoinPool pool = new ForkJoinPool(8)) {
      pool.submit(() -> IntStream.range(0, count).parallel().forEach(action)).join();
    }
  }

  private static String registry(int i, int port) {
    return """
    apiVersion: winnow.dev/v1alpha1
    kind: Registry
    metadata: {name: registry-%1$d}
    spec: {url: "http://127.0.2.%2$d:%3$d"}
    """
        .formatted(i, i + 1, port);
  }

  private static String policy(int i) {
    return """
    apiVersion: winnow.dev/v1alpha1
    kind: RetentionPolicy
    metadata: {name: policy-%d}
    spec:
      registryRef: {name: registry-%d}
      schedule: "0 0 1 1 *"
      rules:
      - name: branch-builds
        repositories: ["team-a/**", "!team-a/base"]
        tags: ["*", "!/v\\\\d+\\\\..*/"]
        keep:
        - {newest: 10, orderBy: Created, groupBy: "/(?P<branch>.+)-\\\\d+/"}
        - {youngerThan: 14d, ageBy: Created}
      - name: releases
        repositories: ["**"]
        keep:
        - {semver: ">=2.0.0"}
        - labels: {retain: "true"}
      protect: {tags: [latest], inUse: Ignore}
      history: {succeeded: 100, failed: 100}
    """
        .formatted(i, i % REGISTRIES);
  }

  private static String run(int policy, int n, String uid) {
    return """
    apiVersion: winnow.dev/v1alpha1
    kind: RetentionRun
    metadata:
      name: policy-%1$d-%2$d
      ownerReferences:
      - apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        name: policy-%1$d
        uid: %3$s
        controller: true
    spec: {policyRef: {name: policy-%1$d}}
    """
        .formatted(policy, n, uid);
  }

  /** What a run of such a policy leaves. */
  private static String status(String uid) {
    return """
    {"status": {"observedGeneration": 1, "phase": "Succeeded", "policyUid": "%s",
     "policyGeneration": 1, "registry": "127.0.2.1:5000", "startTime": "2026-11-20T02:30:00Z",
     "finishTime": "2026-11-20T02:30:05Z", "conditions": [{"type": "Complete", "status": "True",
     "reason": "Applied", "message": "38 tags deleted, 2 skipped, 0 failed",
     "lastTransitionTime": "2026-11-20T02:30:05Z", "observedGeneration": 1}],
     "plan": {"time": "2026-11-20T02:30:00Z", "digest":
     "sha256:02b0d084c7510423694a6f2d86ef7afcc384e8defe10830b92538bb69774517d", "tags": 240,
     "keep": 200, "delete": 38, "skip": 2, "repositories": 2, "reclaimableBytes": 123456789,
     "reclaimable": "118Mi", "reasons": {"Newest": 180, "Young": 20, "Expired": 38,
     "SharedDigest": 2}}, "result": {"deleted": 38, "skipped": 2, "deferred": 0, "failed": 0},
     "mostDeleted": [{"repository": "team-a/app", "delete": 30},
     {"repository": "team-a/web", "delete": 8}], "policy": {"registryRef": {"name": "registry-1"},
     "rules": [{"name": "branch-builds", "repositories": ["team-a/**"], "keep": [{"newest": 10,
     "orderBy": "Created"}]}], "protect": {"tags": ["latest"], "inUse": "Ignore"}}}}
    """
        .formatted(uid);
  }
}
