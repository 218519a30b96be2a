package dev.winnow.collect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.cluster.GarbageCollectionResource;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads how far the Job of a collection is: its state, its pod, and what the collector says. */
public final class JobReader {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final int LINES = 20;
  private static final int LONGEST_MESSAGE = 1024;

  private final KubernetesClient client;

  public JobReader(KubernetesClient client) {
    this.client = client;
  }

  /** Looks at the Job of this name. */
  public JobState read(GarbageCollectionResource collection, String name) {
    return switch (JobPod.look(client, collection, name)) {
      case JobPod.Look.Absent absent -> new JobState.Absent();
      case JobPod.Look.OfAnother(String owner) -> new JobState.OfAnother(owner);
      case JobPod.Look.Found(JobPod job) -> {
        JobCondition end = job.end().orElse(null);
        yield end == null ? underWay(job) : ended(job, end);
      }
    };
  }

  /** Whether a pod of the Job may still have the volume. */
  public boolean hasPods(String namespace, String job) {
    return JobPod.pods(client, namespace, job).anyMatch(JobReader::mayRun);
  }

  /** The numbers of the runs of which the deciders of a Job could not read all. */
  public Set<Integer> incomplete(String namespace, String job) {
    return JobPod.pods(client, namespace, job)
        .filter(pod -> pod.getStatus() != null)
        .flatMap(pod -> pod.getStatus().getInitContainerStatuses().stream())
        .filter(status -> status.getName().startsWith(UntaggingPod.DECIDER))
        .filter(status -> status.getState() != null && status.getState().getTerminated() != null)
        .filter(status -> status.getState().getTerminated().getMessage() != null)
        .map(status -> Integer.valueOf(status.getName().substring(UntaggingPod.DECIDER.length())))
        .collect(Collectors.toSet());
  }

  private static boolean mayRun(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return !"Succeeded".equals(phase) && !"Failed".equals(phase);
  }

  private JobState underWay(JobPod job) {
    if (job.isRunning() && job.pod().isPresent()) {
      return running(job.uid(), job.pod().get());
    }
    if (job.isPreparing()) {
      return new JobState.Preparing(job.uid(), "decides again what runs have left to it");
    }
    return job.terminated() == null
        ? new JobState.Starting(job.uid(), job.waitsFor(), job.progress())
        : new JobState.Stopped(job.uid());
  }

  /** What its last line says that is one of ours. */
  private JobState running(String uid, Pod pod) {
    String log;
    try {
      log =
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName())
              .inContainer(CollectorJob.COLLECTOR)
              .tailingLines(LINES)
              .getLog();
    } catch (KubernetesClientException e) {
      return new JobState.Running(
          uid, Phase.Marking, "the collector works; its log: " + e.getMessage(), null);
    }
    Phase phase = Phase.Marking;
    String progress = "the collector begins";
    String probe = null;
    for (String line : log.lines().toList()) {
      JsonNode said = json(line);
      if (said != null && said.hasNonNull("probe")) {
        probe = said.path("probe").asText();
      }
      if (said != null && said.hasNonNull("doing")) {
        Phase at = phase(said.path("doing").asText());
        phase = at.compareTo(phase) > 0 ? at : phase;
        progress =
            said.path("doing").asText()
                + " "
                + said.path("done").asLong()
                + " of "
                + said.path("of").asLong()
                + " "
                + said.path("what").asText();
      }
    }
    return new JobState.Running(uid, phase, progress, probe);
  }

  private static Phase phase(String doing) {
    return switch (doing) {
      case "marking" -> Phase.Marking;
      case "purging" -> Phase.Purging;
      default -> Phase.Quarantining; // takes, and waits for pushes that were under way then
    };
  }

  private static JobState ended(JobPod job, JobCondition end) {
    ContainerStateTerminated terminated = job.terminated();
    String said = terminated == null ? null : terminated.getMessage();
    JsonNode message = said == null ? null : json(said);
    if (message != null && message.hasNonNull("reason")) {
      return new JobState.Ended(
          job.uid(),
          message.path("exit").asInt(1) == 0,
          message.path("reason").asText(),
          message.path("message").asText(),
          result(message.path("result")));
    }
    String reason =
        job.wasKilledForMemory()
            ? "OutOfMemory"
            : "DeadlineExceeded".equals(end.getReason()) ? "DeadlineExceeded" : "CollectorLost";
    return new JobState.Ended(job.uid(), false, reason, lost(job), null);
  }

  /** Why a collector ended that could not say so itself; what it was doing, the next one ends. */
  private static String lost(JobPod job) {
    String text = "the collector was ended: " + job.ending();
    return text.substring(0, Math.min(text.length(), LONGEST_MESSAGE))
        + (job.wasKilledForMemory()
            ? "; give it more memory: spec.garbageCollection.job.resources"
            : "")
        + "; the next collection goes on from there";
  }

  private static GarbageCollectionStatus.@Nullable Result result(JsonNode json) {
    if (!json.isObject()) {
      return null;
    }
    try {
      return JSON.treeToValue(json, GarbageCollectionStatus.Result.class);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static @Nullable JsonNode json(String text) {
    if (!text.startsWith("{")) {
      return null;
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
