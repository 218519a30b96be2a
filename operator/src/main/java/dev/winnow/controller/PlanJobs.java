package dev.winnow.controller;

import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.collect.JobPod;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Jobs that plan, each with a ConfigMap of its name: started, looked at and taken away. */
final class PlanJobs {
  private static final Logger LOG = LoggerFactory.getLogger(PlanJobs.class);
  private static final Duration AGAIN = Duration.ofMillis(200);
  private static final int TRIES = 5;

  /** What a ConfigMap may hold, its other fields aside. */
  static final int MOST_BYTES = 1_000_000;

  private final KubernetesClient client;

  PlanJobs(KubernetesClient client) {
    this.client = client;
  }

  /** A Job that goes, with its ConfigMap, when it is closed. */
  final class Started implements AutoCloseable {
    private final List<HasMetadata> made = new ArrayList<>();

    private Started() {}

    private void create(HasMetadata object) {
      undisturbed(() -> made.add(client.resource(object).create()));
    }

    /** Also when we are interrupted; what cannot be taken away goes with the run. */
    @Override
    public void close() {
      undisturbed(() -> made.forEach(PlanJobs.this::discard));
    }
  }

  /**
   * Has requests answered even if we are interrupted: one that is broken off may be carried out all
   * the same, and nobody would know what it made.
   */
  private static void undisturbed(Runnable requests) {
    try {
      CompletableFuture.runAsync(requests, Thread::startVirtualThread).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /**
   * Starts a Job in place of one that an operator before us has left, which may have planned by
   * other policies, at another instant.
   */
  Started start(RetentionRunResource run, Job job, Map<String, String> documents, RunTask task)
      throws PlanJobException, InterruptedIOException {
    if (documents.values().stream().mapToInt(String::length).sum() > MOST_BYTES) {
      throw new PlanJobException(
          "PoliciesTooLarge",
          "the policies of the registry are larger than a ConfigMap can be, by which a Job that"
              + " plans gets them: shorten them, or write ageBy: Created and orderBy: Created",
          false);
    }
    String name = job.getMetadata().getName();
    ConfigMap map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(job.getMetadata().getNamespace())
            .withName(name)
            .withLabels(job.getMetadata().getLabels())
            .withOwnerReferences(job.getMetadata().getOwnerReferences())
            .endMetadata()
            .withImmutable(true)
            .withData(documents)
            .build();
    List<HasMetadata> all = List.of(map, job);
    for (HasMetadata each : all) {
      clear(run, each, task);
    }
    Started started = new Started();
    try {
      all.forEach(started::create);
      return started;
    } catch (KubernetesClientException e) {
      started.close();
      if (Failure.mayPass(e)) {
        throw e;
      }
      throw new PlanJobException(
          "JobRefused", "the API server refuses the Job " + name + ": " + e.getMessage(), false);
    }
  }

  /** Looks at the Job of a run. */
  JobPod look(RetentionRunResource run, String name) throws PlanJobException {
    return switch (JobPod.look(client, run, name)) {
      case JobPod.Look.Found(JobPod job) -> job;
      case JobPod.Look.Absent absent ->
          throw new PlanJobException("JobDeleted", "somebody deleted the Job " + name, true);
      case JobPod.Look.OfAnother(String owner) -> throw taken(name, owner);
    };
  }

  private static PlanJobException taken(String name, String owner) {
    return new PlanJobException(
        "JobNameTaken",
        "there is a Job or ConfigMap " + name + " of " + owner + "; delete it, and run again",
        false);
  }

  private void clear(RetentionRunResource run, HasMetadata like, RunTask task)
      throws PlanJobException, InterruptedIOException {
    for (HasMetadata there = client.resource(like).get();
        there != null;
        there = client.resource(like).get()) {
      if (!isOf(there, run)) {
        throw taken(like.getMetadata().getName(), "somebody else");
      }
      discard(there);
      pause(task, AGAIN);
    }
  }

  static boolean isOf(HasMetadata object, HasMetadata owner) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(each -> each.getUid().equals(uid(owner)));
  }

  private static String uid(HasMetadata object) {
    return object.getMetadata().getUid();
  }

  /** Waits, but not past a stop. */
  static void pause(RunTask task, Duration time) throws InterruptedIOException {
    try {
      task.pause(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    check(task);
  }

  /**
   * Goes on while nobody has stopped the task.
   *
   * @throws InterruptedIOException when somebody has
   */
  static void check(RunTask task) throws InterruptedIOException {
    Failure stopped = task.stopped();
    if (stopped != null) {
      throw new InterruptedIOException(stopped.message());
    }
  }

  /** Not what another operator, which has the run by now, has made under the same name. */
  private void discard(HasMetadata made) {
    try {
      for (int i = 0; i < TRIES; i++) {
        HasMetadata there = client.resource(made).get();
        if (there == null || !uid(there).equals(uid(made))) {
          return;
        }
        try {
          client
              .resource(there)
              .lockResourceVersion(there.getMetadata().getResourceVersion())
              .delete();
        } catch (KubernetesClientException e) {
          if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
            throw e;
          }
        }
      }
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("name", made.getMetadata().getName())
          .log("what a plan was made with is not deleted; it goes with the run");
    }
  }
}
