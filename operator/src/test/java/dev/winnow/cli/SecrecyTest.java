package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.image;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.TokenServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No password, no token and nothing they can be made from is ever printed, logs included. */
class SecrecyTest {
  private static final String PASSWORD = "Zx9-Secret-Word";
  private static final String WRONG = "Qq7-Other-Word";
  private static final String NUMBER = "7305881246";
  private static final String SECRET =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: login}
      type: kubernetes.io/basic-auth
      stringData: {username: ann, password: "GIVEN"}
      """;

  @TempDir Path folder;

  @EachRegistry
  void passwords(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", PASSWORD).start();
        ImagePusher images =
            ImagePusher.to(registry.url()).authorization("Basic " + base64("ann:" + PASSWORD))) {
      fill(images);
      assertThat(quiet(apply(registry, PASSWORD)).status()).isZero();
      Cli.Result wrong = quiet(apply(registry, WRONG));
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.err()).contains("401", "check the user name and the password");
    }
  }

  @EachRegistry
  void tokens(RegistryVersion version) throws Exception {
    TokenServer tokens =
        TokenServer.start()
            .user("ann", PASSWORD)
            .allow("ann", "*", "pull", "push", "delete")
            .allowCatalog("ann");
    try (tokens;
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        ImagePusher images =
            ImagePusher.to(registry.url())
                .authorization(tokens.bearer("ann", "repository:app:pull,push"))) {
      fill(images);
      assertThat(quiet(apply(registry, PASSWORD)).status()).isZero();
      Cli.Result wrong = quiet(apply(registry, WRONG));
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.err()).contains("the token service " + tokens.realm());
      tokens.close();
      Cli.Result gone =
          quiet(
              new Scenario(folder, registry.url())
                  .registrySpec("credentialsSecretRef: {name: login}")
                  .with(SECRET.replace("GIVEN", PASSWORD))
                  .cli(new Cli().pause(wait -> {}))
                  .apply(OLD_GOES));
      assertThat(gone.status()).isEqualTo(1);
      assertThat(gone.err()).contains("GET /token: cannot connect to");
    }
  }

  @EachRegistry
  void aBrokenDockerConfig(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", PASSWORD).start()) {
      String right = base64("ann:" + PASSWORD);
      String entry = "{\"auths\": {\"" + registry.hostPort() + "\": %s}}";
      List<String> files =
          List.of(
              entry.formatted("{\"auth\": \"" + right + "\""),
              entry.formatted("{\"auth\": " + PASSWORD + "}"),
              entry.formatted("{\"auth\": \"" + PASSWORD + "\"}"),
              entry.formatted("{\"auth\": \"" + base64(PASSWORD) + "\"}"),
              entry.formatted("{\"username\": \"ann\", \"password\": \"" + WRONG + "\"}"),
              "\"" + PASSWORD + "\"");
      for (String file : files) {
        Files.writeString(folder.resolve("config.json"), file);
        String policy = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
        Cli.Result result =
            quiet(
                new Cli()
                    .environment(Map.of("DOCKER_CONFIG", folder.toString()))
                    .run("plan", "-f", policy, "-o", "json"));
        assertThat(result.status()).as(file).isEqualTo(1);
        assertThat(result.err()).as(file).containsAnyOf("config.json", "401");
      }
    }
  }

  @Test
  void aSecretThatCannotBeRead() throws IOException {
    List<String> documents =
        List.of(
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: \"" + PASSWORD + "\n",
            "kind: Secret\nstringData: [" + PASSWORD + "]\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: " + PASSWORD + "\n",
            "kind: Secret\nmetadata: {name: login}\ndata: {password: \"" + PASSWORD + "\"}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData:\n  password: a: " + PASSWORD + "\n",
            "kind: Secret\nmetadata: {name: login}\n\tstringData: {password: " + PASSWORD + "}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: {a: "
                + PASSWORD
                + "}}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: !x " + PASSWORD + "}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: *" + PASSWORD + "}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: !%s!x 1}\n"
                .formatted(PASSWORD),
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: @" + PASSWORD + "}\n",
            "kind: Secret\nmetadata: {name: login}\nstringData: {password: " + NUMBER + "}\n",
            "kind: Secret\nmetadata: {name: login}\ndata: {password: " + NUMBER + "}\n",
            "kind: Secret\nmetadata: {name: login}\npassword: " + PASSWORD + "\n",
            "kind: Secret\nmetadata: {name: login}\ntype: x\nstringData: {a: " + PASSWORD + "}\n",
            "{\"kind\": \"Secret\", \"stringData\": {\"password\": \"" + PASSWORD + "\\q\"}}\n");
    for (String document : documents) {
      Cli.Result result =
          quiet(
              new Scenario(folder, URI.create("http://127.0.0.1:1"))
                  .registrySpec("credentialsSecretRef: {name: login}")
                  .with("apiVersion: v1\n" + document)
                  .plan(OLD_GOES));
      assertThat(result.status()).as(document).isEqualTo(2);
      assertThat(result.err()).as(document).contains("policy.yaml");
    }
  }

  /** Applies in a process of its own that logs all that can be logged. */
  private Cli.Result apply(TestRegistry registry, String password) throws Exception {
    String policy =
        new Scenario(folder, registry.url())
            .registrySpec("credentialsSecretRef: {name: login}")
            .with(SECRET.replace("GIVEN", password))
            .policy(OLD_GOES, "")
            .toString();
    List<String> options = List.of("-Dlog4j2.level=TRACE");
    try (WinnowProcess winnow =
        WinnowProcess.start(folder.resolve("out"), options, "apply", "-f", policy, "--yes")) {
      Cli.Result result = winnow.await();
      assertThat(result.out() + result.err()).as("it logs").contains("request");
      return result;
    }
  }

  private static Cli.Result quiet(Cli.Result result) {
    String said = result.out() + result.err();
    assertThat(said).isNotEmpty().doesNotContain(PASSWORD, WRONG, NUMBER, "Bearer ey", "Basic ");
    for (String secret : List.of(PASSWORD, WRONG, "ann:" + PASSWORD, "ann:" + WRONG)) {
      assertThat(said).doesNotContain(base64(secret));
    }
    // Each token is a signed one, which begins with the Base64 of {"typ" or {"alg".
    assertThat(said).doesNotContain("eyJ");
    return result;
  }

  private static void fill(ImagePusher images) {
    images.push("app", "old", image("old", 100));
    images.push("app", "release", image("release", 1));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
