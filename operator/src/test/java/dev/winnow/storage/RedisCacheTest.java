package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.winnow.oci.Digest;
import dev.winnow.storage.DescriptorCache.Entry;
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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That registries forget, with a real Redis between. */
class RedisCacheTest {
  @EachRegistry
  void aRegistryForgetsWhatIsGone(RegistryVersion version) throws IOException {
    TestImage image = TestImages.oci("one").build();
    Digest layer = new Digest(image.blobs().getLast().digest());
    try (TestRedis redis = TestRedis.start();
        TestRegistry registry = TestRegistry.of(version).cacheInRedis(redis.url()).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "v1", image);
      String path = "/v2/app/blobs/" + layer;
      assertThat(images.send("HEAD", path).statusCode()).isEqualTo(200);
      StoreWriter store = new StoreWriter(registry.root());
      Files.delete(store.blob(layer.text()));
      assertThat(images.send("HEAD", path).statusCode()).as("remembered").isEqualTo(200);

      RedisCache cache = RedisCache.at(redis.url().toString(), null);
      assertThat(cache.forget(List.of(Entry.data(layer)))).isEqualTo(1);
      assertThat(images.send("HEAD", path).statusCode()).isEqualTo(404);
      assertThat(cache.forget(List.of(Entry.data(layer)))).isZero();

      // A layer that comes back by another repository is not one of this by its memory alone.
      Files.delete(store.layer("app", layer.text()));
      assertThat(cache.forget(List.of(new Entry("app", layer)))).isPositive();
      images.push("other", "v1", image);
      assertThat(images.send("HEAD", path).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void isNotBelievedWithoutAnAnswer() throws IOException {
    List<Entry> entries = List.of(Entry.data(Digest.sha256(new byte[1])));
    String gone;
    try (TestRedis redis = TestRedis.withPassword("secret")) {
      gone = redis.url().toString();
      assertThat(RedisCache.at(gone, "secret").forget(entries)).isZero();
      assertThatIOException()
          .isThrownBy(() -> RedisCache.at(gone, null).forget(entries))
          .withMessageContaining("Redis 127.0.0.1:");
      assertThatIOException()
          .isThrownBy(() -> RedisCache.at(gone, "wrong-secret").forget(entries))
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("wrong-secret"));
    }
    assertThatIOException()
        .isThrownBy(() -> RedisCache.at(gone, "secret").forget(entries))
        .withMessageContaining("Redis 127.0.0.1:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://host/one",
        "redis://:hidden@host",
        "redis://user:hidden@host:1",
        "redis://host:x"
      })
  void takesOnlyAnAddress(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisCache.at(url, null))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hidden"));
  }
}
