package dev.winnow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A cluster with an operator, a registry with old tags, and a user at the command line. */
final class ClusterScene implements AutoCloseable {
  final TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
  final ImagePusher images = ImagePusher.to(registry.url());
  final OperatorWorld world = new OperatorWorld();

  /** Tags that go by the policies of {@link OperatorWorld#policy}, and one that stays. */
  ClusterScene old(int count) {
    for (int i = 1; i <= count; i++) {
      images.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
    }
    images.push("team/app", "new", TestImages.oci("new").build());
    return this;
  }

  /** With the operator at work, and Registry main. */
  ClusterScene start() {
    world.start();
    world.registry(registry.url().toString(), "");
    return this;
  }

  /** Runs a command in the namespace of this scene. */
  Cli.Result winnow(String... args) {
    return winnow(new Cli(), args);
  }

  Cli.Result winnow(Cli cli, String... args) {
    return cli.environment(environment())
        .run(
            Stream.concat(Stream.of(args), Stream.of("-n", world.namespace()))
                .toArray(String[]::new));
  }

  /** What a user's shell has. */
  Map<String, String> environment() {
    return Map.of("HOME", "/nonexistent", "KUBECONFIG", world.server().kubeconfig().toString());
  }

  List<String> tags() throws IOException {
    JsonNode answer =
        new JsonMapper().readTree(images.send("GET", "/v2/team/app/tags/list").body());
    return answer.path("tags").valueStream().map(JsonNode::asText).sorted().toList();
  }

  @Override
  public void close() {
    world.close();
    images.close();
    registry.close();
  }
}
