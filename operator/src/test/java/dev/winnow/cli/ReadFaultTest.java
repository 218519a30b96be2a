package dev.winnow.cli;

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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are wrong, late, too large or none: what they are about stays as it is. */
class ReadFaultTest {
  /** Reads manifests and configs of what begins with "old". */
  private static final String OLD_GOES =
      """
      - name: old
        repositories: ["**"]
        tags: ["old*"]
        keep: [{youngerThan: 30d, ageBy: Created}]
      """;

  private static final String TAGS = "/v2/bad/tags/list.*";
  private static final String MANIFEST = "/v2/bad/manifests/.*";
  private static final String CONFIG = "/v2/bad/blobs/.*";
  private static final Fault LOGIN_PAGE =
      new Fault.Respond(200, Map.of("Content-Type", "text/html; charset=utf-8"), "<html>log in");
  private static final Fault NOT_FOUND_BY_A_PROXY =
      new Fault.Respond(404, Map.of("Content-Type", "text/plain"), "default backend - 404");

  @TempDir Path folder;

  /**
   * @param path what it is about
   * @param fault what happens to it
   * @param says what a person is told
   */
  private record Case(String path, Fault fault, String says) {}

  private static final List<Case> CASES =
      List.of(
          new Case(TAGS, new Fault.Respond(500), "500"),
          new Case(TAGS, new Fault.Truncate(9), "cut off"),
          new Case(TAGS, new Fault.Oversize(40L << 20, true), "larger than"),
          new Case(TAGS, new Fault.Oversize(40L << 20, false), "larger than"),
          new Case(TAGS, new Fault.Respond(200, Map.of(), "{\"tags\":[\"old\""), "not valid JSON"),
          new Case(TAGS, LOGIN_PAGE, "a login page stands before the registry"),
          new Case(TAGS, NOT_FOUND_BY_A_PROXY, "is this a registry's address?"),
          new Case(TAGS, new Fault.DropRequest(), "the connection broke"),
          new Case(MANIFEST, new Fault.Respond(503), "503"),
          new Case(MANIFEST, new Fault.Respond(403), "this user may not do this"),
          new Case(MANIFEST, new Fault.Respond(429), "lower the concurrency"),
          new Case(MANIFEST, new Fault.Truncate(9), "cut off"),
          new Case(MANIFEST, new Fault.Oversize(5L << 20, true), "larger than"),
          new Case(MANIFEST, new Fault.Oversize(5L << 20, false), "larger than"),
          new Case(MANIFEST, new Fault.Corrupt(), "not what the registry says"),
          new Case(MANIFEST, LOGIN_PAGE, "a login page stands before the registry"),
          new Case(MANIFEST, NOT_FOUND_BY_A_PROXY, "is this a registry's address?"),
          new Case(CONFIG, new Fault.Respond(500), "500"),
          new Case(CONFIG, new Fault.Truncate(9), "cut off"),
          new Case(CONFIG, new Fault.Oversize(5L << 20, true), "larger than"),
          new Case(CONFIG, new Fault.Corrupt(), "do not have its digest"),
          new Case(CONFIG, LOGIN_PAGE, "a login page stands before the registry"),
          new Case(CONFIG, NOT_FOUND_BY_A_PROXY, "is not there"));

