package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.PushStorm;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRedis;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Passes back to back under a storm of pushes on a real registry that is killed on the way (cases
 * 32, 33 and 36): what was acknowledged can be pulled after every pass and at the end, and garbage
 * goes.
 */
final class PushStormTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir private Path root;

  static Stream<Arguments> registries() {
    return Stream.of(RegistryVersion.values())
        .flatMap(version ->
            Stream.of(Cache.NONE, Cache.MEMORY, Cache.REDIS)
                .map(cache -> Arguments.of(version, cache)));
  }

  @ParameterizedTest
  @MethodSource("registries")
  void nothingAcknowledgedIsLost(RegistryVersion version, Cache cache) throws Exception {
    storm(version, cache, Duration.ofSeconds(20), 3);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("registries")
  void nothingAcknowledgedIsLostInFiveMinutes(RegistryVersion version, Cache cache)
      throws Exception {
    storm(version, cache, Duration.ofMinutes(5), 3);
  }

  /** Only after a start does a pass take anything from a registry that remembers. */
  @Tag("soak")
  @EachRegistry
  void nothingAcknowledgedIsLostByARegistryThatRemembersAndStartsOften(RegistryVersion version)
      throws Exception {
    storm(version, Cache.MEMORY, Duration.ofMinutes(5), 30);
  }

  private void storm(RegistryVersion version, Cache cache, Duration time, int starts)
      throws Exception {
    try (TestRedis redis = TestRedis.start();
        TestRegistry registry = options(version, cache, redis).start();
        PushStorm storm = new PushStorm(registry.url(), version.name().hashCode())) {
      await().until(() -> storm.acknowledged() > 10);
      Instant began = Instant.now();
      Instant writersSince = began;
      Instant nextKill = began.plus(time.dividedBy(starts));
      long purged = 0;
      while (Instant.now().isBefore(began.plus(time))) {
        purged += pass(cache, redis, writersSince).purged().blobs();
        assertThat(storm.lost()).isEmpty();
        if (Instant.now().isAfter(nextKill)) {
          registry.kill();
          writersSince = Instant.now();
          registry.restart();
          nextKill = nextKill.plus(time.dividedBy(starts));
        }
      }
      storm.end();
      purged += pass(cache, redis, writersSince).purged().blobs();
      registry.restart();
      assertThat(storm.lost()).isEmpty();
      System.out.printf(
          "%s %s: %d pushes acknowledged, %d refused, %d blobs purged%n",
          version, cache, storm.acknowledged(), storm.refused(), purged);
      assertThat(storm.acknowledged()).isGreaterThan(100);
      assertThat(purged).as("garbage goes").isPositive();
    }
  }

  private RegistryOptions options(RegistryVersion version, Cache cache, TestRedis redis) {
    RegistryOptions options = TestRegistry.of(version).root(root).delete(true);
    return switch (cache) {
      case MEMORY -> options.cacheInMemory();
      case REDIS -> options.cacheInRedis(redis.url());
      case NONE, UNKNOWN -> options;
    };
  }

  private CollectionReport pass(Cache cache, TestRedis redis, Instant writersSince)
      throws IOException {
    CollectOptions options =
        CollectOptionsBuilder.builder()
            .untagged(SECOND)
            .grace(SECOND)
            .hold(SECOND)
            .cache(cache)
            .writersSince(writersSince)
            .inUse(Set.of())
            .untag(List.of())
            .yes(true)
            .timing(Timing.FAST)
            .build();
    CollectionReport report =
        new Pass(
                new Volume(Volume.Watcher.NONE),
                root,
                options,
                cache == Cache.REDIS ? RedisCache.at(redis.url().toString(), null) : null,
                InstantSource.system(),
                PushStormTest::pass)
            .run();
    assertThat(report.failures()).isEmpty();
    return report;
  }

  /** The pass itself waits; there is nothing else to wait for. */
  private static void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
    }
  }
}
