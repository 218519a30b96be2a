package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.Content;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a registry has before it is collected: some images that stay, and one whose tag is gone.
 *
 * @param dropped the one
 */
record Stock(ClusterRegistry registry, TestImage dropped) {
  private static final int KEPT = 4;
  private static final String REPOSITORY = "team/app";

  static Stock push(ClusterRegistry registry, ImagePusher images, RegistryVersion version) {
    for (int i = 0; i < KEPT; i++) {
      images.push(REPOSITORY, "keep-" + i, kept(i));
    }
    TestImage dropped = TestImages.oci("dropped").build();
    images.push(REPOSITORY, "dropped", dropped);
    String what = version == RegistryVersion.V2_8 ? dropped.digest() : "dropped";
    assertThat(images.send("DELETE", "/v2/team/app/manifests/" + what).statusCode()).isEqualTo(202);
    return new Stock(registry, dropped);
  }

  private static TestImage kept(int number) {
    return TestImages.oci("keep " + number).build();
  }

  /** Whether the store has the data of a blob. */
  boolean has(Content blob) {
    return Files.exists(new StoreWriter(registry.root()).blob(blob.digest()));
  }

  /** The data in the trash. */
  List<Path> trash() {
    try (Stream<Path> all = Files.walk(registry.root().resolve(".winnow/trash"))) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What stays pulls to the last byte. */
  void assertKept(ImagePusher images) {
    for (int i = 0; i < KEPT; i++) {
      assertThat(images.pulls(REPOSITORY, "keep-" + i, kept(i))).as("keep-" + i).isTrue();
    }
  }
}
