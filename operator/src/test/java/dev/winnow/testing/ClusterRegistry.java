package dev.winnow.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A registry that runs in a cluster as people run it: a Deployment on a PersistentVolume behind a
 * Service, all called {@code registry}, in a namespace that is there.
 */
public final class ClusterRegistry implements AutoCloseable {
  private final Kubectl kubectl;
  private final String namespace;
  private final Path root;
  private final String hostPort;

  private ClusterRegistry(Kubectl kubectl, String namespace, Path root, String hostPort) {
    this.kubectl = kubectl;
    this.namespace = namespace;
    this.root = root;
    this.hostPort = hostPort;
  }

  /**
   * Deploys one and returns once it answers.
   *
   * @param folder for files on the way
   */
  public static ClusterRegistry deploy(
      TestCluster cluster, String namespace, RegistryVersion version, Path folder) {
    return deploy(cluster, namespace, version, folder, "");
  }

  /**
   * Deploys one that has more in its configuration.
   *
   * @param storage fields of {@code storage}
   */
  public static ClusterRegistry deploy(
      TestCluster cluster, String namespace, RegistryVersion version, Path folder, String storage) {
    Path root = create(cluster.sharedFolder().resolve(namespace));
    return deploy(cluster, namespace, version, folder, storage, root, root);
  }

  /** Deploys one whose volume is a disk of its own. */
  public static ClusterRegistry deployOnDisk(
      TestCluster cluster,
      TestNode node,
      String namespace,
      RegistryVersion version,
      Path folder,
      int megabytes) {
    Path there = cluster.sharedFolder().resolve(namespace);
    Path here = node.mountDisk(there, megabytes);
    return deploy(cluster, namespace, version, folder, "", there, here);
  }

  private static ClusterRegistry deploy(
      TestCluster cluster,
      String namespace,
      RegistryVersion version,
      Path folder,
      String storage,
      Path hostPath,
      Path root) {
    Kubectl kubectl = new Kubectl(cluster.kubeconfig(), namespace);
    ProgramImage image = ProgramImage.registry(version);
    cluster.load(image.write(folder));
    kubectl.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 1Gi}
          accessModes: [ReadWriteOnce]
          storageClassName: ""
          hostPath: {path: %2$s}
          claimRef: {namespace: %1$s, name: registry}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: registry, namespace: %1$s}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: ""
          volumeName: %1$s
          resources: {requests: {storage: 1Gi}}
        """
            .formatted(namespace, hostPath));
    // A pod that comes before its volume is bound may be looked at again only after minutes.
    kubectl.run("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/registry", "--timeout=60s");
    kubectl.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: registry}
        data:
          config.yml: |
            version: 0.1
            storage:
              filesystem: {rootdirectory: /var/lib/registry}
              delete: {enabled: true}
              %s
            http: {addr: ":5000", debug: {addr: ":5001", prometheus: {enabled: true}}}
        """
            .formatted(storage));
    kubectl.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: registry, namespace: %1$s}
        spec:
          selector: {matchLabels: {app: registry}}
          template:
            metadata: {labels: {app: registry}}
            spec:
              containers:
              - name: registry
                image: %2$s
                imagePullPolicy: Never
                readinessProbe: {httpGet: {path: /v2/, port: 5000}, periodSeconds: 1}
                volumeMounts:
                - {name: data, mountPath: /var/lib/registry}
                - {name: config, mountPath: /etc/docker/registry}
              volumes:
              - {name: data, persistentVolumeClaim: {claimName: registry}}
              - {name: config, configMap: {name: registry}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: registry, namespace: %1$s}
        spec:
          type: NodePort
          selector: {app: registry}
          ports: [{port: 5000}]
        """
            .formatted(namespace, image.reference()));
    kubectl.run("rollout", "status", "deployment/registry", "--timeout=60s");
    String port =
        kubectl.run("get", "service", "registry", "-o", "jsonpath={.spec.ports[0].nodePort}");
    ClusterRegistry registry =
        new ClusterRegistry(kubectl, namespace, root, cluster.nodeAddress() + ":" + port);
    registry.awaitAnswer();
    return registry;
  }

  private static Path create(Path folder) {
    try {
      return Files.createDirectory(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Restarts it with a Redis in which it remembers what exists; returns once it answers. */
  public void rememberInRedis(RegistryVersion version, URI redis) {
    String address = redis.getHost() + ":" + redis.getPort();
    kubectl.run(
        "set",
        "env",
        "deployment/registry",
        "REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR=redis",
        version == RegistryVersion.V2_8
            ? "REGISTRY_REDIS_ADDR=" + address
            : "REGISTRY_REDIS_ADDRS=[\"" + address + "\"]");
    kubectl.run("rollout", "status", "deployment/registry", "--timeout=60s");
    awaitAnswer(); // the Service follows its pods a moment later
  }

  /** Returns once it answers, as after a new rollout. */
  public void awaitAnswer() {
    // A connection to a pod that is being ended may get no answer at all.
    try (ImagePusher pusher =
        ImagePusher.to(URI.create("http://" + hostPort), Duration.ofSeconds(2))) {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> pusher.send("GET", "/v2/").statusCode() == 200);
    }
  }

  /** Its address for the tests and the nodes. */
  public String hostPort() {
    return hostPort;
  }

  /** Its address for pods. */
  public String url() {
    return "http://registry." + namespace + ".svc:5000";
  }

  /** Its root directory, as the tests see it. */
  public Path root() {
    return root;
  }

  /** Pushes to it. */
  public ImagePusher pusher() {
    return ImagePusher.to(URI.create("http://" + hostPort));
  }

  /** Gives the volume back; the rest goes with its namespace. */
  @Override
  public void close() {
    kubectl.run("delete", "persistentvolume", namespace, "--wait=false");
  }
}
