package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C and a termination signal at every stage of a command. */
class InterruptTest {
  private static final int TAGS = 30;
  private static final String DELETION = "/v2/app/manifests/(?!sha256:0{64}).*";

  @TempDir Path folder;

  @EachRegistry
  void whatIsBeingDeletedEndsAndTheResultIsWhole(RegistryVersion version) throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      try (TestRegistry registry = TestRegistry.of(version).start();
          TestProxy proxy = TestProxy.before(registry.url());
          ImagePusher images = ImagePusher.to(registry.url())) {
        fill(images);
        // One after the other: then it is known what is not tried.
        Cli.Result one = interruptDeletions(proxy, signal, "client: {concurrency: 1}");
        assertThat(one.status()).isEqualTo(130);
        assertThat(json(one).path("digest").asText()).startsWith("sha256:");
        assertThat(decisions(one)).hasSize(TAGS + 1);
        assertThat(decisions(one).values()).filteredOn("Delete/Expired/Deleted"::equals).hasSize(5);
        assertThat(decisions(one).values())
            .filteredOn("Skip/Expired/Skipped"::equals)
            .hasSize(TAGS - 5);
        assertThat(one.out()).contains("not tried: interrupted");
        Scenario.assertTrue(one, images);

        Cli.Result many = interruptDeletions(proxy, signal, "client: {concurrency: 16}");
        assertThat(many.status()).isEqualTo(130);
        assertThat(decisions(many)).hasSize(TAGS + 1 - 5);
        Scenario.assertTrue(many, images);
      }
    }
  }

  /** Interrupts an apply while its fifth deletion, and all behind it, are held up. */
  private Cli.Result interruptDeletions(TestProxy proxy, String signal, String spec)
      throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger deletions = new AtomicInteger();
    proxy.rule(request -> {
      if (!request.is("DELETE", DELETION) || deletions.incrementAndGet() < 5) {
        return null;
      }
      reached.countDown();
      return new Fault.Hold(gate);
    });
    Path policy = new Scenario(folder, proxy.url()).registrySpec(spec).policy(OLD_GOES, "");
    try (WinnowProcess winnow = start("apply", "-f", policy.toString(), "--yes", "-o", "json")) {
      reached.await();
      winnow.signal(signal);
      winnow.awaitSaid("interrupted; what is being deleted now is waited for");
      gate.countDown();
      return winnow.await();
    }
  }

  @EachRegistry
  void nothingIsDeletedWhenItIsStillPlanned(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      String policy = new Scenario(folder, proxy.url()).policy(OLD_GOES, "").toString();
      for (String signal : List.of("INT", "TERM")) {
        Cli.Result apply =
            interruptPlanning(proxy, signal, "apply", "-f", policy, "--yes", "-o", "json");
        assertThat(apply.status()).isEqualTo(130);
        assertThat(apply.out()).isEmpty();
        assertThat(apply.err()).contains("interrupted; nothing was deleted");

        Cli.Result plan = interruptPlanning(proxy, signal, "plan", "-f", policy, "-o", "json");
        assertThat(plan.status()).isEqualTo(130);
        assertThat(json(plan).path("error").asText()).isEqualTo("interrupted");
        assertThat(json(plan).has("digest")).isFalse();
      }
      assertThat(proxy.requests()).noneMatch(seen -> seen.request().method().equals("DELETE"));
    }
  }

  /** A command that changes nothing ends at once, and does not speak of deletions. */
  @EachRegistry
  void whatOnlyReadsEndsAtOnce(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      String url = proxy.url().toString();
      String policy = new Scenario(folder, proxy.url()).policy(OLD_GOES, "").toString();
      for (List<String> command :
          List.of(
              List.of("verify", "--registry", url),
              List.of("inspect", "--registry", url, "app"),
              List.of("explain", "app:old-1", "-f", policy),
              List.of("copy", url + "/app:old-1", url + "/other:old-1"))) {
        Cli.Result result = interrupt(proxy, 1, "TERM", command.toArray(String[]::new));
        assertThat(result)
            .as("%s", command)
            .isEqualTo(new Cli.Result(130, "", "winnow: interrupted\n"));
      }
    }
  }

  /** It would wait for a command that can say nothing any more. */
  @Test
  void anErrorInsideEndsTheProcess() throws Exception {
    List<String> broken = List.of("--limit-modules", "java.base");
    try (WinnowProcess winnow =
        WinnowProcess.start(folder.resolve("out"), broken, "inspect", "--registry", "localhost")) {
      Cli.Result result = winnow.await();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).contains("java/net/http").doesNotContain("interrupted");
    }
  }

  private Cli.Result interruptPlanning(TestProxy proxy, String signal, String... args)
      throws Exception {
    return interrupt(proxy, 5, signal, args);
  }

  /** Interrupts a command when so many manifests are asked for and none has come. */
  private Cli.Result interrupt(TestProxy proxy, int manifests, String signal, String... args)
      throws Exception {
    CountDownLatch reached = new CountDownLatch(manifests);
    CountDownLatch never = new CountDownLatch(1);
    proxy.rule(request -> {
      if (!request.is("GET", ".*/manifests/.*")) {
        return null;
      }
      reached.countDown();
      return new Fault.Hold(never);
    });
    try (WinnowProcess winnow = start(args)) {
      reached.await();
      winnow.signal(signal);
      return winnow.await();
    } finally {
      never.countDown();
    }
  }

  @EachRegistry
  void aQuestionThatIsInterruptedIsNotAnswered(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      String policy = new Scenario(folder, proxy.url()).policy(OLD_GOES, "").toString();
      try (WinnowProcess winnow = start("apply", "-f", policy)) {
        winnow.awaitSaid("Delete 30 tags? [y/N]");
        winnow.signal("INT");
        // Standard input stays open: nobody answers.
        Cli.Result result = winnow.await();
        assertThat(result.status()).isEqualTo(130);
        assertThat(result.err()).contains("interrupted; nothing was deleted");
      }
      assertThat(proxy.requests()).noneMatch(seen -> seen.request().method().equals("DELETE"));
      try (WinnowProcess winnow = start("apply", "-f", policy)) {
        winnow.awaitSaid("Delete 30 tags? [y/N]");
        winnow.type("yes\n");
        assertThat(winnow.await().status()).isZero();
      }
    }
  }

  @EachRegistry
  void anOutputThatCannotBeWrittenIsAFailure(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      String policy = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
      try (WinnowProcess winnow =
          WinnowProcess.start(Path.of("/dev/full"), List.of(), "plan", "-f", policy)) {
        Cli.Result result = winnow.await();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("standard output cannot be written");
      }
    }
  }

  private WinnowProcess start(String... args) throws IOException {
    return WinnowProcess.start(folder.resolve("out"), List.of(), args);
  }

  private static void fill(ImagePusher images) {
    for (int i = 0; i < TAGS; i++) {
      images.push("app", "old-" + i, image("old-" + i, 100));
    }
    images.push("app", "release", image("release", 1));
  }
}
