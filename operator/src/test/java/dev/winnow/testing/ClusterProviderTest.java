package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterProviderTest {
  @Test
  void autoIsTheFirstThatCanBeHad() {
    assertThat(ClusterProvider.choose("auto", provider -> null))
        .isEqualTo(ClusterProvider.EXISTING);
    assertThat(
            ClusterProvider.choose(
                "auto", provider -> provider == ClusterProvider.EXISTING ? "none" : null))
        .isEqualTo(ClusterProvider.K3S);
    assertThat(
            ClusterProvider.choose(
                "auto", provider -> provider == ClusterProvider.LOCAL ? null : "none"))
        .isEqualTo(ClusterProvider.LOCAL);
  }

  @Test
  void autoSaysWhyThereIsNone() {
    assertThatThrownBy(() -> ClusterProvider.choose("auto", provider -> "no " + provider + " here"))
        .hasMessage(
            """
            no cluster for the tests:
              existing: no existing here
              k3s: no k3s here
              local: no local here\
            """);
  }

  @Test
  void aNamedOneIsHadOrRefusedWithTheReason() {
    assertThat(ClusterProvider.choose("local", provider -> null)).isEqualTo(ClusterProvider.LOCAL);
    assertThatThrownBy(() -> ClusterProvider.choose("local", provider -> "it needs root"))
        .hasMessage("WINNOW_TEST_CLUSTER=local cannot be had: it needs root");
  }

  @Test
  void refusesOtherNames() {
    assertThatThrownBy(() -> ClusterProvider.choose("minikube", provider -> null))
        .hasMessageContaining("auto, existing, k3s or local, not \"minikube\"");
  }

  @Test
  void anExistingOneNeedsAKubeconfigThatCanBeRead(@TempDir Path folder) throws Exception {
    Map<String, String> missing =
        Map.of("WINNOW_TEST_CLUSTER", "existing", "WINNOW_TEST_KUBECONFIG", folder + "/none");
    assertThatThrownBy(() -> ClusterProvider.choose(missing)).hasMessageContaining("cannot read");
    assertThatThrownBy(() -> ClusterProvider.choose(Map.of("WINNOW_TEST_CLUSTER", "existing")))
        .hasMessageContaining("WINNOW_TEST_KUBECONFIG names no kubeconfig");
    Path kubeconfig = Files.createFile(folder.resolve("kubeconfig"));
    assertThat(ClusterProvider.choose(Map.of("WINNOW_TEST_KUBECONFIG", kubeconfig.toString())))
        .isEqualTo(ClusterProvider.EXISTING);
  }

  @Test
  void anExistingOneSaysWhatItHasToBeTold() {
    ExistingCluster cluster = new ExistingCluster(Map.of());
    assertThatThrownBy(() -> cluster.load(Path.of("image.tar")))
        .hasMessageContaining("WINNOW_TEST_LOAD")
        .hasMessageContaining("kind load image-archive");
    assertThatThrownBy(() -> cluster.trust("registry:5000"))
        .hasMessageContaining("WINNOW_TEST_TRUST");
    assertThatThrownBy(cluster::sharedFolder).hasMessageContaining("WINNOW_TEST_SHARED_FOLDER");
  }

  @Test
  void saysWhatAFailedPrivilegedContainerMeans() {
    RuntimeException failure =
        new IllegalStateException(
            "Container startup failed", new IllegalStateException("operation not permitted"));
    assertThat(K3sContainerNode.trouble(failure))
        .contains("rancher/k3s", "rootless", "operation not permitted");
  }
}
