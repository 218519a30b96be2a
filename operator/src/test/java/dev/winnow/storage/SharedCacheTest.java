package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRedis;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passes over the store of registries that remember in a Redis what exists. */
class SharedCacheTest {
  private static final TestImage KEPT = TestImages.oci("kept").build();
  private static final TestImage GONE = TestImages.oci("gone").build();
  private static final Digest LAYER = new Digest(GONE.blobs().getLast().digest());

  @TempDir private Path root;

  private Passes passes(TestRedis redis) {
    return Passes.online(root)
        .cache(Cache.REDIS, null)
        .shared(RedisCache.at(redis.url().toString(), null));
  }

  /** Pushes two images, deletes one, and has its layer remembered. */
  private void fill(ImagePusher images) {
    images.push("app", "kept", KEPT);
    images.push("app", "gone", GONE);
    images.send("DELETE", "/v2/app/manifests/" + GONE.digest());
    assertThat(exists(images)).isTrue();
  }

  private static boolean exists(ImagePusher images) {
    return images.send("HEAD", "/v2/app/blobs/" + LAYER).statusCode() == 200;
  }

  @EachRegistry
  void whatIsTakenIsForgottenAtOnceAndPurgedOnceNobodyRemembers(RegistryVersion version)
      throws IOException {
    try (TestRedis redis = TestRedis.start();
        TestRegistry registry =
            TestRegistry.of(version).root(root).delete(true).cacheInRedis(redis.url()).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      Passes passes = passes(redis);
      CollectionReport taken = passes.run(2);
      assertThat(taken.quarantined().blobs()).isPositive();
      assertThat(exists(images)).as("the registry knows that it is gone").isFalse();

      CollectionReport third = passes.next();
      assertThat(third.purged().blobs()).as("forgotten once").isZero();
      assertThat(third.held().why()).isEqualTo("Hold");
      CollectionReport fourth = passes.next();
      assertThat(fourth.purged().blobs()).as("and found forgotten").isPositive();
      images.push("app", "again", GONE);
      passes.run(3);
      registry.restart();
      assertThat(images.send("GET", "/v2/app/blobs/" + LAYER).body())
          .isEqualTo(GONE.blobs().getLast().bytes());
    }
  }

  /** A request that looked before, and wrote what it saw after: R13. */
  @Test
  void whatIsRememberedAgainStartsTheWaitAnew() throws IOException {
    Digest digest = oldStore();
    try (TestRedis redis = TestRedis.start();
        var client = new redis.clients.jedis.Jedis(redis.url())) {
      Passes passes = passes(redis);
      passes.run(3);
      client.hset("blobs::" + digest, "digest", digest.text());
      assertThat(passes.next().purged().blobs()).isZero();
      assertThat(client.exists("blobs::" + digest)).isFalse();
      assertThat(passes.next().purged().blobs()).isPositive();
    }
  }

  /** Case 42: another database, most likely, while the registry's own still remembers. */
  @Test
  void aCacheThatKnowsNothingOfTheStoreProvesNothing() throws IOException {
    oldStore();
    try (TestRedis redis = TestRedis.start();
        var client = new redis.clients.jedis.Jedis(redis.url())) {
      Passes passes = passes(redis);
      assertThat(passes.run(3).quarantined().blobs()).isZero();
      passes.withoutYes();
      CollectionReport refused = passes.next();
      assertThat(refused.purged().blobs()).isZero();
      assertThat(refused.failures()).singleElement().asString().contains("database 0", "--yes");
      client.hset("blobs::" + KEPT.digest(), "digest", KEPT.digest());
      assertThat(passes.next().purged().blobs()).isPositive();
    }
  }

  /** A cache that was emptied is no hindrance before there is something to purge. */
  @Test
  void whileNothingIsDueTheCacheNeedNotKnowTheStore() throws IOException {
    oldStore();
    try (TestRedis redis = TestRedis.start()) {
      Passes passes = passes(redis);
      assertThat(passes.run(2).quarantined().blobs()).isPositive();
      passes.withoutYes();
      assertThat(passes.next().failures()).isEmpty();
      assertThat(passes.next().failures()).singleElement().asString().contains("database 0");
    }
  }

  @Test
  void anAliasOfWhatIsTakenIsForgottenToo() throws IOException {
    Digest digest = oldStore();
    Digest alias = Digest.parse("sha512:" + "ab".repeat(64)).orElseThrow();
    Path link =
        new StoreWriter(root).repository("app").resolve("_layers/sha512/" + alias.hex() + "/link");
    Files.createDirectories(link.getParent());
    Files.writeString(link, digest.text());
    Files.setLastModifiedTime(
        link, Files.getLastModifiedTime(new StoreWriter(root).blob(digest.text())));
    try (TestRedis redis = TestRedis.start();
        var client = new redis.clients.jedis.Jedis(redis.url())) {
      client.hset("blobs::" + alias, "digest", digest.text());
      assertThat(passes(redis).run(2).quarantined().blobs()).isPositive();
      assertThat(client.exists("blobs::" + alias)).isFalse();
    }
  }

  @Test
  void whatWasPurgedIsForgottenAgainForAMonth() throws IOException {
    Digest digest = oldStore();
    try (TestRedis redis = TestRedis.start();
        var client = new redis.clients.jedis.Jedis(redis.url())) {
      Passes passes = passes(redis);
      passes.run(6);
      assertThat(new StoreWriter(root).blob(digest.text())).doesNotExist();
      client.hset("blobs::" + digest, "digest", digest.text());
      passes.run(1);
      assertThat(client.exists("blobs::" + digest)).as("an old file of the Redis").isFalse();
    }
  }

  @Test
  void nothingIsTakenOrPurgedWhileTheRedisIsAway() throws IOException {
    oldStore();
    String away;
    try (TestRedis redis = TestRedis.start()) {
      away = redis.url().toString();
    }
    Passes passes = Passes.online(root).cache(Cache.REDIS, null).shared(RedisCache.at(away, null));
    CollectionReport report = passes.run(2);
    assertThat(report.failures())
        .singleElement()
        .asString()
        .contains("nothing is taken", "Redis 127.0.0.1:");
    assertThat(report.quarantined().blobs()).isZero();
    try (TestRedis redis = TestRedis.start()) {
      Passes first = passes(redis);
      assertThat(first.run(2).quarantined().blobs()).isPositive();
      assertThat(first.next().held().blobs()).isPositive();
      first.shared(RedisCache.at(away, null));
      assertThat(first.next().purged().blobs()).as("the Redis is away").isZero();
      first.shared(RedisCache.at(redis.url().toString(), null));
      assertThat(first.next().purged().blobs()).as("it is back").isPositive();
    }
  }

  /** A store with a blob that nothing needs. */
  private Digest oldStore() {
    StoreWriter store =
        new StoreWriter(root).pushedAt(java.time.Instant.now().minus(Duration.ofDays(30)));
    store.push("app", "kept", KEPT).push("app", GONE);
    return LAYER;
  }
}
