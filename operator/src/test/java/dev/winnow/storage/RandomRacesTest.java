package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.storage.Oracle.Pull;
import dev.winnow.testing.Content;
import dev.winnow.testing.Folders;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Pushes whose steps, in the order of distribution, fall between any two operations of the pass
 * that takes what they need: what is acknowledged can be pulled from the next pass on.
 */
final class RandomRacesTest {
  private static final String OTHER = "team/other";

  private final Path folder = Folders.temporary("races");
  private final List<TestImage> dropped =
      List.of(
          TestImages.oci("one").layer("shared").build(),
          TestImages.oci("two").layer("shared").build(),
          TestImages.oci("three").build());
  private final TestImage index =
      TestImages.index().add(dropped.get(0)).add(dropped.get(2)).build();

  @AfterEach
  void deleteStore() {
    Folders.delete(folder);
  }

  @Test
  void whatIsAcknowledgedStays() {
    races(0, 60);
  }

  @Test
  @Tag("soak")
  void whatIsAcknowledgedStaysInThousands() {
    races(60, 5_000);
  }

  private void races(long from, long to) {
    Seeds.each(from, to, this::race);
  }

  private void race(long seed) throws IOException {
    Path root = folder.resolve("root-" + seed);
    StoreWriter store = new StoreWriter(root).pushedAt(Instant.now().minus(Duration.ofDays(30)));
    store.push(REPOSITORY, "latest", TestImages.oci("kept").build());
    dropped.forEach(image -> store.push(REPOSITORY, image));
    store.push(REPOSITORY, index);
    Random random = new Random(seed);
    Passes passes = Passes.online(root);
    if (random.nextInt(3) == 0) {
      passes.probe(probe -> {});
    }
    passes.run();
    passes.later(Passes.SHORT.plusMillis(500));
    List<Push> pushes = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      pushes.add(new Push(store, passes, random, "tag" + i));
    }
    passes.watcher((operation, path) -> pushes.forEach(push -> push.perhaps(operation, path)));
    passes.run();
    passes.watcher(Volume.Watcher.NONE);
    for (Push push : pushes) {
      push.end();
    }
    for (int pass = 0; pass < 4; pass++) {
      assertThat(passes.next().failures()).as("seed %d", seed).isEmpty();
      Set<Pull> pulls = Oracle.pullable(root);
      for (Push push : pushes) {
        assertThat(push.isRefused || pulls.contains(push.pull()))
            .as("seed %d, pass %d, %s", seed, pass, push.story)
            .isTrue();
      }
    }
    Folders.delete(root);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** A client that pushes to a registry. */
  private final class Push {
    private final StoreWriter store;
    private final Passes passes;
    private final Random random;
    private final String repository;
    private final String tag;
    private final Deque<Step> steps = new ArrayDeque<>();
    private final List<String> story = new ArrayList<>();

    /** As 2.8 writes a link: it truncates it first. */
    private final boolean inPlace;

    /** Steps that it makes before anything is taken; the others follow right after that. */
    private final int early;

    /** Operations of the pass from one step to the next, at most. */
    private final int slowness;

    private int wait;
    private int done;
    private boolean isTaking;
    private boolean isRefused;

    Push(StoreWriter store, Passes passes, Random random, String tag) {
      this.store = store;
      this.passes = passes;
      this.random = random;
      this.tag = tag;
      this.repository = random.nextInt(3) == 0 ? OTHER : REPOSITORY;
      this.inPlace = random.nextBoolean();
      this.slowness = 1 << random.nextInt(8);
      wait = random.nextInt(400);
      early = random.nextInt(16);
      plan();
    }

    private void plan() {
      int kind = random.nextInt(4);
      if (kind == 0 && repository.equals(REPOSITORY)) {
        steps.add(() -> put(index));
        return;
      }
      TestImage image =
          kind == 1
              ? TestImages.oci("one").layer("shared").label("is", tag).build()
              : dropped.get(random.nextInt(dropped.size()));
      image.blobs().forEach(blob -> steps.add(() -> blob(blob)));
      steps.add(() -> put(image));
    }

    Pull pull() {
      return new Pull(repository, tag, "3.1", true);
    }

    synchronized void perhaps(Volume.Operation operation, Path path) {
      isTaking |= operation == Volume.Operation.RENAME && path.startsWith(store.repository(""));
      if ((isTaking || done < early) && wait-- <= 0 && !steps.isEmpty()) {
        next();
        done++;
        wait = random.nextInt(slowness);
      }
    }

    synchronized void end() {
      while (!steps.isEmpty()) {
        next();
      }
    }

    private void next() {
      try {
        steps.removeFirst().run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void first(Step... some) {
      for (int i = some.length - 1; i >= 0; i--) {
        steps.addFirst(some[i]);
      }
    }

    private boolean has(String name, String digest) {
      return Files.exists(store.layer(name, digest)) && Files.exists(store.blob(digest));
    }

    private void blob(Content blob) {
      String digest = blob.digest();
      if (has(repository, digest)) {
        story.add("has " + digest);
        return;
      }
      boolean mounts = has(REPOSITORY, digest) && random.nextBoolean();
      boolean exists = Files.exists(store.blob(digest));
      story.add((mounts ? "mounts " : exists ? "links " : "uploads ") + digest);
      if (mounts || exists) {
        first(writes(store.layer(repository, digest), digest));
      } else {
        first(
            () -> writeAtOnce(store.blob(digest), blob.bytes()),
            writes(store.layer(repository, digest), digest));
      }
    }

    private void put(TestImage image) {
      boolean isComplete = image.blobs().stream().allMatch(blob -> has(repository, blob.digest()));
      for (TestImage child : image.children()) {
        isComplete &=
            Files.exists(store.revision(repository, child.digest()))
                && Files.exists(store.blob(child.digest()));
      }
      if (!isComplete) {
        isRefused = true;
        return;
      }
      story.add("verified " + image.digest());
      first(
          () -> {
            if (Files.exists(store.blob(image.digest()))) {
              story.add("manifest exists");
            } else {
              first(() -> writeAtOnce(store.blob(image.digest()), image.bytes()));
            }
          },
          writes(store.revision(repository, image.digest()), image.digest()),
          writes(
              store
                  .tag(repository, tag)
                  .resolve("index/" + image.digest().replace(':', '/') + "/link"),
              image.digest()),
          writes(store.tag(repository, tag).resolve("current/link"), image.digest()),
          () -> story.add("acknowledged"));
    }

    private Step writes(Path link, String digest) {
      byte[] bytes = digest.getBytes(StandardCharsets.US_ASCII);
      return inPlace
          ? () -> {
            Files.createDirectories(StoreLayout.folder(link));
            FileChannel file =
                FileChannel.open(link, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            story.add("opened " + link);
            first(
                () -> file.truncate(0),
                () -> {
                  file.write(ByteBuffer.wrap(bytes));
                  file.close();
                  // The registry's clock is the collector's.
                  if (Files.exists(link)) {
                    Files.setLastModifiedTime(link, FileTime.from(passes.now()));
                  }
                  story.add("wrote " + link);
                });
          }
          : () -> writeAtOnce(link, bytes);
    }

    private void writeAtOnce(Path file, byte[] bytes) throws IOException {
      Files.createDirectories(StoreLayout.folder(file));
      // As 3.x does: two pushes of the same layer write each a file of its own.
      Path next = file.resolveSibling(file.getFileName() + "." + tag + ".tmp");
      Files.write(next, bytes);
      Files.setLastModifiedTime(next, FileTime.from(passes.now()));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      story.add("wrote " + file);
    }
  }
}