  @EachRegistry
  void whatCannotBeReadStaysAndTheRestIsPlanned(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      for (Case each : CASES) {
        proxy.rule(request -> request.is("GET", each.path()) ? each.fault() : null);
        Cli.Result result = hasty(proxy).plan(OLD_GOES);
        assertThat(result.status()).as("%s", each).isEqualTo(1);
        assertThat(decisions(result))
            .as("%s", each)
            .containsEntry("good:old", "Delete/Expired")
            .containsEntry("good:release", "Keep/NotSelected")
            .doesNotContainEntry("bad:old", "Delete/Expired");
        assertThat(result.err()).as("%s", each).contains("bad stays as it is", each.says());
      }
    }
  }

  @EachRegistry
  void whatCannotBeReadAnyMoreIsNotDeleted(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      AtomicInteger lists = new AtomicInteger();
      // The plan lists the tags once, and then the decision before the deletion does.
      proxy.rule(
          request -> request.is("GET", TAGS) && lists.incrementAndGet() > 1 ? LOGIN_PAGE : null);
      Cli.Result result = hasty(proxy).apply(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result))
          .containsEntry("bad:old", "Skip/Refused/Failed")
          .containsEntry("good:old", "Delete/Expired/Deleted");
      assertThat(result.out()).contains("login page");
      Scenario.assertTrue(result, images);
    }
  }

  @EachRegistry
  void aRegistryThatFailsAltogether(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      for (String path : List.of("/v2/", "/v2/_catalog.*", ".*")) {
        for (Fault fault : List.of(new Fault.Respond(500), LOGIN_PAGE, new Fault.DropRequest())) {
          proxy.rule(request -> request.path().matches(path) ? fault : null);
          Cli.Result plan = hasty(proxy).plan(OLD_GOES);
          assertThat(plan.status()).as("%s %s", path, fault).isEqualTo(1);
          assertThat(plan.err()).contains("policy builds: GET /v2/");
          assertThat(json(plan).path("error").asText()).startsWith("GET /v2/");
          assertThat(json(plan).has("digest")).isFalse();
          Cli.Result apply = hasty(proxy).apply(OLD_GOES);
          assertThat(apply.status()).as("%s %s", path, fault).isEqualTo(1);
          assertThat(apply.err()).contains("Nothing was deleted.");
          assertThat(apply.out()).isEmpty();
        }
      }
      proxy.rule(request -> request.is("GET", ".*/manifests/.*") ? new Fault.Respond(500) : null);
      Cli.Result unreadable = hasty(proxy).apply(OLD_GOES);
      assertThat(unreadable.status()).isEqualTo(1);
      assertThat(decisions(unreadable).values()).containsOnly("Keep/UnreadableRepository");
      assertThat(proxy.requests()).noneMatch(seen -> seen.request().method().equals("DELETE"));
    }
  }

  @EachRegistry
  void aStormOf429Passes(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      for (Map<String, String> headers :
          List.of(Map.<String, String>of(), Map.of("Retry-After", "17"))) {
        Map<String, AtomicInteger> times = new ConcurrentHashMap<>();
        proxy.rule(request -> {
          String what = request.method() + request.path();
          int before = times.computeIfAbsent(what, key -> new AtomicInteger()).getAndIncrement();
          return before < 3 ? new Fault.Respond(429, headers, "slow down") : null;
        });
        List<Duration> waits = new CopyOnWriteArrayList<>();
        Cli.Result result =
            new Scenario(folder, proxy.url()).cli(new Cli().pause(waits::add)).plan(OLD_GOES);
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(decisions(result)).containsEntry("bad:old", "Delete/Expired");
        assertThat(waits)
            .hasSizeGreaterThan(15)
            .allMatch(wait -> headers.isEmpty() == !wait.equals(Duration.ofSeconds(17)));
      }
    }
  }

  @EachRegistry
  void aSlowBodyIsWaitedForAndOneWithoutAnEndIsNot(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      proxy.rule(
          request -> request.is("GET", MANIFEST) ? new Fault.Drip(Duration.ofNanos(1)) : null);
      assertThat(decisions(hasty(proxy).plan(OLD_GOES))).containsEntry("bad:old", "Delete/Expired");

      proxy.rule(
          request -> request.is("GET", MANIFEST) ? new Fault.Drip(Duration.ofDays(1)) : null);
      Cli.Result result = hasty(proxy).registrySpec("client: {timeout: 1s}").plan(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result))
          .containsEntry("bad:old", "Keep/UnreadableRepository")
          .containsEntry("good:old", "Delete/Expired");
      assertThat(result.err()).contains("the body stopped for more than 1 s");
    }
  }

  /** A scenario that tries again without waiting. */
  private Scenario hasty(TestProxy proxy) {
    return new Scenario(folder, proxy.url()).cli(new Cli().pause(wait -> {}));
  }

  private static void fill(ImagePusher images) {
    for (String repository : List.of("bad", "good")) {
      images.push(repository, "old", image(repository + " old", 100));
      images.push(repository, "release", image(repository + " release", 1));
    }
  }
}
