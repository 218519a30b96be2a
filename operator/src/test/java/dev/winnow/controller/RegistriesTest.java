package dev.winnow.controller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCertificates;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Registry says of itself. */
@Tag("server")
class RegistriesTest {
  private OperatorWorld world;

  @BeforeEach
  void setUp() {
    world = new OperatorWorld().start();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private static Predicate<RegistryResource> ready(Status is, String reason, String message) {
    return registry -> is(registry.getStatus().conditions(), is, reason, message);
  }

  private static boolean is(
      List<Condition> conditions, Status status, String reason, String message) {
    return Condition.find(conditions, "Ready")
        .filter(ready -> ready.status() == status)
        .filter(ready -> ready.reason().equals(reason))
        .filter(ready -> ready.message().contains(message))
        .isPresent();
  }

  @EachRegistry
  void isReachableAndOnlyGets(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url())) {
      world.registry(proxy.url().toString(), "");
      RegistryResource found = world.awaitRegistry("main", ready(Status.True, "Reachable", ""));
      assertThat(found.getStatus().deletesBy())
          .isEqualTo(
              version == RegistryVersion.V3
                  ? RegistryStatus.DeletesBy.Tag
                  : RegistryStatus.DeletesBy.Digest);
      assertThat(proxy.requests())
          .allSatisfy(one -> assertThat(one.request().method()).isEqualTo("GET"));
    }
  }

  @Test
  void hearsAtOnceWhenItsSecretAppearsAndIsMended() {
    try (TestRegistry registry =
        TestRegistry.of(RegistryVersion.V3).htpasswd("robot", "right-password").start()) {
      world.registry(registry.url().toString(), ", credentialsSecretRef: {name: auth}");
      world.awaitRegistry("main", ready(Status.False, "SecretMissing", "Secret auth is not there"));
      world.secret("auth", "robot", "wrong-password");
      RegistryResource refused =
          world.awaitRegistry("main", ready(Status.False, "Unauthorized", ""));
      assertThat(refused.getStatus().toString()).doesNotContain("wrong-password");
      world.secret("auth", "robot", "right-password");
      assertThat(
              world
                  .awaitRegistry("main", ready(Status.True, "Reachable", ""))
                  .getStatus()
                  .conditions())
          .extracting(Condition::type)
          .doesNotContain("Reconciling", "Stalled");
    }
  }

  /** By watching: the clock stands still, so that it is never time to ask again. */
  @Test
  void whatARunNeedsMayComeOneAfterTheOther() {
    Instant now = Instant.now();
    world.stop();
    world.clock(() -> now).start();
    try (TestRegistry registry =
            TestRegistry.of(RegistryVersion.V3).htpasswd("robot", "right-password").start();
        ImagePusher images =
            ImagePusher.to(registry.url())
                .authorization(
                    "Basic "
                        + Base64.getEncoder()
                            .encodeToString("robot:right-password".getBytes(UTF_8)))) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      images.push("team/app", "new", TestImages.oci("new").build());
      world.policy("builds", "mode: Enforce");
      String early = world.run("builds", "");
      awaitPolicy(Status.False, "RegistryMissing", "Registry main");
      world.registry(registry.url().toString(), ", credentialsSecretRef: {name: auth}");
      awaitPolicy(
          Status.False,
          "RegistryNotReady",
          "SecretMissing: spec.credentialsSecretRef: Secret auth");
      assertThat(failure(world.awaitEnd(early)))
          .returns("SecretMissing", Condition::reason)
          .satisfies(why -> assertThat(why.message()).contains("Secret auth is not there"));
      world.secret("auth", "robot", "wrong-password");
      awaitPolicy(Status.False, "RegistryNotReady", "Unauthorized");
      assertThat(failure(world.awaitEnd(world.run("builds", ""))))
          .returns("Unauthorized", Condition::reason)
          .satisfies(why -> assertThat(why.message()).doesNotContain("wrong-password"));
      world.secret("auth", "robot", "right-password");
      awaitPolicy(Status.True, "Valid", "");
      RetentionRunStatus ended = world.awaitEnd(world.run("builds", ""));
      assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
      assertThat(images.tags("team/app")).containsExactly("new");
    }
  }

  private void awaitPolicy(Status is, String reason, String message) {
    world.awaitPolicy("builds", status -> is(status.conditions(), is, reason, message));
  }

  private static Condition failure(RetentionRunStatus run) {
    return Condition.find(run.conditions(), "Failed").orElseThrow();
  }

  @Test
  void trustsTheCertificatesOfItsConfigMap(@TempDir Path folder) throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).tls(certificates).start()) {
      world.registry(registry.url().toString(), "");
      world.awaitRegistry("main", ready(Status.False, "UntrustedCertificate", ""));
      world.registry(registry.url().toString(), ", caBundleRef: {name: ca, key: ca.crt}");
      awaitUntrusted("ConfigMap ca is not there");
      world.configMap("ca", "other", "");
      awaitUntrusted("ConfigMap ca has nothing under key ca.crt");
      world.admin().configMaps().inNamespace(world.namespace()).withName("ca").delete();
      world.configMap("ca", "ca.crt", "-----BEGIN NOTHING-----");
      awaitUntrusted("ConfigMap ca, key ca.crt: the CA bundle");
      world.admin().configMaps().inNamespace(world.namespace()).withName("ca").delete();
      world.configMap("ca", "ca.crt", Files.readString(certificates.authority()));
      world.awaitRegistry("main", ready(Status.True, "Reachable", ""));
    }
  }

  private void awaitUntrusted(String message) {
    RegistryResource found =
        world.awaitRegistry("main", ready(Status.False, "UntrustedCertificate", message));
    assertThat(Condition.find(found.getStatus().conditions(), "Stalled")).isPresent();
  }

  @Test
  void ofTwoOfOneHostTheEarlierCounts() {
    try (TestRegistry registry = TestRegistry.of(RegistryVersion.V3).start()) {
      world.registry(registry.url().toString(), "");
      world.awaitRegistry("main", ready(Status.True, "Reachable", ""));
      world.apply(
          """
          apiVersion: winnow.dev/v1alpha1
          kind: Registry
          metadata: {name: same}
          spec: {url: "%s/"}
          """
              .formatted(registry.url()));
      world.awaitRegistry("same", ready(Status.False, "DuplicateRegistry", "/main"));
      world.deleteRegistry("main");
      world.awaitRegistry("same", ready(Status.True, "Reachable", ""));
    }
  }

  @Test
  void aServiceIsOneRegistryByAllOfItsNames() {
    world.registry("http://registry.apps.svc.cluster.local:5000", "");
    world.awaitRegistry("main", each -> each.getStatus() != null);
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: shorter}
        spec: {url: "http://registry.apps:5000"}
        """);
    world.awaitRegistry("shorter", ready(Status.False, "DuplicateRegistry", "/main"));
    world.registry("http://registry.%s.svc.cluster.local:5000".formatted(world.namespace()), "");
    world.awaitRegistry("shorter", ready(Status.False, "Unreachable", ""));
    world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: shortest}
        spec: {url: "http://registry:5000"}
        """);
    world.awaitRegistry("shortest", ready(Status.False, "DuplicateRegistry", "/main"));
    world.registry(
        "http://127.0.0.1:1", ", aliases: [\"registry.%s.svc:5000\"]".formatted(world.namespace()));
    world.awaitRegistry("shortest", ready(Status.False, "DuplicateRegistry", "/main"));
    world.registry("http://127.0.0.1:1", "");
    RegistryResource away = world.awaitRegistry("shortest", ready(Status.False, "Unreachable", ""));
    assertThat(Condition.find(away.getStatus().conditions(), "Reconciling"))
        .map(Condition::reason)
        .contains("Unreachable");
  }

  @Test
  void saysWhatDeletionThroughTheVolumeNeeds() {
    world.registry("http://127.0.0.1:1", ", deletion: Volume");
    world.awaitRegistry("main", ready(Status.False, "StorageMissing", "spec.deletion"));
    world.registry(
        "http://127.0.0.1:1",
        ", deletion: Volume, storage: {claimName: data}, garbageCollection: {holdPeriod: 3d}");
    world.awaitRegistry(
        "main", ready(Status.False, "ScheduleMissing", "spec.garbageCollection.schedule"));
  }
}
