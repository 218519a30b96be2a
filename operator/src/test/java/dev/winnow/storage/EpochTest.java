package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.TestRedis;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When nobody is left who could act on what was there before a pass. */
class EpochTest {
  /** As long as the clock of a pass may be ahead of its volume's, less some. */
  private static final Duration LONGEST_REQUEST = Duration.ofSeconds(30);

  private final OldStore store = new OldStore();

  @AfterEach
  void close() {
    store.close();
  }

  private Passes passes() {
    return Passes.online(store.root).longestRequest(LONGEST_REQUEST);
  }

  @Test
  void aRequestMayTakeLongWhereNobodySawThemEnd() throws IOException {
    Passes passes = passes();
    assertThat(passes.run(2).quarantined().blobs()).isPositive();
    assertThat(passes.next().purged().blobs()).isZero();
    passes.later(LONGEST_REQUEST);
    assertThat(passes.next().purged().blobs()).isPositive();
  }

  @Test
  void whereAllWereSeenIdleNobodyIsWaitedFor() throws IOException {
    Passes passes = passes();
    passes.drained(passes.now());
    assertThat(passes.run(2).quarantined().blobs()).isPositive();
    assertThat(passes.next().purged().blobs()).as("idle before it was taken").isZero();
    passes.drained(passes.now());
    assertThat(passes.next().purged().blobs()).isPositive();
  }

  @Test
  void aRedisIsAskedTwiceWithAllIdleBetween() throws IOException {
    try (TestRedis redis = TestRedis.start()) {
      Passes passes =
          passes().cache(Cache.REDIS, null).shared(RedisCache.at(redis.url().toString(), null));
      assertThat(passes.run(2).quarantined().blobs()).isPositive();
      passes.drained(passes.now());
      assertThat(passes.next().purged().blobs()).as("forgotten once").isZero();
      assertThat(passes.next().purged().blobs()).as("idle before that").isZero();
      passes.drained(passes.now());
      assertThat(passes.next().purged().blobs()).isPositive();
    }
  }
}
