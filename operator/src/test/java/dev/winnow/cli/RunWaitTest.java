package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.TestApiServer;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that somebody waits for, in a cluster that does not stand still. No operator is there. */
@Tag("server")
class RunWaitTest {
  /** One of its own, since it is stopped. */
  private static TestApiServer server;

  @TempDir Path folder;

  private OperatorWorld world;

  @BeforeAll
  static void startServer() {
    server = TestApiServer.start();
    OperatorWorld.installKinds(server);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void setUp() {
    world = new OperatorWorld(server);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private WinnowProcess begin() throws IOException {
    world.registry("https://registry.example.com", "");
    world.policy("builds", "");
    WinnowProcess winnow =
        WinnowProcess.start(
            folder.resolve("out"),
            List.of(),
            "run",
            "builds",
            "--name",
            "one",
            "--wait",
            "-n",
            world.namespace(),
            "--kubeconfig",
            server.kubeconfig().toString());
    winnow.awaitSaid("run one created");
    status("{\"phase\": \"Planning\", \"progress\": \"3 of 7\"}");
    winnow.awaitSaid("Planning: 3 of 7");
    return winnow;
  }

  private void status(String json) {
    world
        .admin()
        .resources(RetentionRunResource.class)
        .inNamespace(world.namespace())
        .withName("one")
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": " + json + "}");
  }

  /** Nothing else is said, and least of all on standard output. */
  @Test
  void theEndIsSeenThoughTheApiServerWasAway() throws Exception {
    try (WinnowProcess winnow = begin()) {
      server.stop();
      winnow.awaitSaid("the cluster does not answer");
      server.resume();
      status(
          """
          {"phase": "Succeeded", "progress": null, "conditions": [{"type": "Complete",
           "status": "True", "reason": "Applied", "message": "done",
           "lastTransitionTime": "2026-11-20T02:30:00Z"}]}
          """);
      Cli.Result result = winnow.await();
      assertThat(result.status()).isZero();
      assertThat(result.out()).isEqualTo("run one Succeeded: done\n");
      assertThat(result.err().lines())
          .filteredOn(line -> !line.contains("no operator has looked"))
          .containsExactly(
              "run one created",
              "Planning: 3 of 7",
              "winnow: the cluster does not answer; waiting for it");
    }
  }

  @Test
  void aRunThatIsDeletedIsNotWaitedForAnyMore() throws Exception {
    try (WinnowProcess winnow = begin()) {
      world
          .admin()
          .resources(RetentionRunResource.class)
          .inNamespace(world.namespace())
          .withName("one")
          .delete();
      Cli.Result result = winnow.await();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).endsWith("winnow: run one was deleted\n");
    }
  }

  @Test
  void anInterruptLeavesTheRun() throws Exception {
    try (WinnowProcess winnow = begin()) {
      winnow.signal("INT");
      Cli.Result result = winnow.await();
      assertThat(result.status()).isEqualTo(130);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .contains("interrupted; run one goes on in the cluster: winnow report one -n ");
    }
    assertThat(world.runs()).hasSize(1);
  }

  @Test
  void thatNoOperatorIsThereIsSaid() throws Exception {
    world.registry("https://registry.example.com", "");
    world.policy("builds", "");
    try (WinnowProcess winnow =
        WinnowProcess.start(
            folder.resolve("out"),
            List.of(),
            "run",
            "builds",
            "--name",
            "one",
            "--wait",
            "-n",
            world.namespace(),
            "--kubeconfig",
            server.kubeconfig().toString())) {
      winnow.awaitSaid("winnow: no operator has looked at run one yet; is one running?");
    }
  }
}
