package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.Storage.WorkloadKind;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.collect.ReadOnlyWindow.Wish;
import dev.winnow.collect.WindowState.Closed;
import dev.winnow.collect.WindowState.Closing;
import dev.winnow.collect.WindowState.Open;
import dev.winnow.collect.WindowState.Opening;
import dev.winnow.collect.WindowState.Trouble;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The window's steps, and what others do to a workload meanwhile. Each step is a new window's. */
@Tag("server")
class ReadOnlyWindowTest {
  private static final WorkloadRef REF =
      new WorkloadRef(WorkloadKind.Deployment, "registry", "registry");
  private static final WindowRecord ORDER =
      new WindowRecord(
          "main", "gc", "uid-1", "registry", RegistryScene.START.plusSeconds(600), false);
  private static final String IMAGE = "image: 'registry:2', env: [{name: OTHER, value: stays}]";

  private static final String READ_ONLY =
      ReadOnlyVariable.NAME + ", value: '" + ReadOnlyVariable.VALUE + "'";

  /** Where the operator of the scene has no rights. */
  private static final String FOREIGN = "default";

  private final RegistryScene scene = new RegistryScene();

  @BeforeEach
  void deploy() {
    scene.claim("ReadWriteOnce").registry("").deployment(IMAGE).rolledOut();
  }

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  void writesItsIntentFirstAndRemovesItLast() {
    assertThat(advance(Wish.OPEN)).isInstanceOf(Opening.class);
    assertThat(annotation()).contains("\"collection\":\"gc\"", "\"set\":false");
    assertThat(variables()).containsExactly("OTHER");

    assertThat(advance(Wish.OPEN)).isInstanceOf(Opening.class);
    assertThat(annotation()).contains("\"set\":true");
    assertThat(variables()).containsExactlyInAnyOrder("OTHER", ReadOnlyVariable.NAME);

    assertThat(advance(Wish.OPEN)).as("the controller has not seen it").isInstanceOf(Opening.class);
    scene.rolledOut();
    assertThat(advance(Wish.OPEN)).isInstanceOf(Open.class);
    assertThat(advance(Wish.KEEP)).isInstanceOf(Open.class);

    assertThat(advance(Wish.CLOSE)).isInstanceOf(Closing.class);
    assertThat(variables()).containsExactly("OTHER");
    assertThat(annotation()).isNotEmpty();
    assertThat(advance(Wish.CLOSE)).as("pods are still read-only").isInstanceOf(Closing.class);
    assertThat(annotation()).isNotEmpty();
    scene.rolledOut();
    assertThat(advance(Wish.CLOSE)).isInstanceOf(Closing.class);
    assertThat(annotation()).isEmpty();
    assertThat(advance(Wish.CLOSE)).isEqualTo(new Closed());
  }

  @Test
  void isNotOpenWhileSomethingElseCanWrite() {
    scene.pod("shell", "image: busybox").runs("shell", "containerd://s", RegistryScene.START);
    open();
    assertThat(advance(Wish.OPEN))
        .isEqualTo(
            new Opening(
                "waits for what can write to the volume to end: container registry of pod shell"));
    scene.ends("shell", "containerd://s").forget("shell");
    await().untilAsserted(() -> assertThat(advance(Wish.OPEN)).isInstanceOf(Open.class));
  }

  @Test
  void isClosedByItsDeadline() {
    open();
    assertThat(advance(Wish.OPEN)).isInstanceOf(Open.class);
    scene.after(Duration.ofSeconds(601));
    assertThat(advance(Wish.KEEP)).isInstanceOf(Closing.class);
    scene.rolledOut();
    assertThat(advance(Wish.KEEP)).isInstanceOf(Closing.class);
    assertThat(advance(Wish.CLOSE)).isEqualTo(new Closed());
    assertThat(variables()).containsExactly("OTHER");
  }

