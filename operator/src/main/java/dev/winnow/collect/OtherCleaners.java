package dev.winnow.collect;

import dev.winnow.collect.RegistryWorkload.Refusal;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Others that collect on a claim: the registry's own collector breaks images beside ours. */
final class OtherCleaners {
  private static final String REASON = "AnotherCleaner";
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");

  private final KubernetesClient client;

  OtherCleaners(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Those that have a claim.
   *
   * @param certain those that collect, as far as their command says
   * @param possible for people: schedules of which nobody can tell what they write
   */
  record Found(List<Refusal> certain, List<String> possible) {}

  Found of(String namespace, String claim, List<Pod> pods) {
    List<CronJob> crons =
        client.batch().v1().cronjobs().inNamespace(namespace).list().getItems().stream()
            .filter(each -> !Boolean.TRUE.equals(each.getSpec().getSuspend()))
            .toList();
    Stream<Refusal> schedules =
        crons.stream()
            .filter(each -> collects(template(each), claim))
            .map(each ->
                refusal(
                    "CronJob " + each.getMetadata().getName(),
                    "delete or suspend it: kubectl patch cronjob "
                        + each.getMetadata().getName()
                        + " -n "
                        + namespace
                        + " -p '{\"spec\":{\"suspend\":true}}'"));
    Stream<Refusal> jobs =
        client.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
            .filter(OtherCleaners::isUnderWay)
            .filter(each -> collects(each.getSpec().getTemplate().getSpec(), claim))
            .map(
                each -> refusal("Job " + each.getMetadata().getName(), "let it end, or delete it"));
    Stream<Refusal> running =
        pods.stream()
            .filter(each -> !ENDS.contains(Objects.requireNonNullElse(phase(each), "")))
            .filter(each -> collects(each.getSpec(), claim))
            .map(
                each -> refusal("Pod " + each.getMetadata().getName(), "let it end, or delete it"));
    return new Found(
        Stream.of(schedules, jobs, running).flatMap(each -> each).toList(),
        crons.stream()
            .filter(each -> !collects(template(each), claim))
            .filter(each -> VolumeUser.mayWrite(template(each), claim))
            .map(each ->
                "CronJob "
                    + each.getMetadata().getName()
                    + " has the claim for writing; if it deletes what the registry stores, suspend"
                    + " it, and if it need not write, mount it there with readOnly: true")
            .toList());
  }

  private static String phase(Pod pod) {
    return pod.getStatus() == null ? "" : pod.getStatus().getPhase();
  }

  private static PodSpec template(CronJob schedule) {
    return schedule.getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
  }

  private static boolean isUnderWay(Job job) {
    return !Boolean.TRUE.equals(job.getSpec().getSuspend())
        && (job.getStatus() == null || job.getStatus().getCompletionTime() == null)
        && (job.getStatus() == null
            || job.getStatus().getConditions().stream()
                .noneMatch(
                    each -> each.getType().equals("Failed") && each.getStatus().equals("True")));
  }

  private static boolean collects(PodSpec pod, String claim) {
    return VolumeUser.has(pod, claim)
        && VolumeUser.containers(pod).anyMatch(RegistryContainer::isCollector);
  }

  private static Refusal refusal(String who, String what) {
    return new Refusal(
        REASON,
        who
            + " runs garbage-collect on the same claim, which deletes what Winnow puts back and"
            + " what is being pushed: "
            + what);
  }
}
