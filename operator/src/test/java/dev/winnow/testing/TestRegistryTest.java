package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

class TestRegistryTest {
  private static final TestImage IMAGE = TestImages.oci("hello").build();

  private final Tools tools = Tools.find();

  @EachRegistry
  void keepsItsPortAndContentOverKillAndRestart(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("team/app", "v1", IMAGE);
      String before = registry.hostPort();
      registry.kill();
      assertThatThrownBy(registry::pid).hasMessageContaining("does not run");
      registry.restart();
      assertThat(registry.hostPort()).isEqualTo(before);
      assertThat(tools.run("crane", "digest", registry.hostPort() + "/team/app:v1"))
          .isEqualTo(IMAGE.digest());
      assertThat(registry.root().resolve("docker/registry/v2/repositories/team/app")).exists();
    }
  }

  @EachRegistry
  void leavesNothingBehind(RegistryVersion version) {
    TestRegistry registry = TestRegistry.of(version).start();
    long pid = registry.pid();
    registry.close();
    assertThat(registry.root()).doesNotExist();
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @EachRegistry
  void deletesOnlyWhereItMay(RegistryVersion version, @TempDir Path root) {
    RegistryOptions undeletable = TestRegistry.of(version).root(root).delete(false);
    try (TestRegistry registry = undeletable.start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("app", "v1", IMAGE);
      assertThat(delete(pusher)).isEqualTo(405);
    }
    try (TestRegistry registry = TestRegistry.of(version).root(root).readOnly().start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      assertThat(delete(pusher)).isEqualTo(405);
      assertThat(pusher.send("POST", "/v2/app/blobs/uploads/").statusCode()).isEqualTo(405);
    }
    assertThat(root).as("a root directory that was given").exists();
    try (TestRegistry registry = TestRegistry.of(version).root(root).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      assertThat(delete(pusher)).isEqualTo(202);
    }
  }

  @EachRegistry
  void asksForAPassword(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", "pa:ss wörd").start();
        ImagePusher nobody = ImagePusher.to(registry.url())) {
      assertThat(nobody.send("GET", "/v2/").statusCode()).isEqualTo(401);
      assertThat(nobody.authorization(basic("ann", "wrong")).send("GET", "/v2/").statusCode())
          .isEqualTo(401);
      ImagePusher ann = nobody.authorization(basic("ann", "pa:ss wörd"));
      assertThat(ann.push("app", "v1", IMAGE)).isEqualTo(IMAGE.digest());
    }
  }

  @EachRegistry
  void servesHttps(RegistryVersion version, @TempDir Path folder) {
    TestCertificates certificates = TestCertificates.in(folder);
    try (TestRegistry registry = TestRegistry.of(version).tls(certificates).start();
        ImagePusher pusher = ImagePusher.to(registry.url(), certificates.sslContext());
        ImagePusher distrustful = ImagePusher.to(registry.url())) {
      pusher.push("app", "v1", IMAGE);
      assertThatThrownBy(() -> distrustful.send("GET", "/v2/")).hasMessageContaining("/v2/");
      Tools.Result seen =
          tools.call(
              Map.of("SSL_CERT_FILE", certificates.authority().toString()),
              "crane",
              "digest",
              registry.hostPort().replace("127.0.0.1", "localhost") + "/app:v1");
      assertThat(seen.out()).as(seen.err()).isEqualTo(IMAGE.digest());
    }
  }

  @EachRegistry
  void remembersBlobsWhenToldTo(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).cacheInMemory().start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("app", "v1", IMAGE);
      String layer = IMAGE.blobs().getLast().digest();
      Files.delete(new StoreWriter(registry.root()).blob(layer));
      assertThat(pusher.send("HEAD", "/v2/app/blobs/" + layer).statusCode()).isEqualTo(200);
      registry.restart();
      assertThat(pusher.send("HEAD", "/v2/app/blobs/" + layer).statusCode()).isEqualTo(404);
    }
  }

  @EachRegistry
  void saysWhyItDidNotStart(RegistryVersion version) {
    RegistryOptions wrong = TestRegistry.of(version).set("storage.nonsense.a", "b");
    assertThatThrownBy(wrong::start).hasStackTraceContaining("nonsense");
  }

  private static int delete(ImagePusher pusher) {
    return pusher.send("DELETE", "/v2/app/manifests/" + IMAGE.digest()).statusCode();
  }

  private static String basic(String user, String password) {
    byte[] credentials = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(credentials);
  }

  /** A connection that somebody else opened may have the port of a registry that was stopped. */
  @EachRegistry
  void waitsUntilItsPortIsFreeAgain(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start()) {
      int port = registry.url().getPort();
      registry.stop();
      ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
      CompletableFuture<Void> restarted = CompletableFuture.runAsync(registry::restart);
      try (taken) {
        await().until(() -> registry.log().contains("address already in use"));
      }
      restarted.get(30, TimeUnit.SECONDS);
      assertThat(registry.url().getPort()).isEqualTo(port);
    }
  }
}
