package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestCluster;
import dev.winnow.testing.TestImages;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The namespaced overlay: it works in its own namespace, and reaches nothing outside of it. */
@Tag("server")
@ExtendWith(Shared.class)
class OwnNamespaceTest {
  @Test
  void worksInItsNamespaceAndLeavesOthersAlone(
      TestCluster cluster, @TempDir Path folder, @TempDir Path images) {
    try (UserNamespace own = UserNamespace.create(cluster);
        UserNamespace other = UserNamespace.create(cluster);
        DeployedOperator operator = DeployedOperator.installIn(cluster, own.name(), folder);
        ClusterRegistry registry =
            ClusterRegistry.deploy(cluster, own.name(), RegistryVersion.V3, images);
        ImagePusher pusher = registry.pusher()) {
      pusher.push("team/app", "old-1", TestImages.oci("one").build());
      pusher.push("team/app", "new", TestImages.oci("new").build());
      for (UserNamespace each : new UserNamespace[] {other, own}) {
        each.registry(registry, "");
        each.policy("mode: " + (each == own ? "Enforce" : "Preview"));
        each.runNow("one");
      }
      own.awaitPolicy("lastRun.deleted", "1", operator::log);
      assertThat(pusher.tags("team/app")).containsExactly("new");
      assertThat(other.kubectl().run("get", "wreg,wpol,wrun", "-o", "jsonpath={.items[*].status}"))
          .isEmpty();
      assertThat(other.kubectl().run("get", "wrun", "-o", "name")).isEmpty();
      mayDoNothing(other, own);
    }
  }

  /** Asks the API server what the account that it runs as may do elsewhere. */
  private static void mayDoNothing(UserNamespace elsewhere, UserNamespace own) {
    String account = "system:serviceaccount:" + own.name() + ":winnow-operator";
    String nobody = "system:serviceaccount:" + own.name() + ":nobody";
    assertThat(rights(own, account)).isNotEqualTo(rights(own, nobody)).contains("secrets");
    assertThat(rights(elsewhere, account)).isEqualTo(rights(elsewhere, nobody));
    assertThat(elsewhere.kubectl().call("auth", "can-i", "list", "wpol", "-A", "--as=" + account))
        .satisfies(all -> assertThat(all.out()).startsWith("no"));
    assertThat(own.kubectl().run("get", "clusterroles,clusterrolebindings", "-o", "name"))
        .as("all of it lives in its namespace")
        .doesNotContain("winnow");
  }

  private static String rights(UserNamespace in, String account) {
    return in.kubectl()
        .run("auth", "can-i", "--list", "--as=" + account, "--as-group=system:authenticated");
  }
}
