package dev.winnow.cli;

import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.util.Map;

/** What {@code verify} and {@code inspect} say of repositories that are not there. */
class RegistryCommandsTest {
  @EachRegistry
  void aRepositoryThatIsNotThereWasNotVerified(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "v1", image("one", 1));
      images.push("emptied", "v1", image("two", 1));
      images.send("DELETE", "/v2/emptied/manifests/" + image("two", 1).digest());
      // Listed or not: what is named is looked at.
      for (int status : new int[] {0, 404}) {
        proxy.rule(request ->
            status != 0 && request.path().startsWith("/v2/_catalog")
                ? new Fault.Respond(status, Map.of(), "{}")
                : null);
        String url = proxy.url().toString();
        Cli.Result missing =
            new Cli().run("verify", "--registry", url, "--repository", "app", "nope");
        assertThat(missing.status()).isEqualTo(1);
        assertThat(missing.err())
            .isEqualTo("winnow: nope could not be verified: there is no such repository\n");
        assertThat(missing.out()).contains("1 tags", "the rest is not known");
        assertThat(new Cli().run("verify", "--registry", url, "--repository", "app").status())
            .isZero();
      }
      proxy.rule(request -> null);
      Cli.Result emptied = verify(proxy, "emptied");
      assertThat(emptied.err()).isEmpty();
      assertThat(emptied.status()).isZero();
    }
  }

  @EachRegistry
  void aPatternThatMatchesNothingIsWarnedOf(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "v1", image("one", 1));
      Cli.Result result = verify(proxy, "ap*", "/x.*/", "!nope", "y/**");
      assertThat(result.status()).isZero();
      assertThat(result.err())
          .isEqualTo(
              """
              winnow: --repository /x.*/ matches no repository
              winnow: --repository y/** matches no repository
              """);
      assertThat(result.out()).contains("1 tags, ");
      proxy.rule(request ->
          request.path().startsWith("/v2/_catalog")
              ? new Fault.Respond(404, Map.of(), "{}")
              : null);
      Cli.Result refused = verify(proxy, "ap*");
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err()).contains("does not list its repositories (404");
      assertThat(verify(proxy, "").status()).isEqualTo(2);
    }
  }

  @EachRegistry
  void anEmptyRegistryIsSaidToBe(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start()) {
      String url = registry.url().toString();
      assertThat(new Cli().run("inspect", "--registry", url))
          .isEqualTo(
              new Cli.Result(0, "REPOSITORY  TAGS\n", "the registry lists no repositories\n"));
      Cli.Result list = new Cli().run("inspect", "--registry", url, "-o", "json");
      assertThat(json(list).path("repositories").isEmpty()).isTrue();
      assertThat(json(list).path("repositories").isArray()).isTrue();
      Cli.Result missing = new Cli().run("inspect", "--registry", url, "app");
      assertThat(missing.status()).isEqualTo(1);
      assertThat(missing.err()).contains("repository app has no tags");
    }
  }

  private static Cli.Result verify(TestProxy proxy, String... patterns) {
    String[] line = new String[4 + patterns.length];
    line[0] = "verify";
    line[1] = "--registry";
    line[2] = proxy.url().toString();
    line[3] = "--repository";
    System.arraycopy(patterns, 0, line, 4, patterns.length);
    return new Cli().run(line);
  }
}
