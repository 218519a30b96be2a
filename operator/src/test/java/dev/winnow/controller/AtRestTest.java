package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An operator with nothing to do writes nothing: each write wakes whoever watches. */
class AtRestTest {
  private static final int POLICIES = 200;

  @Test
  @Tag("server")
  void writesNothingInAMinute() {
    rest(Duration.ofMinutes(1));
  }

  @Test
  @Tag("soak")
  void writesNothingInFiveMinutes() {
    rest(Duration.ofMinutes(5));
  }

  private static void rest(Duration time) {
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).start();
        OperatorWorld world = new OperatorWorld().start()) {
      world.registry(registry.url().toString(), "");
      for (int i = 0; i < POLICIES; i++) {
        world.policy("p" + i, "schedule: \"0 0 1 1 *\"");
      }
      for (int i = 0; i < POLICIES; i++) {
        world.awaitPolicy("p" + i, status -> status.nextRun() != null);
      }
      Map<String, String> before = versions(world);
      await()
          .pollDelay(time)
          .atMost(time.plusSeconds(10))
          .untilAsserted(() -> assertThat(versions(world)).isEqualTo(before));
    }
  }

  private static Map<String, String> versions(OperatorWorld world) {
    Map<String, String> versions = new TreeMap<>();
    for (Class<? extends HasMetadata> kind :
        List.of(
            RegistryResource.class,
            RetentionPolicyResource.class,
            RetentionRunResource.class,
            ConfigMap.class,
            Event.class,
            Lease.class)) {
      world.admin().resources(kind).inNamespace(world.namespace()).list().getItems().stream()
          .forEach(each ->
              versions.put(
                  each.getKind() + "/" + each.getMetadata().getName(),
                  each.getMetadata().getResourceVersion()));
    }
    return versions;
  }
}
