package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Volume.Operation;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.HeldProcess;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;

/**
 * Races with real registries, which are held between what they look at and what they write, while a
 * whole pass takes what they have seen. The names are those of the reference on registries, section
 * 7.3; {@link RacesTest} has the others.
 */
final class RegistryRacesTest {
  private final OldStore store = new OldStore();
  private final Passes passes = Passes.online(store.root);
  private final TestImage dropped = store.dropped;
  private final String layer = dropped.blobs().getLast().digest();

  @AfterEach
  void close() {
    store.close();
  }

  private interface Push {
    void to(ImagePusher registry);
  }

  /** Takes what was dropped while a push is about to write; what it was told stays true. */
  private void takeBefore(RegistryVersion version, String calls, Path path, Push push)
      throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      passes.run();
      CompletableFuture<Void> pushed;
      try (HeldProcess held = HeldProcess.before(calls, path, registry.pid())) {
        pushed = CompletableFuture.runAsync(() -> push.to(images));
        held.awaitCall();
        assertThat(passes.next().quarantined().blobs()).isEqualTo(3);
        assertThat(store.droppedLayer()).doesNotExist();
        assertThat(pushed).isNotDone();
      }
      pushed.join();
      assertThat(store.droppedLayer()).as("found in place, and taken").doesNotExist();
      // By the clock that the registry has: what it has written now is young.
      assertThat(Passes.online(store.root).run().restored().blobs()).isPositive();
      assertThat(store.droppedLayer()).exists();
    }
  }

  /** Nothing of it is purged later. */
  private void stays(String reference) throws IOException {
    assertThat(store.pulls(reference)).isTrue();
    passes.next();
    passes.next();
    assertThat(store.pulls(reference)).isTrue();
  }

  @EachRegistry
  void r2AManifestThatWasCheckedBeforeItsLayersWereTaken(RegistryVersion version)
      throws IOException {
    TestImage image = TestImages.oci("dropped").label("new", "config").build();
    assertThat(image.blobs().getLast().digest()).isEqualTo(layer);
    Path folder = StoreLayout.folder(store.old.blob(image.digest()));
    takeBefore(version, "mkdirat", folder, images -> images.push(REPOSITORY, "new", image));
    stays("new");
  }

  @EachRegistry
  void r3AnUploadThatFoundItsDataInPlace(RegistryVersion version) throws IOException {
    Path folder = StoreLayout.folder(store.old.layer("other", layer));
    takeBefore(
        version, "mkdirat", folder, images -> images.upload("other", dropped.blobs().getLast()));
  }

  @EachRegistry
  void r4AMountThatFoundItsSource(RegistryVersion version) throws IOException {
    Path folder = StoreLayout.folder(store.old.layer("other", layer));
    String mount = "/v2/other/blobs/uploads/?mount=" + layer + "&from=" + REPOSITORY;
    takeBefore(
        version,
        "mkdirat",
        folder,
        images -> assertThat(images.send("POST", mount).statusCode()).isEqualTo(201));
  }

  @EachRegistry
  void r12AnIndexThatFoundItsMembers(RegistryVersion version) throws IOException {
    TestImage index = TestImages.index().add(dropped).build();
    Path folder = StoreLayout.folder(store.old.blob(index.digest()));
    takeBefore(
        version, "mkdirat", folder, images -> images.put(REPOSITORY, "index", index.manifest()));
    stays("index");
    stays(dropped.digest());
  }

  /** The link is about to be written when it is taken. */
  @EachRegistry
  void r11AManifestThatIsTaggedAgainWhileItIsTaken(RegistryVersion version) throws IOException {
    Path link = store.old.revision(REPOSITORY, dropped.digest());
    takeBefore(
        version,
        version == RegistryVersion.V2_8 ? "openat" : "renameat",
        link,
        images -> images.put(REPOSITORY, "again", dropped.manifest()));
    stays("again");
  }

  /** A registry that remembers takes what needs it: nothing is purged before it has ended. */
  @EachRegistry
  void r13APushThatARegistryTakesByWhatItRemembers(RegistryVersion version) throws IOException {
    TestImage image = TestImages.oci("dropped").label("new", "config").build();
    passes.run();
    Instant started = passes.now().plusSeconds(1);
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).cacheInMemory().start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      String path = "/v2/" + REPOSITORY + "/blobs/" + layer;
      assertThat(images.send("HEAD", path).statusCode()).isEqualTo(200);
      passes.cache(Cache.MEMORY, started);
      assertThat(passes.next().quarantined().blobs()).isEqualTo(3);
      for (int pass = 0; pass < 3; pass++) {
        assertThat(passes.next().purged().blobs()).isZero();
      }
      images.push(REPOSITORY, "new", image);
      assertThat(store.pulls("new")).as("taken without its layer").isFalse();
      assertThat(passes.next().restored().blobs()).isOne();
      assertThat(store.pulls("new")).isTrue();
    }
  }

  /** The link leads nowhere when it is looked at, and is written again before it is taken. */
  @EachRegistry
  void r8ALinkThatIsTakenWhileItsDataIsUploadedAgain(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      assertThat(passes.run(3).purged().blobs()).isEqualTo(3);
      Path link = store.old.layer(REPOSITORY, layer);
      assertThat(link).exists();
      AtomicBoolean isPushed = new AtomicBoolean();
      passes.watcher((operation, path) -> {
        if (operation == Operation.RENAME && path.equals(link) && !isPushed.getAndSet(true)) {
          images.upload(REPOSITORY, dropped.blobs().getLast());
        }
      });
      for (int pass = 0; pass < 3 && !isPushed.get(); pass++) {
        passes.next();
      }
      assertThat(isPushed).isTrue();
      String path = "/v2/" + REPOSITORY + "/blobs/" + layer;
      assertThat(images.send("HEAD", path).statusCode()).isEqualTo(200);
    }
  }

  @EachRegistry
  void r9ATagThatMovesBetweenTheReadingOfTagsAndRevisions(RegistryVersion version)
      throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      passes.run();
      Path revisions = StoreLayout.folder(store.old.revision(REPOSITORY, dropped.digest()));
      AtomicBoolean isMoved = new AtomicBoolean();
      passes.watcher((operation, path) -> {
        if (operation == Operation.LIST
            && path.equals(revisions.getParent())
            && !isMoved.getAndSet(true)) {
          images.put(REPOSITORY, "latest", dropped.manifest());
        }
      });
      passes.next();
      assertThat(isMoved).isTrue();
      stays("latest");
    }
  }

  /**
   * Between two passes it was needed, and what the registry remembers of it is still true for it.
   */
  @EachRegistry
  void r14AManifestThatWasPushedAndDeletedSinceTheRegistryStarted(RegistryVersion version)
      throws IOException {
    passes.run();
    Instant started = passes.now().plusSeconds(1);
    passes.cache(Cache.MEMORY, started);
    try (TestRegistry registry =
            TestRegistry.of(version).root(store.root).delete(true).cacheInMemory().start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push(REPOSITORY, "briefly", dropped);
      String path = "/v2/" + REPOSITORY + "/manifests/" + dropped.digest();
      assertThat(images.send("DELETE", path).statusCode()).isEqualTo(202);
      // By the clock of the passes, which is ahead of the registry's.
      Path folder = StoreLayout.folder(new StoreLayout(store.root).revision(REPOSITORY, dropped()));
      Files.setLastModifiedTime(folder, FileTime.from(started.plusSeconds(1)));
      assertThat(passes.next().quarantined().blobs()).isZero();
      images.put(REPOSITORY, "again", dropped.manifest());
      assertThat(store.pulls("again")).as("taken by what it remembers").isTrue();
      assertThat(images.send("DELETE", path).statusCode()).isEqualTo(202);
      Files.setLastModifiedTime(folder, FileTime.from(started.plusSeconds(1)));
    }
    assertThat(passes.next().quarantined().blobs()).as("the same process").isZero();
    passes.cache(Cache.MEMORY, passes.now().plus(Passes.SHORT));
    assertThat(passes.next().quarantined().blobs()).as("all are new").isEqualTo(3);
  }

  private Digest dropped() {
    return Digest.parse(dropped.digest()).orElseThrow();
  }

  /** 2.8 answers 201 by what it remembers, and writes nothing. */
  @EachRegistry
  void r14AManifestThatIsPushedAgainToARegistryThatRemembersIt(RegistryVersion version)
      throws IOException {
    passes.run();
    Instant started = passes.now().plusSeconds(1);
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).cacheInMemory().start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      String path = "/v2/" + REPOSITORY + "/manifests/" + dropped.digest();
      assertThat(images.send("GET", path).statusCode()).isEqualTo(200);
      for (var blob : dropped.blobs()) {
        String data = "/v2/" + REPOSITORY + "/blobs/" + blob.digest();
        assertThat(images.send("HEAD", data).statusCode()).isEqualTo(200);
      }
      passes.cache(Cache.MEMORY, started);
      assertThat(passes.next().quarantined().blobs()).isEqualTo(3);
      images.put(REPOSITORY, "again", dropped.manifest());
      assertThat(store.pulls("again")).as("taken without its data").isFalse();
      assertThat(passes.next().restored().blobs()).isPositive();
      stays("again");
    }
  }

  /** 2.8 empties a link before it writes it; later ones put another in its place. */
  @EachRegistry
  void r15ATagThatIsReadWhileItsLinkIsWritten(RegistryVersion version) throws IOException {
    Path link = store.old.tag(REPOSITORY, "latest").resolve("current/link");
    try (TestRegistry registry = TestRegistry.of(version).root(store.root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      passes.run();
      CompletableFuture<Void> pushed;
      try (HeldProcess held =
          HeldProcess.before(
              version == RegistryVersion.V2_8 ? "write" : "renameat", link, registry.pid())) {
        pushed =
            CompletableFuture.runAsync(() -> images.put(REPOSITORY, "latest", dropped.manifest()));
        held.awaitCall();
        assertThat(link).hasSize(version == RegistryVersion.V2_8 ? 0 : dropped.digest().length());
        passes.next();
        assertThat(store.pulls(store.kept.digest())).isTrue();
      }
      pushed.join();
      passes.next(); // by the clock of these passes the push was old when it was seen
      stays("latest");
    }
  }
}
