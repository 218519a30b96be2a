package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.PlanStore;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.dsl.NamespaceableResource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run did is told, whatever the API server says to that at first. */
@Tag("server")
class RefusedWritesTest {
  private static final int OLD = 6;

  private TestRegistry registry;
  private ImagePusher images;
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
    images = ImagePusher.to(registry.url());
    world = new OperatorWorld();
    OperatorWorld.pushOld(images, OLD);
  }

  @AfterEach
  void close() {
    world.close();
    images.close();
    registry.close();
  }

  /** 403, 413 and 422. */
  @ParameterizedTest
  @ValueSource(strings = {"Forbidden", "RequestEntityTooLarge", "Invalid"})
  void aResultIsStoredOnceItCanBe(String reason) throws IOException {
    try (Refusal refusal = refuse("-result-", "None", reason)) {
      String run = enforce(registry.url().toString());
      refusal.awaitRefusals(2);
      assertThat(images.tags("team/app")).containsExactly("new");
      assertThat(world.runStatus(run).phase()).isEqualTo(Phase.Applying);
      refusal.lift();
      assertTellsAll(world.awaitEnd(run));
    }
  }

  @Test
  void theResultOfACancelledRunIsStoredToo() throws IOException {
    Gate gate = new Gate();
    try (TestProxy proxy = TestProxy.before(registry.url()).rule(gate::hold);
        Refusal refusal = refuse("-result-", "None", "Invalid")) {
      String run = enforce(proxy.url().toString());
      gate.awaitHeld();
      world.patchRun(run, "{\"cancel\": true}");
      world.awaitSeen(run, 2);
      gate.open();
      refusal.awaitRefusals(2);
      refusal.lift();
      RetentionRunStatus ended = world.awaitEnd(run);
      assertThat(ended.phase()).isEqualTo(Phase.Cancelled);
      assertThat(result(ended).deleted()).isEqualTo(OLD + 1L - images.tags("team/app").size());
      assertThat(lines(ended)).hasSize(OLD);
    }
  }

  @Test
  void theNextOperatorStoresWhatThisOneCouldNot() throws IOException {
    try (Refusal refusal = refuse("-result-", "None", "Invalid")) {
      String run = enforce(registry.url().toString());
      refusal.awaitRefusals(2);
      world.stop();
      assertThat(world.runStatus(run))
          .returns(Phase.Applying, RetentionRunStatus::phase)
          .satisfies(between -> assertThat(result(between).deleted()).isEqualTo(OLD));
      refusal.lift();
      world.start();
      assertTellsAll(world.awaitEnd(run));
    }
  }

  @Test
  void theEndIsWrittenOnceItCanBe() throws IOException {
    try (Refusal refusal = refuse("-none-", "Succeeded", "Invalid")) {
      String run = enforce(registry.url().toString());
      refusal.awaitRefusals(2);
      assertThat(images.tags("team/app")).containsExactly("new");
      refusal.lift();
      assertTellsAll(world.awaitEnd(run));
    }
  }

  /**
   * The end was not written, and the plan is gone: what the operator stored of its work is told.
   */
  @Test
  void aResultThatNothingNamesIsFound() throws IOException {
    String run;
    try (Refusal refusal = refuse("-none-", "Succeeded", "Invalid")) {
      run = enforce(registry.url().toString());
      refusal.awaitRefusals(2);
      world.stop();
      world
          .admin()
          .configMaps()
          .inNamespace(world.namespace())
          .withName(world.runStatus(run).reports().getFirst())
          .delete();
    }
    world.start();
    RetentionRunStatus ended = world.awaitEnd(run);
    assertThat(ended.why())
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo("PlanMissing"));
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
    assertThat(lines(ended)).hasSize(OLD);
  }

  /** And the registry is not read again for that. */
  @Test
  void aPlanIsStoredOnceItCanBe() {
    try (TestProxy proxy = TestProxy.before(registry.url());
        Refusal refusal = refuse("-plan-", "None", "Invalid")) {
      String run = enforce(proxy.url().toString());
      refusal.awaitRefusals(2);
      assertThat(proxy.requests())
          .filteredOn(one -> one.request().path().startsWith("/v2/team/app/tags/list"))
          .hasSize(1);
      assertThat(images.tags("team/app")).hasSize(OLD + 1);
      refusal.lift();
      assertThat(result(world.awaitEnd(run)).deleted()).isEqualTo(OLD);
    }
  }

  @Test
  void aRegistrysLockFailsTheRunAfterAWhile() {
    try (Refusal refusal = refuse("-registry-", "None", "Invalid")) {
      world.start(
          new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(2)));
      world.registry(registry.url().toString(), "");
      world.policy("builds", "mode: Enforce");
      assertThat(world.awaitEnd(world.run("builds", "")).why())
          .hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo("LockRefused");
            assertThat(why.message())
                .contains("Lease winnow-registry-", "namespace " + world.namespace());
          });
      assertThat(images.tags("team/app")).hasSize(OLD + 1);
      refusal.awaitRefusals(2);
    }
  }

  @Test
  void whatOthersCallTheSameIsLeftAlone() throws IOException {
    world.start();
    world.registry(registry.url().toString(), "");
    world.policy("builds", "mode: Enforce");
    List<String> taken = List.of("mine-plan-1", "mine-result-1");
    taken.forEach(name -> world.configMap(name, "of", "somebody else"));
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionRun
        metadata: {name: mine}
        spec: {policyRef: {name: builds}}
        """);
    RetentionRunStatus ended = world.awaitEnd("mine");
    assertTellsAll(ended);
    assertThat(ended.reports()).containsExactly("mine-plan-2", "mine-result-2");
    var configMaps = world.admin().configMaps().inNamespace(world.namespace());
    assertThat(taken)
        .allSatisfy(name ->
            assertThat(configMaps.withName(name).require().getData())
                .containsEntry("of", "somebody else"));
  }

  private String enforce(String url) {
    world.start();
    world.registry(url, ", client: {concurrency: 1}");
    world.policy("builds", "mode: Enforce");
    return world.run("builds", "");
  }

  private void assertTellsAll(RetentionRunStatus ended) throws IOException {
    assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
    assertThat(lines(ended)).hasSize(OLD);
    assertThat(images.tags("team/app")).containsExactly("new");
  }

  /** What is stored of what became of the deletions. */
  private List<String> lines(RetentionRunStatus run) throws IOException {
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                new PlanStore(world.admin())
                    .read(world.namespace(), PlanStore.of(run.reports(), PlanStore.RESULT)),
                StandardCharsets.UTF_8))) {
      return in.lines().toList();
    }
  }

  /**
   * Refuses a part of what the operator writes.
   *
   * @param names part of the names that no ConfigMap or Lease may have
   * @param phase that no run may be in
   * @param reason as the API server knows it; the status follows from it
   */
  private Refusal refuse(String names, String phase, String reason) {
    return new Refusal(
        world,
        """
        apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], \
        resources: [configmaps, leases, retentionruns/status]\
        """,
        "object.kind == 'RetentionRun' ? object.status.phase != '%s' : !object.metadata.name.contains('%s')"
            .formatted(phase, names),
        reason,
        () -> configMap("a" + names + "1").dryRun().create());
  }

  private NamespaceableResource<ConfigMap> configMap(String name) {
    return world
        .admin()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(world.namespace())
                .withName(name)
                .endMetadata()
                .build());
  }
}
