package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;

/** Each flow with a client that is not ours, and each refusal. */
class TokenServerTest {
  private static final TestImage IMAGE = TestImages.oci("hello").build();

  @EachRegistry
  void givesTokensForPasswordsAndIdentityTokens(RegistryVersion version, @TempDir Path home)
      throws Exception {
    try (TokenServer tokens = tokens();
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      String ann = tokens.bearer("ann", "repository:team/app:pull,push");
      pusher.authorization(ann).push("team/app", "v1", IMAGE);
      assertThat(tokens.issued()).isZero();

      String basic =
          Base64.getEncoder().encodeToString("ann:secret".getBytes(StandardCharsets.UTF_8));
      String digest = crane(registry, home, "{\"auth\":\"" + basic + "\"}");
      assertThat(digest).isEqualTo(IMAGE.digest());
      assertThat(tokens.issued()).isEqualTo(1);
      assertThat(tokens.scopes()).last().asString().contains("repository:team/app:pull");

      String identity = "{\"identitytoken\":\"" + tokens.identityToken("ann") + "\"}";
      assertThat(crane(registry, home, identity)).isEqualTo(IMAGE.digest());
      assertThat(tokens.issued()).isEqualTo(2);

      String wrong =
          Base64.getEncoder().encodeToString("ann:wrong".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> crane(registry, home, "{\"auth\":\"" + wrong + "\"}"))
          .hasMessageContaining("401");
      assertThat(tokens.refused()).isPositive();
    }
  }

  @EachRegistry
  void allowsNoMoreThanItWasTold(RegistryVersion version) {
    try (TokenServer tokens = tokens();
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      String all = "pull,push,delete";
      ImagePusher ann = pusher.authorization(tokens.bearer("ann", "repository:team/app:" + all));
      ann.push("team/app", "v1", IMAGE);
      String delete = "/v2/team/app/manifests/" + IMAGE.digest();
      assertThat(ann.send("DELETE", delete).statusCode()).isEqualTo(401);
      assertThat(ann.send("GET", "/v2/_catalog").statusCode()).isEqualTo(401);
      String boss = tokens.bearer("boss", "repository:team/app:" + all, "registry:catalog:*");
      ImagePusher allowed = pusher.authorization(boss);
      assertThat(allowed.send("GET", "/v2/_catalog").statusCode()).isEqualTo(200);
      assertThat(allowed.send("DELETE", delete).statusCode()).isEqualTo(202);
    }
  }

  @EachRegistry
  void endsTokensEarlierThanItSays(RegistryVersion version) {
    try (TokenServer tokens = tokens();
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      tokens.refusedAfter(Duration.ofSeconds(3));
      ImagePusher soon = pusher.authorization(tokens.bearer("ann"));
      assertThat(soon.send("GET", "/v2/").statusCode()).isEqualTo(200);
      tokens.refusedAfter(Duration.ZERO);
      ImagePusher never = pusher.authorization(tokens.bearer("ann"));
      assertThat(never.send("GET", "/v2/").statusCode()).isEqualTo(401);
      Awaitility.await().until(() -> soon.send("GET", "/v2/").statusCode() == 401);
    }
  }

  private static TokenServer tokens() {
    return TokenServer.start()
        .user("ann", "secret")
        .allow("ann", "team/*", "pull", "push")
        .allow("boss", "team/app", "pull", "push", "delete")
        .allowCatalog("boss");
  }

  private static String crane(TestRegistry registry, Path home, String auth) throws Exception {
    Files.writeString(
        home.resolve("config.json"), "{\"auths\":{\"" + registry.hostPort() + "\":" + auth + "}}");
    Tools.Result result =
        Tools.find()
            .call(
                Map.of("DOCKER_CONFIG", home.toString()),
                "crane",
                "digest",
                registry.hostPort() + "/team/app:v1");
    if (result.exitCode() != 0) {
      throw new IllegalStateException(result.err());
    }
    return result.out();
  }
}
