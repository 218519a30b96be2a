package dev.winnow.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.controller.OperatorWorld;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("server")
class EventsTest {
  @Test
  void aLongNoteIsCutToTheBytesThatTheApiServerTakes() {
    try (OperatorWorld world = new OperatorWorld()) {
      world.secret("about", "user", "password");
      var about = world.admin().secrets().inNamespace(world.namespace()).withName("about");
      new Events(world.admin(), "test", InstantSource.system())
          .tell(about.require(), Events.Kind.Normal, "Test", "Told", "x" + "\u20ac".repeat(1000));
      assertThat(
              world.admin().events().v1().events().inNamespace(world.namespace()).list().getItems())
          .singleElement()
          .satisfies(event -> assertThat(event.getNote()).isEqualTo("x" + "\u20ac".repeat(341)))
          .satisfies(
              event -> assertThat(event.getNote().getBytes(StandardCharsets.UTF_8)).hasSize(1024));
    }
  }
}
