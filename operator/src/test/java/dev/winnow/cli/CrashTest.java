package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** A registry that is killed while it is planned or applied, and comes back or does not. */
class CrashTest {
  private static final int TAGS = 12;
  private static final String MANIFESTS = "/v2/app/manifests/.*";

  @TempDir Path folder;

  @EachRegistry
  void killedWhilePlanning(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      proxy.rule(kill(registry, "GET", 4, null));
      Cli.Result plan = scenario(proxy, new Cli().pause(wait -> {})).plan(OLD_GOES);
      assertThat(plan.status()).isEqualTo(1);
      assertThat(decisions(plan).values()).containsOnly("Keep/UnreadableRepository");
      assertThat(plan.err()).contains("app stays as it is");

      registry.restart();
      proxy.rule(kill(registry, "GET", 4, null));
      Cli.Result apply = scenario(proxy, new Cli().pause(wait -> {})).apply(OLD_GOES);
      assertThat(apply.status()).isEqualTo(1);
      registry.restart();
      Scenario.assertTrue(apply, images);
      assertThat(proxy.requests()).noneMatch(seen -> seen.request().method().equals("DELETE"));

      proxy.rule(kill(registry, "GET", 4, null));
      Cli.Result again = scenario(proxy, restarting(registry)).plan(OLD_GOES);
      assertThat(again.status()).as(again.err()).isZero();
      assertThat(decisions(again))
          .hasSize(TAGS + 1)
          .containsEntry("app:old-0", "Delete/Expired")
          .containsEntry("app:release", "Keep/NotSelected");
    }
  }

  @EachRegistry
  void killedWhileApplyingAndNotBack(RegistryVersion version) throws IOException {
    for (@Nullable Fault last : new @Nullable Fault[] {null, new Fault.DropResponse()}) {
      try (TestRegistry registry = TestRegistry.of(version).start();
          TestProxy proxy = TestProxy.before(registry.url());
          ImagePusher images = ImagePusher.to(registry.url())) {
        fill(images);
        proxy.rule(kill(registry, "DELETE", 4, last));
        Cli.Result result = scenario(proxy, new Cli().pause(wait -> {})).apply(OLD_GOES);
        assertThat(result.status()).isEqualTo(1);
        assertThat(decisions(result)).hasSize(TAGS + 1).containsValue("Skip/Refused/Failed");
        assertThat(result.out())
            .contains("whether it was deleted is not known", "winnow plan shows it");
        registry.restart();
        Scenario.assertTrue(result, images);
        assertThat(Scenario.pull(images, "app", "release")).isEqualTo(200);
      }
    }
  }

  @EachRegistry
  void killedWhileApplyingAndBackAgain(RegistryVersion version) throws IOException {
    for (@Nullable Fault last : new @Nullable Fault[] {null, new Fault.DropResponse()}) {
      try (TestRegistry registry = TestRegistry.of(version).start();
          TestProxy proxy = TestProxy.before(registry.url());
          ImagePusher images = ImagePusher.to(registry.url())) {
        fill(images);
        proxy.rule(kill(registry, "DELETE", 4, last));
        Cli.Result result = scenario(proxy, restarting(registry)).apply(OLD_GOES);
        assertThat(result.status()).as(result.out()).isZero();
        assertThat(decisions(result).values())
            .filteredOn("Delete/Expired/Deleted"::equals)
            .hasSize(TAGS);
        Scenario.assertTrue(result, images);
      }
    }
  }

  private Scenario scenario(TestProxy proxy, Cli cli) {
    return new Scenario(folder, proxy.url()).cli(cli);
  }

  /** A command line for which the registry is back when it tries again. */
  private static Cli restarting(TestRegistry registry) {
    AtomicBoolean restarted = new AtomicBoolean();
    Object restart = new Object();
    return new Cli()
        .pause(wait -> {
          synchronized (restart) {
            if (!restarted.getAndSet(true)) {
              registry.restart();
            }
          }
        });
  }

  /**
   * Kills the registry at the so-many-th request; of the one before, what the last fault says
   * becomes.
   */
  private static Function<TestProxy.Request, @Nullable Fault> kill(
      TestRegistry registry, String method, int at, @Nullable Fault last) {
    AtomicInteger count = new AtomicInteger();
    return request -> {
      if (!request.is(method, MANIFESTS) || request.path().endsWith("0".repeat(64))) {
        return null;
      }
      int now = count.incrementAndGet();
      if (now == at) {
        registry.kill();
      }
      return now == at - 1 ? last : null;
    };
  }

  private static void fill(ImagePusher images) {
    for (int i = 0; i < TAGS; i++) {
      images.push("app", "old-" + i, image("old-" + i, 100));
    }
    images.push("app", "release", image("release", 1));
  }
}
