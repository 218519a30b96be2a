package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.oci.Digest;
import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.testing.Content;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.TokenServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class RealRegistryTest {
  private static final TestImage IMAGE = TestImages.oci("hello").build();
  private static final TestImage OTHER = TestImages.docker("other").build();
  private static final DeleteGuard LETS = (_, _) -> Optional.empty();

  @EachRegistry
  void readsWhatWasPushed(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url());
        RegistryClient client = Clients.to(registry.url())) {
      TestImage index = TestImages.index().add(IMAGE).add(OTHER).build();
      pusher.push("team/app", "v1", IMAGE);
      pusher.push("team/app", "all", index);
      client.ping();
      assertThat(((TagList.Found) client.tags("team/app")).tags())
          .containsExactlyInAnyOrder("v1", "all");
      assertThat(client.tags("team/none")).isEqualTo(new TagList.NotFound());
      for (TestImage image : List.of(IMAGE, OTHER, index)) {
        Digest digest = new Digest(image.digest());
        assertThat(client.head("team/app", image.digest()))
            .isEqualTo(new ManifestHead.Found(digest, image.mediaType(), image.bytes().length));
        assertThat(client.manifest("team/app", image.digest()))
            .isInstanceOfSatisfying(
                ManifestContent.Found.class,
                found -> {
                  assertThat(found.bytes()).isEqualTo(image.bytes());
                  assertThat(found.mediaType()).isEqualTo(image.mediaType());
                });
      }
      assertThat(client.manifest("team/app", "v9")).isEqualTo(new ManifestContent.NotFound());
      assertThat(client.head("team/app", "v9")).isEqualTo(new ManifestHead.NotFound());
      assertThat(client.clockSkew()).isEmpty();
    }
  }

  @EachRegistry
  void writesAndMounts(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        RegistryClient client = Clients.to(registry.url())) {
      for (Content blob : IMAGE.blobs()) {
        Digest digest = new Digest(blob.digest());
        assertThat(client.blobExists("a", digest)).isFalse();
        client.uploadBlob("a", digest, blob.size(), () -> new ByteArrayInputStream(blob.bytes()));
        assertThat(client.blobExists("a", digest)).isTrue();
        assertThat(client.mountBlob("b", "a", digest)).isTrue();
        assertThat(client.mountBlob("c", "none", digest)).isFalse();
        assertThat(((BlobContent.Found) client.blob("b", digest, 1 << 20)).bytes())
            .isEqualTo(blob.bytes());
        try (var stream = ((BlobStream.Found) client.openBlob("b", digest)).stream()) {
          assertThat(stream.readAllBytes()).isEqualTo(blob.bytes());
        }
      }
      assertThat(client.putManifest("b", "v1", IMAGE.bytes(), IMAGE.mediaType()))
          .hasToString(IMAGE.digest());
      assertThat(((TagList.Found) client.tags("b")).tags()).containsExactly("v1");
    }
  }

  @EachRegistry
  void listsMoreThanAPageOfRepositories(RegistryVersion version, @TempDir Path root)
      throws IOException {
    StoreWriter store = new StoreWriter(root);
    List<String> written = new ArrayList<>();
    for (int i = 0; i < 1_050; i++) {
      written.add("team-" + i % 7 + "/app-" + i);
      store.push(written.getLast(), "v1", IMAGE);
    }
    for (int most : List.of(1000, 150)) {
      try (TestRegistry registry =
              TestRegistry.of(version).root(root).set("catalog.maxentries", most).start();
          RegistryClient client = Clients.to(registry.url())) {
        List<String> listed = new ArrayList<>();
        assertThat(client.catalog(listed::add)).isEqualTo(new Catalog.Listed(1_050));
        assertThat(listed).containsExactlyInAnyOrderElementsOf(written);
      }
    }
  }

  @EachRegistry
  void saysThatTheCatalogIsEmpty(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.catalog(_ -> {})).isEqualTo(new Catalog.Empty());
    }
  }

  @EachRegistry
  void deletesTheWayTheRegistryTakes(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url());
        RegistryClient client = Clients.to(registry.url())) {
      for (String tag : List.of("v1", "v2")) {
        pusher.push("app", tag, IMAGE);
      }
      DeletionKind kind = client.probeKind("app");
      boolean byTag = version != RegistryVersion.V2_8;
      assertThat(kind).isEqualTo(byTag ? DeletionKind.BY_TAG : DeletionKind.BY_DIGEST);
      assertThat(client.probeDelete("app")).isEqualTo(new DeletionSupport.Enabled());
      Deleted first = client.deleteManifest("app", "v1", LETS);
      if (byTag) {
        assertThat(first).isEqualTo(new Deleted.Done());
        assertThat(client.tags("app")).isEqualTo(new TagList.Found(List.of("v2")));
        assertThat(client.deleteManifest("app", "v1", LETS)).isEqualTo(new Deleted.AlreadyGone());
      } else {
        assertThat(first)
            .isInstanceOfSatisfying(
                Deleted.Refused.class, refused -> assertThat(refused.status()).isEqualTo(400));
      }
      assertThat(client.deleteManifest("app", IMAGE.digest(), LETS)).isEqualTo(new Deleted.Done());
      assertThat(client.deleteManifest("app", IMAGE.digest(), LETS))
          .isEqualTo(new Deleted.AlreadyGone());
      assertThat(client.manifest("app", "v2")).isEqualTo(new ManifestContent.NotFound());
    }
  }

  @EachRegistry
  void knowsTheKindFromTagsWhereTheCatalogIsRefused(RegistryVersion version) throws IOException {
    try (TokenServer tokens =
            TokenServer.start().user("ann", "s3cret").allow("ann", "app", "pull", "push");
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        ImagePusher pusher =
            ImagePusher.to(registry.url())
                .authorization(tokens.bearer("ann", "repository:app:pull,push"));
        RegistryClient client = Clients.withCredentials(registry.url())) {
      pusher.push("app", "v1", IMAGE);
      pusher.push("app", "v2", OTHER);
      assertThat(client.catalog(_ -> {})).isInstanceOf(Catalog.Refused.class);
      assertThat(client.probeKind("app"))
          .isEqualTo(
              version == RegistryVersion.V2_8 ? DeletionKind.BY_DIGEST : DeletionKind.BY_TAG);
    }
  }

  @EachRegistry
  void seesThatDeletionIsOffOrTheRegistryReadOnly(RegistryVersion version, @TempDir Path root)
      throws IOException {
    new StoreWriter(root).push("app", "v1", IMAGE);
    try (TestRegistry registry = TestRegistry.of(version).root(root).delete(false).start();
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.probeDelete("app"))
          .isEqualTo(new DeletionSupport.Disabled("UNSUPPORTED, The operation is unsupported."));
      assertThat(client.deleteManifest("app", IMAGE.digest(), LETS))
          .isInstanceOf(Deleted.Refused.class);
    }
    try (TestRegistry registry = TestRegistry.of(version).root(root).readOnly().start();
        RegistryClient client = Clients.to(registry.url())) {
      assertThat(client.probeDelete("app")).isEqualTo(new DeletionSupport.ReadOnly());
      assertThat(client.deleteManifest("app", IMAGE.digest(), LETS))
          .isInstanceOf(Deleted.ReadOnly.class);
      assertThat(client.tags("app")).isEqualTo(new TagList.Found(List.of("v1")));
    }
  }

  @EachRegistry
  void findsReferrersByTheFallbackTag(RegistryVersion version) throws IOException {
    TestImage sbom = TestImages.artifact("application/spdx+json", IMAGE, "sbom");
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url());
        RegistryClient client = Clients.to(registry.url())) {
      pusher.push("app", "v1", IMAGE);
      Digest subject = new Digest(IMAGE.digest());
      assertThat(client.referrers("app", subject)).isEqualTo(new ReferrerList.NotFound());
      pusher.pushReferrer("app", IMAGE, sbom);
      assertThat(client.referrers("app", subject))
          .isInstanceOfSatisfying(
              ReferrerList.Found.class,
              found -> {
                assertThat(found.source()).isEqualTo(ReferrerList.Source.FALLBACK_TAG);
                assertThat(
                        new String(
                            found.indexes().getFirst(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains(sbom.digest());
              });
    }
  }

  @EachRegistry
  void survivesARestart(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        RegistryClient client = Clients.to(registry.url())) {
      client.ping();
      registry.kill();
      assertFails(client::ping, Kind.UNREACHABLE);
      registry.restart();
      client.ping();
    }
  }
}
