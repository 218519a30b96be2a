package dev.winnow.e2e;

import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a collection in the cluster costs beyond the collector itself: from when it is asked for to
 * when its Job runs, and from the end of that to when the status says so; beside a Job of the same
 * pod that a user makes, by turns.
 */
public final class CollectionBenchmark implements AutoCloseable {
  private static final int ROUNDS = 9;
  private static final String NAMESPACE = "winnow-benchmark";

  private final KubernetesClient client;
  private final Map<String, CompletableFuture<Long>> seen = new ConcurrentHashMap<>();

  private CollectionBenchmark(TestCluster cluster) {
    client = new KubernetesClientBuilder().withConfig(cluster.config()).build();
    client
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("batch.kubernetes.io/job-name")
        .watch(
            each(pod -> {
              String job = pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name");
              if (is(pod, "Running") || is(pod, "Succeeded")) {
                moment("run " + job).complete(System.nanoTime());
              }
              if (is(pod, "Succeeded")) {
                moment("end " + job).complete(System.nanoTime());
              }
            }));
    client
        .resources(GarbageCollectionResource.class)
        .inNamespace(NAMESPACE)
        .watch(
            each(collection -> {
              if (collection.getStatus() != null
                  && String.valueOf(collection.getStatus().phase()).equals("Succeeded")) {
                moment("status " + collection.getMetadata().getName()).complete(System.nanoTime());
              }
            }));
  }

  /** Arguments: a folder for files on the way. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    try (TestCluster cluster = TestCluster.start();
        DeployedOperator operator = DeployedOperator.installInFastTime(cluster, folder);
        UserNamespace user = UserNamespace.create(cluster, NAMESPACE);
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, NAMESPACE, RegistryVersion.V3, folder);
        ImagePusher images = registry.pusher();
        CollectionBenchmark benchmark = new CollectionBenchmark(cluster)) {
      images.push("team/app", "new", TestImages.oci("new").build());
      user.registry(registry, ", storage: {claimName: registry, cache: None}");
      user.collect("first", "", operator::log);
      benchmark.measure(user);
    }
  }

  private void measure(UserNamespace user) throws Exception {
    List<Long> running = new ArrayList<>();
    List<Long> bare = new ArrayList<>();
    List<Long> told = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      String name = "round-" + round;
      long asked = System.nanoTime();
      user.startCollection(name, ", dryRun: true");
      running.add(at("run " + name) - asked);
      told.add(at("status " + name) - at("end " + name));

      Job job = client.batch().v1().jobs().inNamespace(NAMESPACE).withName(name).get();
      String bareName = "bare-" + round;
      asked = System.nanoTime();
      user.kubectl().apply(Serialization.asYaml(bare(job, bareName)));
      bare.add(at("run " + bareName) - asked);
      at("end " + bareName);
    }
    System.out.printf(
        Locale.ROOT,
        "asked for to Job running %.2f s, a bare Job %.2f s, ratio %.2f; Job done to status %.2f s%n",
        median(running),
        median(bare),
        median(running) / median(bare),
        median(told));
  }

  /** The same pod without a collection. */
  private static Job bare(Job job, String name) {
    return new JobBuilder()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withNewTemplate()
        .withSpec(job.getSpec().getTemplate().getSpec())
        .endTemplate()
        .endSpec()
        .build();
  }

  private static double median(List<Long> nanos) {
    return nanos.stream().sorted().toList().get(nanos.size() / 2) / 1e9;
  }

  private long at(String moment) throws Exception {
    return moment(moment).get(2, TimeUnit.MINUTES);
  }

  private CompletableFuture<Long> moment(String name) {
    return seen.computeIfAbsent(name, none -> new CompletableFuture<>());
  }

  private static boolean is(Pod pod, String phase) {
    return pod.getStatus() != null && phase.equals(pod.getStatus().getPhase());
  }

  private static <T extends HasMetadata> Watcher<T> each(Consumer<T> action) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action what, T object) {
        action.accept(object);
      }

      @Override
      public void onClose(WatcherException cause) {
        throw new IllegalStateException("what happens is not seen any more", cause);
      }
    };
  }

  @Override
  public void close() {
    client.close();
  }
}
