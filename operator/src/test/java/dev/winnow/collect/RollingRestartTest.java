package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Storage.WorkloadKind;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.collect.RollingRestart.State;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A restart is done once a collection, whoever goes on with that. */
@Tag("server")
class RollingRestartTest {
  private static final WorkloadRef REF =
      new WorkloadRef(WorkloadKind.Deployment, "registry", "registry");
  private static final String OLD = "containerd://old";

  private final RegistryScene scene = new RegistryScene();

  @BeforeEach
  void deploy() {
    scene.claim("ReadWriteOnce").registry("").deployment("image: 'registry:2'").rolledOut();
  }

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  void restartsOnceACollection() {
    scene.pod("old", "image: 'registry:2'").runs("old", OLD, scene.instant().minusSeconds(60));
    scene.look();
    assertThat(advance("one")).isInstanceOf(State.Rolling.class);
    String first = annotations().get(RollingRestart.AT);
    assertThat(first).isEqualTo(scene.instant().toString());

    scene.after(Duration.ofSeconds(10));
    assertThat(advance("one")).isInstanceOf(State.Rolling.class);
    scene.rolledOut();
    assertThat(advance("one"))
        .isEqualTo(new State.Rolling("waits until all containers from before the restart ended"));
    scene.ends("old", OLD);
    scene.look();
    scene.forget("old");
    assertThat(advance("one")).isEqualTo(new State.Done(scene.instant()));
    assertThat(annotations()).containsEntry(RollingRestart.AT, first);

    assertThat(advance("two")).isInstanceOf(State.Rolling.class);
    assertThat(annotations().get(RollingRestart.AT)).isNotEqualTo(first);
  }

  @Test
  void takesTheTimeFromKubectl() {
    patch("{\"kubectl.kubernetes.io/restartedAt\": \"2026-01-01T00:00:00Z\"}");
    assertThat(advance("one")).isInstanceOf(State.Rolling.class);
    assertThat(annotations()).containsEntry(RollingRestart.AT, scene.instant().toString());
  }

  @Test
  void isNotDoneAgainWhereSomebodyTookItBack() {
    advance("one");
    patch("{\"kubectl.kubernetes.io/restartedAt\": null, \"winnow.dev/restarted-for\": null}");
    assertThat(advance("one"))
        .isInstanceOfSatisfying(
            State.Trouble.class,
            trouble -> assertThat(trouble.reason()).isEqualTo("RestartReverted"));
  }

  /** A restart and a window are of two names, and end each other in nothing. */
  @Test
  void outlivesAWindow() {
    advance("one");
    WindowRecord order =
        new WindowRecord("main", "gc", "uid", "registry", scene.instant().plusSeconds(60), false);
    for (ReadOnlyWindow.Wish wish : ReadOnlyWindow.Wish.values()) {
      for (int i = 0; i < 3; i++) {
        scene.rolledOut();
        new ReadOnlyWindow(scene.operator(), scene, scene.world().namespace(), REF)
            .advance(wish, order, () -> scene.look().workload());
      }
    }
    assertThat(annotations()).containsEntry(RollingRestart.FOR, "one");
    assertThat(scene.deployment().getMetadata().getAnnotations())
        .containsEntry(RollingRestart.FOR, "one")
        .doesNotContainKey(WindowRecord.ANNOTATION);
  }

  private State advance(String collection) {
    return new RollingRestart(scene.operator(), scene, scene.world().namespace(), REF)
        .advance(collection, () -> scene.look().workload());
  }

  private void patch(String annotations) {
    scene
        .world()
        .admin()
        .apps()
        .deployments()
        .inNamespace(scene.world().namespace())
        .withName("registry")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":" + annotations + "}}}}");
  }

  private Map<String, String> annotations() {
    return scene.deployment().getSpec().getTemplate().getMetadata().getAnnotations();
  }
}
