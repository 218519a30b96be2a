package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRedis;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The blob by which registries tell what they remember. */
final class CacheProbeTest {
  private final OldStore store = new OldStore();
  private final List<Digest> placed = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  private Passes passes() {
    return Passes.online(store.root).probe(placed::add);
  }

  private static int head(ImagePusher images, Digest probe) {
    return images
        .send("HEAD", "/v2/" + ProbeRepository.NAME + "/blobs/" + probe.text())
        .statusCode();
  }

  /** Asks for it while it is in place, and again after the pass. */
  private void ask(RegistryOptions options, Passes passes, int after) throws IOException {
    try (TestRegistry registry = options.root(store.root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      passes.probe(probe -> {
        placed.add(probe);
        assertThat(head(images, probe)).as("in place").isEqualTo(200);
      });
      CollectionReport report = passes.run(2);
      assertThat(report.failures()).isEmpty();
      assertThat(Objects.requireNonNull(report.probed()).digest())
          .isEqualTo(placed.getFirst().text());
      assertThat(head(images, placed.getFirst())).as("taken").isEqualTo(after);
    }
  }

  @EachRegistry
  void aRegistryWithoutACacheDoesNotKnowItAnyMore(RegistryVersion version) throws IOException {
    ask(TestRegistry.of(version), passes(), 404);
  }

  @EachRegistry
  void oneThatRemembersInMemoryHasItStill(RegistryVersion version) throws IOException {
    ask(TestRegistry.of(version).cacheInMemory(), passes(), 200);
  }

  @EachRegistry
  void oneWithARedisHasForgottenIt(RegistryVersion version) throws IOException {
    try (TestRedis redis = TestRedis.start()) {
      Passes passes =
          passes().cache(Cache.REDIS, null).shared(RedisCache.at(redis.url().toString(), null));
      ask(TestRegistry.of(version).cacheInRedis(redis.url()), passes, 404);
    }
  }

  @EachRegistry
  void oneWithAnotherRedisHasItStill(RegistryVersion version) throws IOException {
    try (TestRedis redis = TestRedis.start()) {
      String other = redis.url().resolve("/3").toString();
      Passes passes = passes().cache(Cache.REDIS, null).shared(RedisCache.at(other, null));
      ask(TestRegistry.of(version).cacheInRedis(redis.url()), passes, 200);
    }
  }

  @Test
  void noReportCountsIt() throws IOException {
    Passes passes = passes();
    CollectionReport without = Passes.online(store.root).dryRun(true).run();
    CollectionReport taken = passes.run(2);
    assertThat(placed).hasSize(1);
    assertThat(taken.repositories()).isEqualTo(without.repositories());
    assertThat(taken.quarantined().blobs()).isEqualTo(3);
    assertThat(taken.held().blobs()).isEqualTo(3);
    assertThat(taken.blobs().total()).isEqualTo(without.blobs().total() - 3);
    assertThat(StoreReader.open(store.root, null).repositories()).containsExactly(REPOSITORY);

    assertThat(passes.run().purged().blobs()).isZero();
    CollectionReport purged = passes.next();
    assertThat(purged.purged().blobs()).isEqualTo(3);
    assertThat(purged.waiting().blobs()).isZero();
    assertThat(purged.remarks()).isEmpty();
  }

  @Test
  void whereNothingIsTakenThereIsNone() throws IOException {
    Passes.online(store.root).run(6);
    CollectionReport report = passes().run(3);
    assertThat(report.probed()).isNull();
    assertThat(placed).isEmpty();
  }

  @Test
  void nothingOfItIsLeft() throws IOException {
    passes().run(6);
    assertThat(placed).as("one for each pass that takes").isNotEmpty();
    Passes.online(store.root).later(Duration.ofSeconds(30)).run(3);
    assertThat(store.trash()).isEmpty();
    assertThat(store.content())
        .noneMatch(path -> path.toString().contains(ProbeRepository.NAME))
        .noneMatch(path -> placed.stream().anyMatch(each -> path.toString().contains(each.hex())));
    for (Digest probe : placed) {
      assertThat(store.old.blob(probe.text()).getParent()).doesNotExist();
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void oneOfAKilledPassIsTakenByTheNext() throws IOException {
    Passes killed =
        Passes.online(store.root)
            .probe(probe -> {
              placed.add(probe);
              throw new Killed();
            });
    killed.run();
    killed.later(Passes.SHORT.plusMillis(500));
    assertThatExceptionOfType(Killed.class).isThrownBy(killed::run);
    Path data = store.old.blob(placed.getFirst().text());
    assertThat(data).exists();

    CollectionReport dry = Passes.online(store.root).dryRun(true).run();
    assertThat(dry.candidates().blobs() + dry.waiting().blobs()).as("not garbage").isEqualTo(3);
    CollectionReport next = passes().later(Duration.ofSeconds(5)).run();
    assertThat(next.quarantined().blobs()).isEqualTo(3);
    assertThat(Objects.requireNonNull(next.probed()).digest()).isEqualTo(placed.getFirst().text());
    assertThat(data).doesNotExist();
  }

  @Test
  void oneThatCannotBePlacedFailsNothing() throws IOException {
    Passes passes = passes();
    passes.run();
    CollectionReport report =
        passes
            .watcher((operation, path) -> {
              if (operation == Volume.Operation.MAKE_DIRECTORY
                  && path.toString().contains("winnow.dev")) {
                throw new AccessDeniedException(path.toString());
              }
            })
            .next();
    assertThat(report.failures()).isEmpty();
    assertThat(report.quarantined().blobs()).isEqualTo(3);
    assertThat(report.probed()).isNull();
    assertThat(report.remarks()).singleElement().asString().contains("no cache probe");
  }

  /** What a restore brings back is what was the store's. */
  @Test
  void itNeverComesBack() throws IOException {
    CollectionReport taken = passes().run(2);
    assertThat(taken.probed()).isNotNull();
    Restoration restoration =
        new Restoration(new Volume(Volume.Watcher.NONE), store.root, InstantSource.system());
    assertThat(restoration.held())
        .singleElement()
        .satisfies(held -> assertThat(held.blobs()).isEqualTo(3));
    assertThat(restoration.restore(Set.of(taken.pass())).blobs()).isEqualTo(3);
    assertThat(store.old.blob(placed.getFirst().text())).doesNotExist();
  }

  /** Whoever pushes there has a repository like any other. */
  @Test
  void anImageOfThatRepositoryStays() throws IOException {
    TestImage image = TestImages.oci("theirs").build();
    store.old.push(ProbeRepository.NAME, "v1", image);
    assertThat(store.pulls(ProbeRepository.NAME, "v1")).isTrue();
    passes().run(6);
    assertThat(store.pulls(ProbeRepository.NAME, "v1")).isTrue();
    assertThat(Files.exists(store.old.blob(image.digest()))).isTrue();
  }
}
