package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCertificates;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.TokenServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;

/** Getting into a registry: passwords, tokens, certificates, and being told what is wrong. */
class AccessScenarioTest {
  private static final String SECRET =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: login}
      type: kubernetes.io/basic-auth
      stringData: {username: ann, password: "%s"}
      """;

  @TempDir Path folder;

  @EachRegistry
  void aPasswordFromASecret(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", "s3cret").start();
        ImagePusher images = ImagePusher.to(registry.url()).authorization(basic("ann", "s3cret"))) {
      fill(images);
      Cli.Result right =
          new Scenario(folder, registry.url())
              .registrySpec("credentialsSecretRef: {name: login}")
              .with(SECRET.formatted("s3cret"))
              .apply(OLD_GOES);
      assertThat(decisions(right)).containsEntry("app:old", "Delete/Expired/Deleted");

      Cli.Result wrong =
          new Scenario(folder, registry.url())
              .registrySpec("credentialsSecretRef: {name: login}")
              .with(SECRET.formatted("wr0ng"))
              .apply(OLD_GOES);
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.out()).isEmpty();
      assertThat(wrong.err()).contains("401").doesNotContain("wr0ng");

      Cli.Result none = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(none.status()).isEqualTo(1);
      assertThat(none.err())
          .contains(
              "asks for a user name and a password, none are given: name a Secret in"
                  + " spec.credentialsSecretRef of Registry main and add its document, or give"
                  + " --username and --password-stdin, or log in with docker login "
                  + registry.hostPort());
      assertThat(new Cli().run("inspect", "--registry", registry.url().toString()).err())
          .contains("none are given: give --username and --password-stdin, or log in with docker");

      Cli.Result elsewhere =
          new Scenario(folder, registry.url())
              .registrySpec("credentialsSecretRef: {name: login}")
              .with(
                  """
                  apiVersion: v1
                  kind: Secret
                  metadata: {name: login}
                  type: kubernetes.io/dockerconfigjson
                  stringData: {.dockerconfigjson: '{"auths": {}}'}
                  """)
              .plan(OLD_GOES);
      assertThat(elsewhere.status()).isEqualTo(1);
      assertThat(elsewhere.err())
          .contains("none are given: Secret login has no entry for " + registry.hostPort());
    }
  }

  @EachRegistry
  void aPasswordFromStandardInputOrDockersFile(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", "s3cret").start();
        ImagePusher images = ImagePusher.to(registry.url()).authorization(basic("ann", "s3cret"))) {
      fill(images);
      String policy = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
      assertThat(
              new Cli()
                  .in("s3cret\n")
                  .run("plan", "-f", policy, "--username", "ann", "--password-stdin")
                  .status())
          .isZero();
      assertThat(new Cli().run("plan", "-f", policy, "--username", "ann").status()).isEqualTo(2);

      Path docker = Files.createDirectories(folder.resolve("docker"));
      String auth =
          Base64.getEncoder().encodeToString("ann:s3cret".getBytes(StandardCharsets.UTF_8));
      Files.writeString(
          docker.resolve("config.json"),
          "{\"auths\": {\"" + registry.hostPort() + "\": {\"auth\": \"" + auth + "\"}}}");
      Cli.Result result =
          new Cli()
              .environment(Map.of("DOCKER_CONFIG", docker.toString()))
              .run("plan", "-f", policy);
      assertThat(result.err()).isEmpty();
      assertThat(result.status()).isZero();
    }
  }

  @EachRegistry
  void aCertificateOfAnOwnAuthority(RegistryVersion version) throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (TestRegistry registry = TestRegistry.of(version).tls(certificates).start();
        ImagePusher images = ImagePusher.to(registry.url(), certificates.sslContext())) {
      fill(images);
      String authority = Files.readString(certificates.authority()).indent(4);
      Cli.Result trusted =
          new Scenario(folder, registry.url())
              .registrySpec("caBundleRef: {name: ca, key: ca.crt}")
              .with(
                  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca}\ndata:\n  ca.crt: |\n"
                      + authority)
              .apply(OLD_GOES);
      assertThat(trusted.err()).isEmpty();
      assertThat(decisions(trusted)).containsEntry("app:old", "Delete/Expired/Deleted");

      String policy = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
      String file = certificates.authority().toString();
      assertThat(new Cli().run("plan", "-f", policy, "--ca-file", file).status()).isZero();
      assertThat(new Cli().run("plan", "-f", policy, "--skip-tls-verify").status()).isZero();
      Cli.Result untrusted = new Cli().run("plan", "-f", policy);
      assertThat(untrusted.status()).isEqualTo(1);
      assertThat(untrusted.err()).contains("certificate");
    }
  }

  @EachRegistry
  void httpWhereHttpsIsMeantAndTheOtherWayRound(RegistryVersion version) throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    try (TestRegistry secure = TestRegistry.of(version).tls(certificates).start();
        TestRegistry plain = TestRegistry.of(version).start()) {
      Cli.Result http =
          new Scenario(folder, java.net.URI.create("http://" + secure.hostPort())).plan(OLD_GOES);
      assertThat(http.status()).isEqualTo(1);
      assertThat(http.err()).contains("https://");
      Cli.Result https =
          new Scenario(folder, java.net.URI.create("https://" + plain.hostPort())).plan(OLD_GOES);
      assertThat(https.status()).isEqualTo(1);
      assertThat(https.err()).contains("http://");
    }
  }

  @EachRegistry
  void aTokenThatRunsOutInTheMiddle(RegistryVersion version) throws IOException {
    AtomicInteger deletes = new AtomicInteger();
    try (TokenServer tokens =
            TokenServer.start()
                .user("ann", "s3cret")
                .allow("ann", "*", "pull", "push", "delete")
                .allowCatalog("ann");
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images =
            ImagePusher.to(registry.url())
                .authorization(tokens.bearer("ann", "repository:app:pull,push"))) {
      fill(images);
      images.push("app", "old-2", image("old-2", 100));
      // What a registry says to a token that was good a moment ago.
      String challenge =
          "Bearer realm=\"%s\",service=\"%s\",scope=\"repository:app:delete\",error=\"invalid_token\""
              .formatted(tokens.realm(), tokens.service());
      proxy.rule(request ->
          request.is("DELETE", ".*") && deletes.getAndIncrement() == 1
              ? new Fault.Respond(401, Map.of("WWW-Authenticate", challenge), "{}")
              : null);
      int before = tokens.issued();
      Cli.Result result =
          new Scenario(folder, proxy.url())
              .registrySpec("credentialsSecretRef: {name: login}")
              .with(SECRET.formatted("s3cret"))
              .apply(OLD_GOES);
      assertThat(decisions(result))
          .as(result.err())
          .containsEntry("app:old", "Delete/Expired/Deleted")
          .containsEntry("app:old-2", "Delete/Expired/Deleted");
      assertThat(deletes.get()).isGreaterThan(3); // the probe, two tags, and one of these again
      assertThat(tokens.issued()).isGreaterThan(before);
    }
  }

  /** A token service that gives anybody a token, which then opens nothing. */
  @EachRegistry
  void aTokenForNobodyIsSaidToNeedAUser(RegistryVersion version) throws IOException {
    try (TokenServer tokens = TokenServer.start().user("ann", "s3cret").allowCatalog("ann");
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start()) {
      Cli.Result result =
          new Cli().run("inspect", "--registry", registry.url().toString(), "team/app");
      assertThat(result.status()).isEqualTo(1);
      assertThat(tokens.issued()).isPositive();
      assertThat(result.err())
          .contains("none are given: give --username and --password-stdin, or log in with docker");
    }
  }

  private static void fill(ImagePusher images) {
    images.push("app", "old", image("old", 100));
    images.push("app", "release", image("release", 1));
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }
}
