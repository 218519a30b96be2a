package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Registry that was written for a newer Winnow has policies that keep, all the same. */
@Tag("server")
class NewerRegistryTest {
  @Test
  void itsPoliciesKeep(@TempDir Path folder) throws IOException {
    try (TestApiServer newer = TestApiServer.start();
        TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "old-2", TestImages.oci("two").build());
      images.push("team/app", "new", TestImages.oci("new").build());
      OperatorWorld.installKinds(newer);
      OperatorWorld.allowUnknownFields(newer, "registries");
      try (OperatorWorld world = new OperatorWorld(newer)) {
        world.policy("keeper", "protect: {tags: [old-1], inUse: Ignore}");
        String file = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
        String kubeconfig = newer.kubeconfig().toString();
        Cli cli = new Cli().environment(Map.of("HOME", "/nonexistent", "KUBECONFIG", kubeconfig));
        String[] plan = {"plan", "-f", file, "-ojson", "--kubeconfig", kubeconfig};

        world.registry(registry.url().toString(), ", signedBy: somebody");
        assertThat(decisions(cli.run(plan)))
            .containsEntry("team/app:old-1", "Keep/KeptByPolicy")
            .containsEntry("team/app:old-2", "Delete/Expired");

        world.deleteRegistry("main");
        world.apply(
            """
            apiVersion: winnow.dev/v1alpha1
            kind: Registry
            metadata: {name: main}
            spec: {addresses: ["%s"]}
            """
                .formatted(registry.url()));
        Cli.Result refused = cli.run(plan);
        assertThat(refused.status()).isEqualTo(3);
        assertThat(refused.err())
            .contains(
                "(PolicyInvalid)", "/keeper", "the address of " + world.namespace() + "/main");
      }
    }
  }
}
