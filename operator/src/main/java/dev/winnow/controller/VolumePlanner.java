package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.Storage;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.collect.ClusterWorkloads;
import dev.winnow.collect.CollectorImage;
import dev.winnow.collect.CollectorSettings;
import dev.winnow.collect.JobPod;
import dev.winnow.collect.PlanJob;
import dev.winnow.collect.RegistryWorkload;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.run.NotYetSupported;
import dev.winnow.run.PlanLines;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Run;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans by what only a registry's volume tells: in a Job that has the volume, and whose log is the
 * plan. It is read while it is written, since the kubelet keeps only so much of a log. The Job goes
 * when it was read, and what an operator that is gone has left of one is made anew.
 */
final class VolumePlanner {
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A container's end is told a moment after its log's. */
  private static final int LOOKS_FOR_END = 30;

  private static final int SAID = 5;

  /** What stands against collecting, and not against looking. */
  private static final Set<String> ONLY_COLLECTING = Set.of("AnotherCleaner", "CacheContradicted");

  private final KubernetesClient client;
  private final ClusterWorkloads workloads;
  private final CollectorSettings settings;
  private final Patience patience;
  private final PlanJobs jobs;

  /** What is planned for: each has a Job of its own name. */
  enum Step {
    PLAN("-plan"),
    AGAIN("-again");

    private final String end;

    Step(String end) {
      this.end = end;
    }
  }

  VolumePlanner(
      KubernetesClient client,
      ClusterWorkloads workloads,
      CollectorSettings settings,
      Patience patience) {
    this.client = client;
    this.workloads = workloads;
    this.settings = settings;
    this.patience = patience;
    this.jobs = new PlanJobs(client);
  }

  /** Whether a policy asks for what a registry's API does not tell. */
  static boolean isNeeded(RetentionPolicy.Spec spec) {
    return NotYetSupported.in(spec, false).stream()
        .anyMatch(refused -> refused.lack() == NotYetSupported.Lack.PushTimesUnknown);
  }

  /**
   * Plans.
   *
   * @param work what is planned, and how the registry deletes
   * @throws PlanJobException when nothing whole came of it
   * @throws InterruptedIOException when the task is stopped
   */
  PlanSummary plan(
      RetentionRunResource run,
      PolicyVerdict.Ready ready,
      Run work,
      Step step,
      PlanSink sink,
      RunTask task)
      throws PlanJobException, IOException {
    String name = PlanJob.name(run, step.end);
    Job made = make(run, name, ready, work);
    try (var _ = jobs.start(run, made, PlanDocuments.of(ready), task)) {
      JobPod started = awaitStart(run, name, task);
      return new Reading(run, name, new PlanLines(work, sink), task).read(started);
    }
  }

  private Job make(RetentionRunResource run, String name, PolicyVerdict.Ready ready, Run work)
      throws PlanJobException {
    Storage storage = Objects.requireNonNull(ready.registrySpec().storage(), "checked before");
    GarbageCollectionSettings collection = ready.registrySpec().garbageCollection();
    RegistryWorkload workload = workloads.look(ready.registry(), ready.registrySpec()).workload();
    for (RegistryWorkload.Refusal refusal : workload.refusals()) {
      if (!ONLY_COLLECTING.contains(refusal.reason())) {
        throw new PlanJobException(refusal.reason(), refusal.message(), false);
      }
    }
    CollectorImage image =
        CollectorImage.of(client, settings)
            .orElseThrow(() ->
                new PlanJobException(
                    "ImageUnknown",
                    "the operator does not run in a pod, and does not know the image to plan"
                        + " with; set WINNOW_IMAGE in its environment",
                    false));
    try {
      return new PlanJob(client.getKubernetesSerialization())
          .of(
              new PlanJob.Order(
                  run,
                  name,
                  storage,
                  collection == null ? null : collection.job(),
                  workload,
                  image,
                  work.header().policy(),
                  work.header().at(),
                  // Where nothing collects nobody could say that another volume is meant.
                  collection == null
                      ? null
                      : CollectionJobs.expected(CollectionMemory.of(ready.registry())),
                  work.deletion() == Deletion.BY_TAG));
    } catch (IllegalArgumentException e) {
      throw new PlanJobException("Invalid", String.valueOf(e.getMessage()), false);
    }
  }

