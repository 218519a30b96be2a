package dev.winnow.controller;

import dev.winnow.cli.Cli;
import dev.winnow.testing.LogKubelet;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * Does what a cluster does with the Jobs that plan: their pod comes, and what it runs is the
 * command line in this process, on the registry's own folder.
 */
final class PlannerScene implements AutoCloseable {
  private final CollectionScene scene;
  private final OperatorWorld world;
  private final Path root;
  private final Path folder;
  private final LogKubelet kubelet;

  /**
   * @param root the registry's root directory
   * @param folder for documents
   */
  PlannerScene(CollectionScene scene, Path root, Path folder) {
    this.scene = scene;
    this.world = scene.world();
    this.root = root;
    this.folder = folder;
    this.kubelet = new LogKubelet(world.admin(), "node-" + world.namespace());
  }

  List<Job> jobs() {
    return scene.jobs();
  }

  /** Has a Job plan, once it is there. */
  void plan(String name) {
    tell(name, logOf(name));
  }

  /** What the program that a Job runs writes. */
  String logOf(String name) {
    Job job = scene.awaitJob(name);
    Map<String, String> files =
        world
            .admin()
            .configMaps()
            .inNamespace(world.namespace())
            .withName(name)
            .require()
            .getData();
    Path documents = folder.resolve(name);
    try {
      Files.createDirectories(documents);
      for (Map.Entry<String, String> file : files.entrySet()) {
        Files.writeString(documents.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Cli.Result result =
        new Cli()
            .run(
                job.getSpec().getTemplate().getSpec().getContainers().getFirst().getArgs().stream()
                    .map(each -> each.startsWith("/volume") ? root.toString() : each)
                    .map(each -> each.equals("/documents") ? documents.toString() : each)
                    .toArray(String[]::new));
    return result.err() + result.out();
  }

  /** Has a Job write a log, and end. */
  void tell(String name, String log) {
    Pod pod = start(name, log);
    end(pod, 0, "Completed");
  }

  /** Has a Job write a log, and be ended. */
  void fail(String name, String log, int exit, String reason) {
    Pod pod = start(name, log);
    end(pod, exit, reason);
  }

  private Pod start(String name, String log) {
    Pod like = scene.like(name);
    like.getMetadata().setName(like.getMetadata().getName() + "-" + log.hashCode());
    like.getSpec().setNodeName(kubelet.node());
    kubelet.log(like.getMetadata().getName(), log);
    return world.admin().resource(like).create();
  }

  private void end(Pod pod, int exit, String reason) {
    world
        .admin()
        .resource(
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase(exit == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName("planner")
                .withImage(CollectionScene.IMAGE)
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exit)
                .withReason(reason)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build())
        .updateStatus();
  }

  /** Returns once nothing is left that was made to plan with. */
  void awaitNothingLeft() {
    Awaitility.await()
        .atMost(OperatorWorld.SOON)
        .until(() ->
            jobs().isEmpty()
                && world
                    .admin()
                    .configMaps()
                    .inNamespace(world.namespace())
                    .list()
                    .getItems()
                    .stream()
                    .noneMatch(map -> map.getMetadata().getName().matches(".*-(plan|again)")));
  }

  @Override
  public void close() {
    kubelet.close();
  }
}
