package dev.winnow.storage;

import static dev.winnow.storage.OldStore.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is in the trash and is needed again, though nobody has pushed it there. */
final class NeededAgainTest {
  private final OldStore store = new OldStore();
  private final TestImage dropped = store.dropped;

  @AfterEach
  void close() {
    store.close();
  }

  private void purge(Passes passes) throws IOException {
    for (int pass = 0; pass < 3; pass++) {
      passes.next();
    }
    assertThat(store.trash()).isEmpty();
  }

  /** A node that still had the image runs it again. */
  @Test
  void whatIsInUseComesBack() throws IOException {
    Passes passes = store.quarantined().inUse(Set.of(new Digest(dropped.digest())));
    passes.later(Duration.ofMillis(100)).run();
    assertThat(store.pulls(dropped.digest())).isTrue();
    purge(passes);
    assertThat(store.pulls(dropped.digest())).isTrue();
  }

  /** Also where nothing else is left of its repository. */
  @Test
  void whatIsInUseComesBackToARepositoryThatHasNothingElse() throws IOException {
    store.old.push("alone", dropped);
    Passes passes = Passes.offline(store.root).hold(Duration.ofDays(1));
    passes.run();
    assertThat(store.pulls("alone", dropped.digest())).isFalse();
    passes.inUse(Set.of(new Digest(dropped.digest()))).run();
    assertThat(store.pulls("alone", dropped.digest())).isTrue();
  }

  /** The signature was taken with its image, which is tagged again before anything is purged. */
  @Test
  void theSignatureOfWhatIsTaggedAgainComesBack() throws IOException {
    TestImage signature = TestImages.artifact("application/x.signature", dropped, "signed");
    TestImage countersignature = TestImages.artifact("application/x.signature", signature, "too");
    store.old.push(REPOSITORY, signature).push(REPOSITORY, countersignature);
    Passes passes = Passes.online(store.root);
    passes.run(2);
    assertThat(store.pulls(signature.digest())).isFalse();
    store.putManifest(REPOSITORY, "again", dropped);
    passes.later(Duration.ofMillis(100)).run();
    assertThat(store.pulls("again")).isTrue();
    assertThat(store.pulls(signature.digest())).isTrue();
    purge(passes);
    assertThat(store.pulls(countersignature.digest())).isTrue();
  }

  /** 2.8 truncates a link and then writes it: what comes back in between is what it writes to. */
  @Test
  void aLinkThatIsBeingWrittenComesBackAsItWillBe() throws IOException {
    Path link = store.old.revision(REPOSITORY, dropped.digest());
    Passes passes = Passes.online(store.root);
    passes.run();
    AtomicBoolean isOpen = new AtomicBoolean();
    try (FileChannel registry = FileChannel.open(link, StandardOpenOption.WRITE)) {
      passes.watcher((operation, path) -> {
        if (operation == Volume.Operation.RENAME
            && path.equals(link)
            && isOpen.compareAndSet(false, true)) {
          registry.truncate(0);
        }
      });
      passes.next();
      registry.write(ByteBuffer.wrap(dropped.digest().getBytes(StandardCharsets.US_ASCII)));
    }
    store.link(store.old.tag(REPOSITORY, "again").resolve("current/link"), dropped.digest());
    assertThat(isOpen).isTrue();
    passes.watcher(Volume.Watcher.NONE).later(Duration.ofMillis(100)).run();
    assertThat(link).hasContent(dropped.digest());
    assertThat(store.pulls("again")).isTrue();
    assertThat(Files.getAttribute(link, "unix:nlink")).isEqualTo(1);
  }
}
