package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.pull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** A registry that changes between what is read of it and what is deleted. */
class RaceTest {
  @TempDir Path folder;

  @EachRegistry
  void aTagThatMovesRightBeforeItsDeletionStays(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old-moves", image("before", 100));
      images.push("app", "old-2", image("old-2", 100));
      images.push("app", "release", image("release", 1));
      // Nothing but the look before the deletion asks for it with HEAD.
      at(
          proxy,
          "HEAD",
          ".*/manifests/old-moves",
          1,
          () -> images.push("app", "old-moves", image("after", 1)));
      Cli.Result result = new Scenario(folder, proxy.url()).apply(OLD_GOES);
      assertThat(result.status()).isZero();
      assertThat(decisions(result))
          .containsEntry("app:old-moves", "Skip/Moved/Skipped")
          .containsEntry("app:old-2", "Delete/Expired/Deleted");
      Scenario.assertTrue(result, images);
      assertThat(pull(images, "app", image("before", 100).digest())).isEqualTo(200);
    }
  }

  @EachRegistry
  void aTagPutOnTheDigestBeforeTheLastDecisionStays(RegistryVersion version) throws IOException {
    // One that no rule selects, and one that the state of now deletes but the plan does not hold.
    for (String late : List.of("late", "old-late")) {
      try (TestRegistry registry = TestRegistry.of(version).start();
          TestProxy proxy = TestProxy.before(registry.url());
          ImagePusher images = ImagePusher.to(registry.url())) {
        images.push("app", "old", image("old", 100));
        images.push("app", "release", image("release", 1));
        // The plan lists the tags first, the decision before the deletion after that.
        at(proxy, "GET", ".*/tags/list.*", 2, () -> images.push("app", late, image("old", 100)));
        Cli.Result result = new Scenario(folder, proxy.url()).apply(OLD_GOES);
        boolean byTag = version == RegistryVersion.V3;
        assertThat(decisions(result))
            .containsEntry(
                "app:old", byTag ? "Delete/Expired/Deleted" : "Skip/SharedDigest/Skipped")
            .doesNotContainKey("app:" + late);
        assertThat(pull(images, "app", late)).as(late).isEqualTo(200);
        Scenario.assertTrue(result, images);
      }
    }
  }

  @EachRegistry
  void aPlannedTagThatMovedToAnotherPlannedDigestStays(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old-1", image("one", 100));
      images.push("app", "old-2", image("two", 100));
      images.push("app", "release", image("release", 1));
      at(proxy, "GET", ".*/tags/list.*", 2, () -> images.push("app", "old-2", image("one", 100)));
      Cli.Result result = new Scenario(folder, proxy.url()).apply(OLD_GOES);
      assertThat(decisions(result)).containsEntry("app:old-2", "Skip/Moved/Skipped");
      Scenario.assertTrue(result, images);
    }
  }

  /**
   * The window that is left: where only digests can be deleted, a tag put on one between the last
   * decision and the deletion goes too. It is as long as the decision took, at least two seconds;
   * the test before this one holds that whatever is there at the decision is seen.
   */
  @EachRegistry
  void aTagPutOnTheDigestAfterTheLastDecision(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      at(proxy, "HEAD", ".*/manifests/old", 1, () -> images.push("app", "late", image("old", 100)));
      Cli.Result result = new Scenario(folder, proxy.url()).apply(OLD_GOES);
      assertThat(decisions(result)).containsEntry("app:old", "Delete/Expired/Deleted");
      assertThat(pull(images, "app", "late")).isEqualTo(version == RegistryVersion.V3 ? 200 : 404);
      assertThat(pull(images, "app", "release")).isEqualTo(200);
    }
  }

  @EachRegistry
  void aRepositoryThatVanishesIsGoneAlready(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (String repository : List.of("stays", "vanishes")) {
        images.push(repository, "old-1", image("one", 100));
        images.push(repository, "old-2", image("two", 100));
        images.push(repository, "release", image("release", 1));
      }
      at(
          proxy,
          "GET",
          "/v2/vanishes/tags/list.*",
          2,
          () -> delete(new StoreWriter(registry.root()).repository("vanishes")));
      Cli.Result result = new Scenario(folder, proxy.url()).apply(OLD_GOES);
      assertThat(result.status()).isZero();
      assertThat(decisions(result))
          .containsEntry("vanishes:old-1", "Skip/AlreadyGone/Skipped")
          .containsEntry("vanishes:old-2", "Skip/AlreadyGone/Skipped")
          .containsEntry("stays:old-1", "Delete/Expired/Deleted");
    }
  }

  @EachRegistry
  void aTagWithoutItsManifestIsSaidToBe(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      StoreWriter store = new StoreWriter(registry.root());
      store.push("app", "old-dangling", image("dangling", 100));
      store.push("app", "old", image("old", 100)).push("app", "release", image("release", 1));
      store.push("fine", "old", image("fine", 100)).push("fine", "release", image("release", 1));
      Files.delete(store.revision("app", image("dangling", 100).digest()));
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result))
          .containsEntry("app:old", "Keep/UnreadableRepository")
          .containsEntry("app:old-dangling", "Keep/UnreadableRepository")
          .containsEntry("fine:old", "Delete/Expired/Deleted");
      assertThat(result.err())
          .contains("tag old-dangling is listed, but its manifest is not there; push it again");
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  @EachRegistry
  void aClockThatIsOff(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("old", 100));
      images.push("app", "release", image("release", 1));
      for (long minutes : List.of(-10L, 10L)) {
        for (String from : List.of("/v2/", "/v2/app/tags/list.*", ".*/manifests/.*")) {
          Fault off = new Fault.Headers(Map.of("Date", date(minutes)));
          proxy.rule(request -> request.path().matches(from) ? off : null);
          Cli.Result plan = new Scenario(folder, proxy.url()).plan(OLD_GOES);
          assertThat(plan.status()).as("%s %s", minutes, from).isEqualTo(3);
          assertThat(plan.err()).contains("ClockSkew", "Set both clocks, then run again");
          Cli.Result apply = new Scenario(folder, proxy.url()).apply(OLD_GOES);
          assertThat(apply.status()).as("%s %s", minutes, from).isEqualTo(3);
          assertThat(apply.err()).contains("ClockSkew", "Nothing was deleted.");
          assertThat(apply.out()).isEmpty();
        }
      }
      AtomicInteger lists = new AtomicInteger();
      proxy.rule(request ->
          request.is("GET", ".*/tags/list.*") && lists.incrementAndGet() == 2
              ? new Fault.Headers(Map.of("Date", date(10)))
              : null);
      Cli.Result late = new Scenario(folder, proxy.url()).apply(OLD_GOES);
      assertThat(late.status()).isEqualTo(1);
      assertThat(decisions(late)).containsEntry("app:old", "Skip/Expired/Skipped");
      assertThat(late.out()).contains("not tried: ClockSkew");
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  /** Does something when the so-many-th request of a kind arrives, before it is passed on. */
  private static void at(TestProxy proxy, String method, String path, int number, Runnable action) {
    AtomicInteger count = new AtomicInteger();
    proxy.rule(request -> {
      if (request.is(method, path) && count.incrementAndGet() == number) {
        action.run();
      }
      return null;
    });
  }

  private static String date(long minutes) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        Instant.now().plusSeconds(minutes * 60).atZone(ZoneOffset.UTC));
  }

  private static void delete(Path path) {
    try (Stream<Path> all = Files.walk(path)) {
      all.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
