package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionPolicyStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That what people copy from examples/ is taken as it is, and does what its comment says. */
@Tag("server")
class ExamplesTest {
  private static final Path FOLDER = Tools.checkout().resolve("examples");

  private OperatorWorld world;
  private Kubectl kubectl;

  @BeforeEach
  void setUp() {
    world = new OperatorWorld().start();
    kubectl = new Kubectl(world.server().kubeconfig(), world.namespace());
  }

  @AfterEach
  void close() {
    world.close();
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void areTakenByTheServerWithoutAWarning() throws IOException {
    assertThat(files()).hasSizeGreaterThan(5);
    for (Path file : files()) {
      assertThat(Files.readString(file)).as("what %s is for", file).startsWith("# ");
      Tools.Result result =
          kubectl.call("create", "--dry-run=server", "--validate=strict", "-f", file.toString());
      assertThat(result.exitCode()).as(file + ": " + result.err()).isZero();
      assertThat(result.err()).as(file.toString()).isEmpty();
    }
  }

  @Test
  void workOnARegistryThatIsThere() throws IOException {
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start()) {
      apply("builds", registry);
      apply("keep", registry);
      apply("approve", registry);
      for (String policy : List.of("builds", "keep-shop", "caches")) {
        RetentionPolicyStatus status = world.awaitPolicy(policy, ExamplesTest::isReady);
        assertThat(Condition.find(status.conditions(), "Stalled")).isEmpty();
      }
      kubectl.run("create", "-f", FOLDER.resolve("templates/run.yaml").toString());
      world.awaitRuns(runs -> runs.size() == 1);
      String run = world.runs().getFirst().getMetadata().getName();
      assertThat(world.awaitEnd(run).phase()).isEqualTo(Phase.Succeeded);
    }
  }

  @Test
  void collectARegistryOnASchedule() throws IOException {
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).start()) {
      apply("collect", registry);
      world.awaitRegistry(
          "main",
          main ->
              main.getStatus().collections() != null
                  && main.getStatus().collections().next() != null);
      kubectl.run("create", "-f", FOLDER.resolve("templates/collection.yaml").toString());
      await()
          .atMost(OperatorWorld.SOON)
          .untilAsserted(() ->
              assertThat(
                      kubectl.run(
                          "get",
                          "wgc",
                          "-o",
                          "jsonpath={range .items[*].status.conditions[*]}{.reason}: {.message}{end}"))
                  .as("nothing but the Registry is here, and the workload is looked at first")
                  .startsWith(
                      "WorkloadMissing: spec.storage.workloadRef: there is no Deployment"
                          + " registry in namespace "));
    }
  }

  private void apply(String name, TestRegistry registry) throws IOException {
    kubectl.apply(
        Files.readString(FOLDER.resolve("cluster/" + name + ".yaml"))
            .replace("http://registry.registry.svc:5000", registry.url().toString()));
  }

  private static boolean isReady(RetentionPolicyStatus status) {
    return Condition.find(status.conditions(), "Ready")
        .filter(ready -> ready.status() == Status.True)
        .isPresent();
  }
}
