package dev.winnow.collect;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.Storage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Job that plans by what only a registry's volume tells. It reads the volume and the
 * documents of a ConfigMap of its own name, asks nobody, and its log is the plan.
 */
public final class PlanJob {
  /** What its pod and container are called by. */
  public static final String PLANNER = "planner";

  private final VolumeJob jobs;

  /**
   * What is to be planned.
   *
   * @param run with which the Job goes
   * @param policy the one of the documents that is planned; the others keep
   * @param at the instant that all ages are measured from
   * @param expect the volume's instance as last reported; null: any
   * @param byTag whether the registry deletes a tag alone
   */
  public record Order(
      HasMetadata run,
      String name,
      Storage storage,
      GarbageCollectionSettings.@Nullable Job job,
      RegistryWorkload workload,
      CollectorImage image,
      String policy,
      Instant at,
      @Nullable String expect,
      boolean byTag) {}

  public PlanJob(KubernetesSerialization serialization) {
    this.jobs = new VolumeJob(serialization);
  }

  /** The name of a run's Job, and of its ConfigMap: the same each time that it is asked for. */
  public static String name(HasMetadata run, String end) {
    return VolumeJob.name(run.getMetadata().getName() + end, run.getMetadata().getUid());
  }

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException when what the Registry says of the Job is not of its shape
   */
  public Job of(Order order) {
    return jobs.of(
        new VolumeJob.Order(
            order.run(),
            order.name(),
            PLANNER,
            order.storage(),
            order.job(),
            order.workload(),
            order.image(),
            arguments(order),
            List.of(),
            true,
            order.name(),
            VolumeJob.Untagging.NONE));
  }

  private static List<String> arguments(Order order) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of(
            "plan",
            "--filename",
            VolumeJob.DOCUMENTS,
            "--policy",
            order.policy(),
            "--store",
            VolumeJob.root(order.workload()),
            "--deletes-by",
            order.byTag() ? "tag" : "digest",
            "--now",
            order.at().toString(),
            "--output",
            "jsonl",
            "--without-kept"));
    if (order.expect() != null) {
      arguments.addAll(List.of("--expect", order.expect()));
    }
    return arguments;
  }
}
