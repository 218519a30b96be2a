package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import java.util.List;

/**
 * Puts before a collector, in the same pod, what decides the deletions again that runs have left to
 * it: one container a run, which reads the run's stored plan and the volume, and writes what both
 * want to where the collector takes its list from. Each decides as if what those before it have
 * written were gone already, as it would be over the registry's API: together they leave what each
 * policy wants at least.
 */
record UntaggingPod(VolumeJob.Order order, PodSpecBuilder pod) {
  /** What the name of a container begins with that decides; its run's number follows. */
  static final String DECIDER = "decider-";

  /** Where the collector finds its lists. */
  static final String LISTS = "/untag";

  private static final String PLANNED = "/planned";
  private static final String PACKED = "lines.jsonl.gz";

  PodSpecBuilder build() {
    pod.addToVolumes(
        new VolumeBuilder().withName("untag").withNewEmptyDir().endEmptyDir().build(),
        new VolumeBuilder()
            .withName("documents")
            .withNewProjected()
            .addAllToSources(
                order.untagging().deferred().stream()
                    .flatMap(each -> each.documents().stream())
                    .map(file ->
                        new VolumeProjectionBuilder()
                            .withNewConfigMap()
                            .withName(order.untagging().configMap())
                            .addNewItem()
                            .withKey(file)
                            .withPath(file.replaceFirst("-", "/"))
                            .endItem()
                            .endConfigMap()
                            .build())
                    .toList())
            .endProjected()
            .build());
    Container collector = pod.buildFirstContainer();
    for (CollectorJob.Deferred each : order.untagging().deferred()) {
      pod.addToVolumes(planned(each)).addToInitContainers(decider(collector, each));
    }
    return pod.editFirstContainer().addToVolumeMounts(mount("untag", LISTS, false)).endContainer();
  }

  private static Volume planned(CollectorJob.Deferred deferred) {
    return new VolumeBuilder()
        .withName("planned-" + deferred.number())
        .withNewProjected()
        .addAllToSources(
            deferred.plan().stream()
                .map(map ->
                    new VolumeProjectionBuilder()
                        .withNewConfigMap()
                        .withName(map)
                        .addNewItem()
                        .withKey(PACKED)
                        .withPath(map + ".gz")
                        .endItem()
                        .endConfigMap()
                        .build())
                .toList())
        .endProjected()
        .build();
  }

  private Container decider(Container collector, CollectorJob.Deferred deferred) {
    String number = String.valueOf(deferred.number());
    return new ContainerBuilder(collector)
        .withName(DECIDER + number)
        .withEnv(List.of())
        .withArgs(
            "plan",
            "--filename",
            VolumeJob.DOCUMENTS + "/" + number,
            "--policy",
            deferred.policy(),
            "--store",
            VolumeJob.root(order.workload()),
            "--deletes-by",
            "tag",
            "--now",
            deferred.at().toString(),
            "--output",
            "jsonl",
            "--without-kept",
            "--planned",
            PLANNED,
            "--untag-file",
            LISTS + "/" + number + ".jsonl",
            "--skipped",
            VolumeJob.MESSAGE,
            "--going",
            LISTS)
        .withVolumeMounts(
            collector.getVolumeMounts().stream()
                .map(each ->
                    each.getName().equals("registry")
                        ? new VolumeMountBuilder(each).withReadOnly(true).build()
                        : each)
                .toList())
        .addToVolumeMounts(
            mount("documents", VolumeJob.DOCUMENTS, true),
            mount("planned-" + number, PLANNED, true),
            mount("untag", LISTS, false))
        .build();
  }

  private static VolumeMount mount(String name, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(name)
        .withMountPath(path)
        .withReadOnly(readOnly ? true : null)
        .build();
  }
}