  /** After a kill at any step: what stands on the workload is enough. */
  @Test
  void isClosedByTheSweepFromEachStep() {
    for (int steps = 1; steps <= 3; steps++) {
      for (int i = 0; i < steps; i++) {
        advance(Wish.OPEN);
        scene.rolledOut();
      }
      assertThat(sweep(true)).as("wanted still").isEmpty();
      for (int i = 0; i < 4; i++) {
        sweep(false);
        scene.rolledOut();
      }
      assertThat(sweep(false)).isEmpty();
      assertThat(annotation()).isEmpty();
      assertThat(variables()).containsExactly("OTHER");
    }
  }

  /** The Registry is gone, and with it what says where its workload is. */
  @Test
  void isFoundByItsLabel() {
    open();
    WindowSweep sweep = new WindowSweep(scene.operator(), scene, Set.of(scene.world().namespace()));
    for (int i = 0; i < 2; i++) {
      assertThat(sweep.advance(List.of(), (namespace, record) -> false).swept()).hasSize(1);
      scene.rolledOut();
    }
    assertThat(sweep.advance(List.of(), (namespace, record) -> false).swept()).isEmpty();
    assertThat(annotation()).isEmpty();
    assertThat(variables()).containsExactly("OTHER");
  }

  /** Rights are given namespace by namespace, and may be missing in one of them. */
  @Test
  void isClosedWhereOtherPlacesCannotBeRead() {
    open();
    String own = scene.world().namespace();
    WindowSweep sweep =
        new WindowSweep(scene.operator(), scene, new TreeSet<>(Set.of(FOREIGN, own)));
    List<WindowSweep.Place> known = List.of(new WindowSweep.Place(FOREIGN, REF));
    assertThat(sweep.advance(known, (namespace, record) -> false))
        .satisfies(look -> assertThat(look.swept()).hasSize(1))
        .satisfies(look ->
            assertThat(look.unread())
                .hasSize(2)
                .allSatisfy(why -> assertThat(why).hasMessageContaining(FOREIGN)));
  }

  @Test
  void isClosedAfterItsTimeWhereNobodyCanSayWhetherItIsWanted() {
    open();
    WindowSweep sweep = new WindowSweep(scene.operator(), scene, Set.of(scene.world().namespace()));
    BiPredicate<String, WindowRecord> unknown =
        (namespace, record) -> {
          throw new KubernetesClientException("away");
        };
    List<WindowSweep.Place> known = List.of(new WindowSweep.Place(scene.world().namespace(), REF));
    assertThat(sweep.advance(known, unknown).swept()).isEmpty();
    scene.after(Duration.ofHours(1));
    assertThat(sweep.advance(known, unknown).swept()).hasSize(1);
  }

  @Test
  void isBrokenBySomethingThatCanWrite() {
    open();
    assertThat(advance(Wish.KEEP)).isInstanceOf(Open.class);
    scene.pod("shell", "image: busybox").runs("shell", "containerd://s", RegistryScene.START);
    assertThat(advance(Wish.KEEP))
        .isInstanceOfSatisfying(
            Trouble.class, trouble -> assertThat(trouble.reason()).isEqualTo("WindowBroken"));
  }

  @Test
  void isSweptWhenItsTimeIsOverWhoeverWantsIt() {
    open();
    scene.after(Duration.ofHours(1));
    assertThat(sweep(true)).singleElement().returns(ORDER.set(), WindowSweep.Swept::record);
  }

  @Test
  void isSweptWhenItsIntentCannotBeRead() {
    open();
    annotate("\"nonsense\"");
    for (int i = 0; i < 4; i++) {
      sweep(true);
      scene.rolledOut();
    }
    assertThat(sweep(true)).isEmpty();
    assertThat(annotation()).isEmpty();
    assertThat(variables()).containsExactly("OTHER");
  }

  @Test
  void isSweptWhenItsIntentIsGone() {
    open();
    annotate("null");
    sweep(true);
    sweep(true);
    assertThat(sweep(true)).isEmpty();
    assertThat(variables()).containsExactly("OTHER");
  }

