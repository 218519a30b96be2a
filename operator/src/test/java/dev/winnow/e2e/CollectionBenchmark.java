package dev.winnow.e2e;

import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a collection in the cluster costs beyond the collector itself: from when it is due to when
 * its Job runs, and from the end of that to when the status says so; beside a Job of the same pod
 * that a user makes, by turns. It is due when it is asked for, and at the minutes of a schedule.
 */
public final class CollectionBenchmark implements AutoCloseable {
  private static final int ROUNDS = 9;
  private static final int MINUTES = 5;
  private static final String NAMESPACE = "winnow-benchmark";

  private static final String CRON_JOB = "cron-job";

  private final KubernetesClient client;
  private final Map<String, CompletableFuture<Long>> seen = new ConcurrentHashMap<>();
  private final BlockingQueue<String> scheduled = new LinkedBlockingQueue<>();

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
                if (moment("run " + job).complete(now())) {
                  scheduled.add(job);
                }
              }
              if (is(pod, "Succeeded")) {
                moment("end " + job).complete(now());
              }
            }));
    client
        .resources(GarbageCollectionResource.class)
        .inNamespace(NAMESPACE)
        .watch(
            each(collection -> {
              if (collection.getStatus() != null
                  && String.valueOf(collection.getStatus().phase()).equals("Succeeded")) {
                moment("status " + collection.getMetadata().getName()).complete(now());
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
      String storage = ", storage: {claimName: registry, cache: None}";
      user.registry(registry, storage);
      user.collect("first", "", operator::log);
      PodSpec pod = benchmark.measureAskedFor(user);
      user.registry(registry, storage + ", garbageCollection: {schedule: \"*/2 * * * *\"}");
      user.kubectl().apply(Serialization.asYaml(cronJob(pod)));
      benchmark.measureScheduled();
    }
  }

  /** Gives the pod of a collection. */
  private PodSpec measureAskedFor(UserNamespace user) throws Exception {
    List<Long> running = new ArrayList<>();
    List<Long> bare = new ArrayList<>();
    List<Long> told = new ArrayList<>();
    PodSpec pod = new PodSpec();
    for (int round = 0; round < ROUNDS; round++) {
      String name = "round-" + round;
      long asked = now();
      user.startCollection(name, ", dryRun: true");
      running.add(at("run " + name) - asked);
      told.add(at("status " + name) - at("end " + name));

      Job job = client.batch().v1().jobs().inNamespace(NAMESPACE).withName(name).get();
      pod = job.getSpec().getTemplate().getSpec();
      String bareName = "bare-" + round;
      asked = now();
      user.kubectl().apply(Serialization.asYaml(job(pod, bareName)));
      bare.add(at("run " + bareName) - asked);
      at("end " + bareName);
    }
    print("asked for to Job running", running, "a bare Job", bare);
    System.out.printf(Locale.ROOT, "Job done to status %.2f s%n", median(told));
    return pod;
  }

  /** The registry's schedule has the even minutes, the CronJob the odd ones. */
  private void measureScheduled() throws Exception {
    List<Long> ours = new ArrayList<>();
    List<Long> cronJob = new ArrayList<>();
    for (int round = 0; round < MINUTES; round++) {
      ours.add(afterMinute("main-"));
      cronJob.add(afterMinute(CRON_JOB + "-"));
    }
    print("due to Job running", ours, "a CronJob", cronJob);
  }

  /** How long after its minute, with which its name ends, the next Job of that name runs. */
  private long afterMinute(String prefix) throws Exception {
    String job = scheduled.take();
    while (!job.startsWith(prefix)) {
      job = scheduled.take();
    }
    long minute = Long.parseLong(job.substring(job.lastIndexOf('-') + 1));
    return at("run " + job) - TimeUnit.MINUTES.toNanos(minute);
  }

  private static void print(String what, List<Long> ours, String other, List<Long> others) {
    System.out.printf(
        Locale.ROOT,
        "%s %.2f s, %s %.2f s, ratio %.2f%n",
        what,
        median(ours),
        other,
        median(others),
        median(ours) / median(others));
  }

  /** The pod of a collection without one. */
  private static Job job(PodSpec pod, String name) {
    return new JobBuilder()
        .withApiVersion("batch/v1")
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withNewTemplate()
        .withSpec(pod)
        .endTemplate()
        .endSpec()
        .build();
  }

  private static CronJob cronJob(PodSpec pod) {
    return new CronJobBuilder()
        .withApiVersion("batch/v1")
        .withNewMetadata()
        .withName(CRON_JOB)
        .endMetadata()
        .withNewSpec()
        .withSchedule("1-59/2 * * * *")
        .withNewJobTemplate()
        .withSpec(job(pod, CRON_JOB).getSpec())
        .endJobTemplate()
        .endSpec()
        .build();
  }

  private static double median(List<Long> nanos) {
    return nanos.stream().sorted().toList().get(nanos.size() / 2) / 1e9;
  }

  /** Nanoseconds since 1970: minutes are of that clock. */
  private static long now() {
    return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
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
