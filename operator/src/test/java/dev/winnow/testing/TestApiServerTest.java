package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("server")
class TestApiServerTest {
  private static TestApiServer server;

  @BeforeAll
  static void start() {
    server = TestApiServer.start();
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void isAnApiServerOfAKnownVersion() {
    try (KubernetesClient admin = client(server.config())) {
      assertThat(admin.getKubernetesVersion().getGitVersion()).isEqualTo("v1.34.4");
      assertThat(admin.namespaces().list().getItems()).isNotEmpty();
    }
  }

  @Test
  void keepsItsAddressAndObjectsOverStopAndCrash() {
    String before = server.config().getMasterUrl();
    try (KubernetesClient admin = client(server.config())) {
      admin.resource(configMap("kept")).create();
      server.stop();
      Config impatient =
          new ConfigBuilder(server.config())
              .withAutoConfigure(false)
              .withRequestRetryBackoffLimit(0)
              .build();
      try (KubernetesClient refused = client(impatient)) {
        assertThatThrownBy(() -> refused.namespaces().list())
            .isInstanceOf(KubernetesClientException.class);
      }
      server.resume();
      assertThat(admin.resource(configMap("kept")).get()).isNotNull();
      server.kill();
      server.resume();
      assertThat(admin.resource(configMap("kept")).get()).isNotNull();
    }
    assertThat(server.config().getMasterUrl()).isEqualTo(before);
  }

  @Test
  void guardsWhatAServiceAccountMayDo() {
    try (KubernetesClient reader = client(server.configAs("default", "reader"))) {
      assertForbidden(() -> reader.configMaps().inNamespace("default").list());
      kubectl("create role read --verb=list --resource=configmaps");
      kubectl("create rolebinding reader --role=read --serviceaccount=default:reader");
      await().untilAsserted(() -> reader.configMaps().inNamespace("default").list());
      assertForbidden(() -> reader.secrets().inNamespace("default").list());
      assertForbidden(() -> reader.resource(configMap("new")).create());
    }
  }

  @Test
  void givesServiceAccountsTokens() {
    kubectl("create serviceaccount robot");
    Config robot =
        new ConfigBuilder(server.config())
            .withAutoConfigure(false)
            .withOauthToken(kubectl("create token robot"))
            .build();
    try (KubernetesClient client = client(robot)) {
      assertThatThrownBy(() -> client.namespaces().list())
          .hasMessageContaining("system:serviceaccount:default:robot");
    }
  }

  @Test
  void endsWithEverythingOfIt() {
    TestApiServer other = TestApiServer.start();
    List<ProcessHandle> processes = new ArrayList<>(descendants(other.pid()));
    assertThat(processes).as("two shells, etcd, API server").hasSizeGreaterThanOrEqualTo(3);
    other.close();
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(other.kubeconfig().getParent()).doesNotExist();
  }

  @Test
  void endsWhenTheProcessInChargeIsKilled() {
    TestApiServer killed = TestApiServer.start();
    List<ProcessHandle> processes = new ArrayList<>(descendants(killed.pid()));
    ProcessHandle.of(killed.pid()).orElseThrow().destroyForcibly();
    await().until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    killed.close();
    TestApiServer.start().close();
    assertThat(killed.kubeconfig().getParent()).as("swept by the next").doesNotExist();
  }

  private static List<ProcessHandle> descendants(long pid) {
    return ProcessHandle.of(pid).orElseThrow().descendants().toList();
  }

  private static String kubectl(String arguments) {
    Map<String, String> environment = Map.of("KUBECONFIG", server.kubeconfig().toString());
    Tools.Result result = Tools.find().call(environment, "kubectl", arguments.split(" "));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private static void assertForbidden(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
  }

  private static ConfigMap configMap(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("default")
        .endMetadata()
        .build();
  }

  private static KubernetesClient client(Config config) {
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
