package dev.winnow.cli;

import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static dev.winnow.cli.Scenario.pull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect}, {@code verify} and {@code copy} on real registries. */
class ImagesScenarioTest {
  @TempDir Path folder;

  @EachRegistry
  void inspectTellsWhatOnlyOneImageHas(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      TestImage first = TestImages.oci("base").layer("first").created(null).build();
      images.push("team/app", "first", first);
      images.push("team/app", "again", first);
      images.push("team/app", "second", TestImages.oci("base").layer("second").build());
      images.push("other", "third", TestImages.oci("base").layer("third").build());
      String url = registry.url().toString();

      JsonNode catalog = json(inspect(url));
      assertThat(catalog.path("repositories").findValuesAsText("repository"))
          .containsExactly("other", "team/app");
      JsonNode tags = json(inspect(url, "team/app"));
      assertThat(tags.path("tags").findValuesAsText("tag"))
          .containsExactly("again", "first", "second");
      assertThat(tags.path("tags").get(1).path("digest").asText()).isEqualTo(first.digest());
      assertThat(tags.path("tags").get(1).path("pushed").isNull()).isTrue();

      JsonNode image = json(inspect(url, "team/app:first"));
      long own = 0;
      for (JsonNode blob : image.path("content")) {
        int others = blob.path("otherImages").asInt();
        boolean base = blob.path("digest").asText().equals(first.blobs().get(1).digest());
        assertThat(others).as("%s", blob).isEqualTo(base ? 2 : 0);
        own += others == 0 ? blob.path("bytes").asLong() : 0;
      }
      assertThat(image.path("ownBytes").asLong()).isEqualTo(own).isPositive();
      assertThat(image.path("bytes").asLong()).isGreaterThan(own);
      Cli.Result missing = inspect(url, "team/app:none");
      assertThat(missing.status()).isEqualTo(1);
      assertThat(missing.err()).contains("there is no team/app:none");
    }
  }

  @EachRegistry
  void verifyFindsWhatIsNotWhole(RegistryVersion version) throws IOException {
    Path root = folder.resolve("store");
    StoreWriter store = new StoreWriter(root);
    TestImage whole = image("whole", 1);
    TestImage lost = image("lost", 1);
    TestImage rotten = image("rotten", 1);
    TestImage member = image("member", 1);
    store.push("fine", "whole", whole).push("bad", "lost", lost).push("bad", "rotten", rotten);
    store.push("bad", "index", TestImages.index().add(member, "linux", "amd64").build());
    Files.delete(store.blob(lost.blobs().getLast().digest()));
    Path rottenLayer = store.blob(rotten.blobs().getLast().digest());
    byte[] bytes = Files.readAllBytes(rottenLayer);
    bytes[0] ^= 1;
    Files.write(rottenLayer, bytes);
    Files.delete(store.revision("bad", member.digest()));
    try (TestRegistry registry = TestRegistry.of(version).root(root).start()) {
      String url = registry.url().toString();
      Cli.Result shallow = new Cli().run("verify", "--registry", url, "-o", "json");
      assertThat(shallow.status()).isEqualTo(4);
      assertThat(json(shallow).path("damaged").findValuesAsText("tag"))
          .containsExactlyInAnyOrder("lost", "index");
      Cli.Result deep = new Cli().run("verify", "--registry", url, "--deep", "-o", "json");
      assertThat(deep.status()).isEqualTo(4);
      assertThat(json(deep).path("damaged").findValuesAsText("tag"))
          .containsExactlyInAnyOrder("lost", "index", "rotten");
      assertThat(json(deep).path("damaged").findValuesAsText("missing"))
          .contains(
              lost.blobs().getLast().digest(), rotten.blobs().getLast().digest(), member.digest());
      Cli.Result fine = new Cli().run("verify", "--registry", url, "--deep", "--repository", "fi*");
      assertThat(fine.status()).isZero();
      assertThat(fine.out()).contains("1 tags, 1 manifests and 2 blobs in 1 repositories");
    }
  }

  @EachRegistry
  void copyBringsAnImageWithAllThatBelongsToIt(RegistryVersion version) throws IOException {
    try (TestRegistry from = TestRegistry.of(version).start();
        TestRegistry to = TestRegistry.of(RegistryVersion.V3).start();
        ImagePusher source = ImagePusher.to(from.url());
        ImagePusher target = ImagePusher.to(to.url())) {
      TestImage amd = image("amd", 1);
      TestImage arm = TestImages.docker("arm").platform("linux", "arm64").build();
      TestImage index =
          TestImages.index()
              .add(amd, "linux", "amd64")
              .add(arm, "linux", "arm64")
              .attestationOf(amd)
              .build();
      TestImage sbom = TestImages.artifact("application/sbom", index, "sbom");
      source.push("app", "v1", index);
      source.pushReferrer("app", index, sbom);
      source.push("app", TestImages.cosignTag(amd, "sig"), TestImages.cosignSignature(amd));

      Cli.Result copied = new Cli().run("copy", from.url() + "/app:v1", to.url() + "/mirror/app");
      assertThat(copied.err()).contains("manifests");
      assertThat(copied.status()).isZero();
      assertThat(copied.out()).isEqualTo("mirror/app:v1 " + index.digest() + "\n");
      for (String reference :
          new String[] {
            "v1", amd.digest(), arm.digest(), sbom.digest(), TestImages.cosignTag(amd, "sig")
          }) {
        assertThat(pull(target, "mirror/app", reference)).as(reference).isEqualTo(200);
      }
      String referrers =
          Tools.find()
              .run(
                  "crane",
                  "manifest",
                  to.hostPort() + "/mirror/app:" + TestImages.referrersTag(index));
      assertThat(referrers).contains(sbom.digest());
      Tools.find().run("crane", "validate", "--remote", to.hostPort() + "/mirror/app:v1");

      Cli.Result mounted =
          new Cli().run("copy", to.url() + "/mirror/app:v1", to.url() + "/archive/app:v1");
      assertThat(mounted.status()).isZero();
      assertThat(mounted.err()).contains("0 blobs uploaded");
      assertThat(pull(target, "archive/app", sbom.digest())).isEqualTo(200);

      Cli.Result missing = new Cli().run("copy", from.url() + "/app:none", to.url() + "/x:y");
      assertThat(missing.status()).isEqualTo(1);
      assertThat(missing.err()).contains("there is no app:none");
      assertThat(new Cli().run("copy", "app", to.url() + "/x").status()).isEqualTo(2);
    }
  }

  private static Cli.Result inspect(String url, String... name) {
    String[] arguments = {"inspect", "--registry", url, "-o", "json"};
    return name.length == 0
        ? new Cli().run(arguments)
        : new Cli().run("inspect", "--registry", url, "-o", "json", name[0]);
  }
}
