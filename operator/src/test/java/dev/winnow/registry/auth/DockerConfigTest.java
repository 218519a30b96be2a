package dev.winnow.registry.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerConfigTest {
  private static final Credentials ANN = new Credentials.UserPassword("ann", "pa:ss");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "registry.example:5000, http://registry.example:5000, true",
    "https://registry.example:5000/v1/, https://registry.example:5000, true",
    "http://Registry.example:5000/v2, http://registry.EXAMPLE:5000/, true",
    "registry.example, https://registry.example, true",
    "registry.example:443, https://registry.example, true",
    "registry.example, https://registry.example:443, true",
    "registry.example, http://registry.example, true",
    "registry.example, https://registry.example:5000, false",
    "registry.example/team, https://registry.example, false",
    "https://index.docker.io/v1/, https://registry-1.docker.io, true",
  })
  void findsEntriesByHost(String key, URI registry, boolean found) throws Exception {
    DockerConfig config = parse("{'auths': {'" + key + "': {'auth': '" + auth() + "'}}}");
    assertThat(config.credentials(registry)).isEqualTo(found ? ANN : Credentials.ANONYMOUS);
  }

  @Test
  void readsPlainFieldsAndIdentityTokens() throws Exception {
    DockerConfig config =
        parse(
            "{'auths': {'a:1': {'username': 'ann', 'password': 'pa:ss'},"
                + " 'b:1': {'auth': '"
                + auth()
                + "', 'identitytoken': 'refresh'}, 'c:1': {}}}");
    assertThat(config.credentials(URI.create("http://a:1"))).isEqualTo(ANN);
    assertThat(config.credentials(URI.create("http://b:1")))
        .isEqualTo(new Credentials.IdentityToken("ann", "refresh"));
    assertThat(config.credentials(URI.create("http://c:1"))).isEqualTo(Credentials.ANONYMOUS);
  }

  @Test
  void neverQuotesASecret() {
    assertThatThrownBy(() -> parse("{'auths': {'a:1': {'auth': 's3cret"))
        .hasMessage("the file is not valid JSON: line 1")
        .hasNoCause();
    DockerConfig config = parse("{'auths': {'a:1': {'auth': 's3cret!'}, 'b:1': {'auth': 'czNj'}}}");
    assertThatThrownBy(() -> config.credentials(URI.create("http://a:1")))
        .hasMessage("the auth of a:1 in the file is not Base64")
        .hasNoCause();
    assertThatThrownBy(() -> config.credentials(URI.create("http://b:1")))
        .hasMessage("the auth of b:1 in the file is not user:password");
    assertThat(config).hasToString("DockerConfig[the file]");
    assertThat(ANN).hasToString("UserPassword[ann]");
    assertThat(new Credentials.IdentityToken("ann", "s3cret")).hasToString("IdentityToken[ann]");
  }

  @Test
  void readsTheFileOfTheUser() throws Exception {
    Path docker = Files.createDirectory(folder.resolve(".docker"));
    String content = json("{'auths': {'a:1': {'auth': '" + auth() + "'}}}");
    Files.writeString(docker.resolve("config.json"), content);
    URI registry = URI.create("http://a:1");
    assertThat(DockerConfig.load(Map.of(), folder).credentials(registry)).isEqualTo(ANN);
    assertThat(
            DockerConfig.load(Map.of("DOCKER_CONFIG", docker.toString()), Path.of("/none"))
                .credentials(registry))
        .isEqualTo(ANN);
    assertThat(DockerConfig.load(Map.of(), Path.of("/none")).credentials(registry))
        .isEqualTo(Credentials.ANONYMOUS);
  }

  @Test
  void asksTheHelperOfARegistryAndTheStore() throws Exception {
    helper("own", "read s; [ $s = a:1 ] && echo '{\"Username\":\"ann\",\"Secret\":\"pa:ss\"}'");
    helper(
        "all",
        "read s; case $s in b:1) echo '{\"Username\":\"<token>\",\"Secret\":\"refresh\"}';;"
            + " *) echo credentials not found in native keychain; exit 1;; esac");
    DockerConfig config =
        withHelpers(
            "{'credHelpers': {'a:1': 'own'}, 'credsStore': 'all',"
                + " 'auths': {'c:1': {'auth': '"
                + auth()
                + "'}}}");
    assertThat(config.credentials(URI.create("http://a:1"))).isEqualTo(ANN);
    assertThat(config.credentials(URI.create("http://b:1")))
        .isEqualTo(new Credentials.IdentityToken("", "refresh"));
    assertThat(config.credentials(URI.create("http://c:1"))).isEqualTo(ANN);
    assertThat(config.credentials(URI.create("http://d:1"))).isEqualTo(Credentials.ANONYMOUS);
  }

  @Test
  void namesTheHelperThatFails() throws Exception {
    helper("broken", "echo no keychain here; exit 3");
    helper("leaky", "echo '{\"Secret\":\"s3cret\"}'; exit 3");
    helper("mute", "exec sleep 60");
    helper("loud", "exec cat /dev/zero");
    helper("odd", "echo s3cret");
    assertFails("broken", "failed with status 3: no keychain here");
    assertFails("leaky", "failed with status 3");
    assertFails("mute", "gave no answer within");
    assertFails("loud", "wrote more than 65536 bytes");
    assertFails("odd", "did not answer with JSON");
    assertFails("missing", "is not on the PATH");
    assertThatThrownBy(
            () -> withHelpers("{'credsStore': '../x'}").credentials(URI.create("http://a:1")))
        .hasMessage("a credential helper in the file has no usable name");
  }

  @Test
  void passesOverTheHelpersOfASecret() throws Exception {
    DockerConfig secret =
        DockerConfig.parse(
            json("{'credsStore': 'desktop', 'auths': {'a:1': {'auth': '" + auth() + "'}}}")
                .getBytes(UTF_8),
            "the secret");
    assertThat(secret.credentials(URI.create("http://a:1"))).isEqualTo(ANN);
  }

  private void assertFails(String name, String why) {
    assertThatThrownBy(
            () -> withHelpers("{'credsStore': '" + name + "'}").credentials(URI.create("http://a")))
        .hasMessageStartingWith(
            "credential helper docker-credential-" + name + " (named in the file) ")
        .hasMessageContaining(why)
        .hasMessageNotContaining("s3cret");
  }

  private DockerConfig withHelpers(String text) throws AuthException {
    Duration limit = text.contains("mute") ? Duration.ofMillis(200) : Duration.ofSeconds(30);
    return DockerConfig.parse(
        json(text).getBytes(UTF_8), "the file", new CredentialHelper("/nowhere::" + folder, limit));
  }

  private void helper(String name, String script) throws IOException {
    Path file = folder.resolve("docker-credential-" + name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static DockerConfig parse(String text) {
    try {
      return DockerConfig.parse(
          json(text).getBytes(UTF_8), "the file", new CredentialHelper("", Duration.ofSeconds(1)));
    } catch (AuthException e) {
      throw new IllegalArgumentException(e.getMessage());
    }
  }

  private static String auth() {
    return Base64.getEncoder().encodeToString("ann:pa:ss".getBytes(UTF_8));
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }
}