  @Test
  void isNoticedToBeReverted() {
    open();
    assertThat(advance(Wish.KEEP)).isInstanceOf(Open.class);
    deployAgain(List.of(new EnvVarBuilder().withName("OTHER").withValue("stays").build()));
    assertThat(advance(Wish.KEEP))
        .isInstanceOfSatisfying(
            Trouble.class,
            trouble -> {
              assertThat(trouble.reason()).isEqualTo("WindowReverted");
              assertThat(trouble.message()).contains("Deployment registry", "ignoreDifferences");
            });
    assertThat(variables()).as("it is not set again").containsExactly("OTHER");
    assertThat(advance(Wish.OPEN)).isInstanceOf(Trouble.class);
    assertCloses();
  }

  @Test
  void takesNoVariableFromOthers() {
    deployAgain(
        List.of(
            new EnvVarBuilder()
                .withName(ReadOnlyVariable.NAME)
                .withValue("{enabled: no}")
                .build()));
    assertThat(advance(Wish.OPEN))
        .isInstanceOfSatisfying(
            Trouble.class, trouble -> assertThat(trouble.reason()).isEqualTo("WindowConflict"));
    assertThat(annotation()).isEmpty();
  }

  @Test
  void reportsAConflictAndForcesNothing() {
    advance(Wish.OPEN);
    scene
        .world()
        .admin()
        .apps()
        .deployments()
        .inNamespace(scene.world().namespace())
        .withName("registry")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("flux")
                .build(),
            """
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "registry"},
             "spec": {"template": {"spec": {"containers": [{"name": "registry", "env": [
               {"name": "REGISTRY_STORAGE_MAINTENANCE_READONLY", "value": "{enabled: no}"}]}]}}}}
            """);
    assertThat(advance(Wish.OPEN))
        .isInstanceOfSatisfying(
            Trouble.class,
            trouble -> {
              assertThat(trouble.reason()).isEqualTo("WindowConflict");
              assertThat(trouble.message()).contains("flux", ReadOnlyVariable.NAME);
            });
    assertCloses();
    assertThat(
            scene
                .deployment()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv())
        .extracting(EnvVar::getValue)
        .contains("{enabled: no}");
  }

  @Test
  void doesNotBeginWherePodsAreNotReplaced() {
    scene
        .world()
        .admin()
        .apps()
        .deployments()
        .inNamespace(scene.world().namespace())
        .withName("registry")
        .edit(each -> new DeploymentBuilder(each).editSpec().withPaused(true).endSpec().build());
    assertThat(advance(Wish.OPEN))
        .isInstanceOfSatisfying(
            Trouble.class, trouble -> assertThat(trouble.reason()).isEqualTo("RolloutBlocked"));
    assertThat(annotation()).isEmpty();
  }

  @Test
  void waitsForTheWindowOfAnother() {
    open();
    WindowRecord other =
        new WindowRecord("main", "gc-2", "uid-2", "registry", ORDER.until(), false);
    assertThat(window().advance(Wish.OPEN, other, () -> scene.look().workload()))
        .isEqualTo(new Opening("waits until the window of gc is closed"));
  }

  @Test
  void isHinderedByWhatWouldWriteBesideTheRegistry() {
    assertThat(hindrance()).isEmpty();
    beside("registry-1", "[{name: registry, image: i, volumeMounts: [*mount]}]");
    assertThat(hindrance()).as("it is replaced").isEmpty();
    beside(
        "registry-2",
        "[{name: registry, image: i, volumeMounts: [*mount]},"
            + " {name: nightly, image: i, volumeMounts: [*mount]}]");
    assertHindered("WriterNotReadOnly", "container nightly of pod registry-2 can write", false);
    scene.forget("registry-2").pod("shell", "image: busybox");
    assertHindered("WriterNotReadOnly", "container registry of pod shell can write", false);
    scene.forget("shell").pod("mirror", IMAGE.replace("OTHER, value: stays", READ_ONLY));
    assertThat(hindrance()).as("it refuses writes").isEmpty();
    beside("registry-3", "[{name: registry, image: i, volumeMounts: [*mount]}]");
    scene
        .world()
        .admin()
        .pods()
        .inNamespace(scene.world().namespace())
        .withName("registry-3")
        .withGracePeriod(600)
        .delete();
    assertHindered("WriterTerminating", "pod registry-3 (terminating)", true);
    deployAgain(List.of());
    assertHindered("WorkloadNotReady", "has not seen the change", true);
  }

  private Optional<ReadOnlyWindow.Hindrance> hindrance() {
    return window().hindrance(scene.look().workload());
  }

  private void assertHindered(String reason, String message, boolean mayPass) {
    assertThat(hindrance())
        .hasValueSatisfying(found -> {
          assertThat(found.reason()).isEqualTo(reason);
          assertThat(found.message()).contains(message);
          assertThat(found.mayPass()).isEqualTo(mayPass);
        });
  }

  /** A pod of the Deployment with these containers. */
  private void beside(String name, String containers) {
    scene.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          ownerReferences:
          - {apiVersion: apps/v1, kind: ReplicaSet, name: registry-5d8, uid: %s, controller: true}
        spec:
          nodeName: node-1
          containers: %s
          volumes: [{name: data, persistentVolumeClaim: {claimName: registry}}]
        """
            .formatted(name, UUID.randomUUID(), containers)
            .replace("*mount", "{name: data, mountPath: /var/lib/registry}"));
  }

  /** Pods behind the other one may never get ready. */
  @Test
  void doesNotWaitForTheWindowOfAnotherOnceItsTimeIsOver() {
    open();
    WindowRecord other =
        new WindowRecord("main", "gc-2", "uid-2", "registry", ORDER.until().plusSeconds(60), false);
    scene.after(Duration.ofMinutes(11));
    assertThat(window().advance(Wish.OPEN, other, () -> scene.look().workload()))
        .isInstanceOfSatisfying(
            Trouble.class,
            trouble -> {
              assertThat(trouble.reason()).isEqualTo("WindowNotOpened");
              assertThat(trouble.message())
                  .contains(
                      "the window of collection gc is still on Deployment registry",
                      "1 ready",
                      WindowRecord.ANNOTATION);
            });
    assertThat(annotation()).as("it is for the sweep").contains("\"collection\":\"gc\"");
  }

  @Test
  void aWorkloadThatIsGoneIsClosed() {
    open();
    scene.world().admin().resource(scene.deployment()).delete();
    assertThat(advance(Wish.KEEP)).isInstanceOf(Trouble.class);
    assertThat(advance(Wish.CLOSE)).isEqualTo(new Closed());
  }

  private void open() {
    advance(Wish.OPEN);
    advance(Wish.OPEN);
    scene.rolledOut();
  }

  private void assertCloses() {
    for (int i = 0; i < 3; i++) {
      advance(Wish.CLOSE);
      scene.rolledOut();
    }
    assertThat(advance(Wish.CLOSE)).isEqualTo(new Closed());
    assertThat(annotation()).isEmpty();
  }

  private ReadOnlyWindow window() {
    return new ReadOnlyWindow(scene.operator(), scene, scene.world().namespace(), REF);
  }

  private WindowState advance(Wish wish) {
    return window().advance(wish, ORDER, () -> scene.look().workload());
  }

  private List<WindowSweep.Swept> sweep(boolean wanted) {
    return new WindowSweep(scene.operator(), scene, Set.of(scene.world().namespace()))
        .advance(
            List.of(new WindowSweep.Place(scene.world().namespace(), REF)),
            (namespace, record) -> wanted)
        .swept();
  }

  private String annotation() {
    return scene
        .deployment()
        .getMetadata()
        .getAnnotations()
        .getOrDefault(WindowRecord.ANNOTATION, "");
  }

  private void annotate(String json) {
    scene
        .world()
        .admin()
        .apps()
        .deployments()
        .inNamespace(scene.world().namespace())
        .withName("registry")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"" + WindowRecord.ANNOTATION + "\":" + json + "}}}");
  }

  /** Writes its variables as somebody does who replaces all of them. */
  private void deployAgain(List<EnvVar> variables) {
    scene
        .world()
        .admin()
        .apps()
        .deployments()
        .inNamespace(scene.world().namespace())
        .withName("registry")
        .edit(each ->
            new DeploymentBuilder(each)
                .editSpec()
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .withEnv(variables)
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
  }

  private List<String> variables() {
    return scene
        .deployment()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst()
        .getEnv()
        .stream()
        .map(EnvVar::getName)
        .toList();
  }
}
