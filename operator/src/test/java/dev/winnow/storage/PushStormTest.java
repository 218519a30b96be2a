package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Content;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Tag;

/**
 * Clients that push, mount, push again and move tags of images that share layers, while passes run
 * back to back (case 32, 33 and 36): what the registry has acknowledged can be pulled after each
 * pass, and garbage goes.
 */
final class PushStormTest {
  private static final int CLIENTS = 10;
  private static final List<String> REPOSITORIES = List.of("a", "a/b", "team/app");
  private static final int TAGS = 6;
  private static final int LAYERS = 16;

  @EachRegistry
  void nothingAcknowledgedIsLost(RegistryVersion version) throws Exception {
    storm(version, Duration.ofSeconds(20));
  }

  @EachRegistry
  @Tag("soak")
  void nothingAcknowledgedIsLostForLong(RegistryVersion version) throws Exception {
    storm(version, Duration.ofMinutes(5));
  }

  private void storm(RegistryVersion version, Duration length) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url());
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      pusher.push("a", "first", TestImages.oci("first").build());
      Clients all = new Clients(pusher);
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        Random random = new Random(client);
        running.add(clients.submit(() -> all.push(random)));
      }
      long purged = 0;
      try {
        Instant end = Instant.now().plus(length);
        while (Instant.now().isBefore(end)) {
          purged += pass(registry).purged().blobs();
          all.check();
        }
      } finally {
        all.isOver.set(true);
      }
      for (Future<?> each : running) {
        each.get();
      }
      pass(registry);
      registry.restart();
      all.check();
      assertThat(all.acknowledged).hasValueGreaterThan(CLIENTS * 5L);
      assertThat(purged).as("garbage goes").isPositive();
    }
  }

  private static CollectionReport pass(TestRegistry registry) throws Exception {
    Duration second = Duration.ofSeconds(1);
    CollectOptions options =
        new CollectOptions(
            false,
            second,
            second,
            second,
            false,
            null,
            Cache.NONE,
            null,
            null,
            Set.of(),
            List.of(),
            true,
            new Timing(second, second, Duration.ofMillis(500)));
    CollectionReport report =
        new Pass(
                new Volume(Volume.Watcher.NONE),
                registry.root(),
                options,
                InstantSource.system(),
                PushStormTest::wait)
            .run();
    assertThat(report.failures()).isEmpty();
    return report;
  }

  /** The pass itself waits; there is nothing else to wait for. */
  private static void wait(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was pushed, and by whom. */
  private static final class Clients {
    private final ImagePusher pusher;
    private final Map<String, TestImage> tags = new ConcurrentHashMap<>();
    private final ReentrantReadWriteLock world = new ReentrantReadWriteLock(true);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong acknowledged = new AtomicLong();

    Clients(ImagePusher pusher) {
      this.pusher = pusher;
    }

    private void push(Random random) {
      while (!isOver.get()) {
        String repository = REPOSITORIES.get(random.nextInt(REPOSITORIES.size()));
        String tag = "tag" + random.nextInt(TAGS);
        TestImage image =
            TestImages.oci("layer " + random.nextInt(LAYERS))
                .layer("layer " + random.nextInt(LAYERS))
                .label("build", "" + random.nextInt(40))
                .build();
        world.readLock().lock();
        try {
          push(repository, tag, image, random.nextBoolean());
        } finally {
          world.readLock().unlock();
        }
      }
    }

    private void push(String repository, String tag, TestImage image, boolean mounts) {
      if (mounts) {
        for (Content blob : image.blobs()) {
          pusher.send(
              "POST", "/v2/" + repository + "/blobs/uploads/?from=a&mount=" + blob.digest());
        }
      }
      synchronized (tagOf(repository, tag)) {
        try {
          pusher.push(repository, tag, image);
          tags.put(repository + ":" + tag, image);
          acknowledged.incrementAndGet();
        } catch (IllegalStateException e) {
          // What it had seen in place was taken before it was done: it says so, and is pushed again
          // with the next image. The tag is what it was.
          assertThat(e).hasMessageContaining("MANIFEST_BLOB_UNKNOWN");
        }
      }
    }

    private final Map<String, Object> locks = new ConcurrentHashMap<>();

    private Object tagOf(String repository, String tag) {
      return locks.computeIfAbsent(repository + ":" + tag, key -> new Object());
    }

    /** With all clients at rest, all that they were told is there. */
    void check() {
      world.writeLock().lock();
      try {
        tags.forEach((name, image) -> {
          String repository = name.substring(0, name.indexOf(':'));
          String tag = name.substring(name.indexOf(':') + 1);
          var manifest = pusher.send("GET", "/v2/" + repository + "/manifests/" + tag);
          assertThat(manifest.statusCode()).as(name).isEqualTo(200);
          assertThat(manifest.body()).as(name).isEqualTo(image.bytes());
          for (Content blob : image.blobs()) {
            assertThat(pusher.send("GET", "/v2/" + repository + "/blobs/" + blob.digest()).body())
                .as("%s: %s", name, blob.digest())
                .isEqualTo(blob.bytes());
          }
        });
      } finally {
        world.writeLock().unlock();
      }
    }
  }
}