  private JobPod awaitStart(RetentionRunResource run, String name, RunTask task)
      throws PlanJobException, InterruptedIOException {
    long until = System.nanoTime() + patience.inAll().toNanos();
    while (true) {
      JobPod job = jobs.look(run, name);
      if (job.isRunning() || job.terminated() != null) {
        return job;
      }
      if (job.end().isPresent()) {
        throw new PlanJobException("PlanFailed", "the Job " + name + ": " + job.ending(), false);
      }
      String why = "the Job " + name + ": " + job.waitsFor();
      if (System.nanoTime() - until > 0) {
        throw new PlanJobException("NotStarted", "it did not start in time: " + why, false);
      }
      task.say(why);
      PlanJobs.pause(task, LOOK);
    }
  }

  /** The log of one Job. */
  private final class Reading {
    private final RetentionRunResource run;
    private final String name;
    private final PlanLines plan;
    private final RunTask task;
    private final Deque<String> said = new ArrayDeque<>();

    Reading(RetentionRunResource run, String name, PlanLines plan, RunTask task) {
      this.run = run;
      this.name = name;
      this.plan = plan;
      this.task = task;
    }

    PlanSummary read(JobPod job) throws PlanJobException, IOException {
      try (var log =
              client
                  .pods()
                  .inNamespace(run.getMetadata().getNamespace())
                  .withName(job.pod().orElseThrow().getMetadata().getName())
                  .inContainer(PlanJob.PLANNER)
                  .watchLog();
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(log.getOutput(), StandardCharsets.UTF_8))) {
        task.onStop(log::close);
        for (String line = next(lines); line != null; line = next(lines)) {
          take(line);
        }
      } finally {
        task.onStop(() -> {});
      }
      PlanSummary summary = plan.summary();
      if (summary == null) {
        throw unfinished();
      }
      return summary;
    }

    private @Nullable String next(BufferedReader lines)
        throws PlanJobException, InterruptedIOException {
      try {
        String line = lines.readLine();
        PlanJobs.check(task);
        return line;
      } catch (IOException e) {
        PlanJobs.check(task);
        throw new PlanJobException(
            "LogUnreadable", "the log of the Job " + name + " broke off: " + e.getMessage(), true);
      }
    }

    /** Its messages stand between the lines of the plan. */
    private void take(String line) throws PlanJobException {
      if (!line.startsWith("{")) {
        said.add(line);
        if (said.size() > SAID) {
          said.remove();
        }
        return;
      }
      try {
        plan.line(line);
      } catch (IOException e) {
        throw new PlanJobException("PlanFailed", "the Job " + name + ": " + e.getMessage(), false);
      }
      task.say("the Job " + name + " plans: " + plan.deletions() + " deletions so far");
    }

    /** Why the log has no end. */
    private PlanJobException unfinished() throws PlanJobException, InterruptedIOException {
      JobPod job = jobs.look(run, name);
      for (int i = 0; i < LOOKS_FOR_END && job.isRunning(); i++) {
        PlanJobs.pause(task, LOOK);
        job = jobs.look(run, name);
      }
      if (job.isRunning() || job.terminated() == null) {
        return new PlanJobException(
            "LogUnreadable", "the log of the Job " + name + " broke off", true);
      }
      String text = said.isEmpty() ? job.ending() : String.join("; ", said);
      return job.wasKilledForMemory()
          ? new PlanJobException(
              "OutOfMemory",
              "the Job "
                  + name
                  + " was ended; give it more memory: spec.garbageCollection.job.resources",
              false)
          : new PlanJobException(
              "PlanFailed", "the Job " + name + " has not planned to its end: " + text, false);
    }
  }
}
