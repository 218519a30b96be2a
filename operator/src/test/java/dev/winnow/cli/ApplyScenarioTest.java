package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static dev.winnow.cli.Scenario.pull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** What applying a policy does to the images of a real registry. */
class ApplyScenarioTest {
  @TempDir Path folder;

  @EachRegistry
  void oneOfTwoTagsOnADigestExpires(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("shared", 100));
      images.push("app", "release", image("shared", 100));
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      boolean byTag = version == RegistryVersion.V3;
      assertThat(decisions(result))
          .isEqualTo(
              Map.of(
                  "app:old",
                  byTag ? "Delete/Expired/Deleted" : "Skip/SharedDigest",
                  "app:release",
                  "Keep/NotSelected"));
      assertThat(result.status()).isZero();
      assertThat(pull(images, "app", "release")).isEqualTo(200);
      assertThat(pull(images, "app", "old")).isEqualTo(byTag ? 404 : 200);
    }
  }

  @EachRegistry
  void anImageThatAKeptIndexNeedsStaysPullable(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      TestImage amd = image("amd64", 100);
      TestImage arm = image("arm64", 100);
      TestImage inner = TestImages.index().add(amd, "linux", "amd64").build();
      TestImage outer =
          TestImages.index().add(inner).add(arm, "linux", "arm64").attestationOf(amd).build();
      images.push("app", "release", outer);
      images.push("app", "old-amd64", amd);
      images.push("app", "old-single", image("single", 100));
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      boolean byTag = version == RegistryVersion.V3;
      assertThat(decisions(result))
          .isEqualTo(
              Map.of(
                  "app:old-amd64", byTag ? "Delete/Expired/Deleted" : "Keep/IndexMember",
                  "app:old-single", "Delete/Expired/Deleted",
                  "app:release", "Keep/NotSelected"));
      assertThat(pull(images, "app", amd.digest())).isEqualTo(200);
      assertThat(pull(images, "app", inner.digest())).isEqualTo(200);
      assertThat(pull(images, "app", "old-single")).isEqualTo(404);
    }
  }

  @EachRegistry
  void signaturesAndReferrersGoWithTheirSubject(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      TestImage gone = image("gone", 100);
      TestImage kept = image("kept", 100);
      for (TestImage each : new TestImage[] {gone, kept}) {
        images.push("app", TestImages.cosignTag(each, "sig"), TestImages.cosignSignature(each));
        images.pushReferrer("app", each, TestImages.artifact("application/sbom", each, "sbom"));
      }
      images.push("app", "old", gone);
      images.push("app", "release", kept);
      TestImage stranger = image("stranger", 1);
      images.push(
          "app", TestImages.cosignTag(stranger, "sig"), TestImages.cosignSignature(stranger));
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(decisions(result))
          .containsEntry("app:old", "Delete/Expired/Deleted")
          .containsEntry("app:" + TestImages.cosignTag(gone, "sig"), "Delete/WithSubject/Deleted")
          .containsEntry("app:" + TestImages.referrersTag(gone), "Delete/WithSubject/Deleted")
          .containsEntry("app:" + TestImages.cosignTag(kept, "sig"), "Keep/Referrer")
          .containsEntry("app:" + TestImages.referrersTag(kept), "Keep/Referrer")
          .containsEntry("app:" + TestImages.cosignTag(stranger, "sig"), "Keep/Referrer");
      assertThat(pull(images, "app", TestImages.cosignTag(gone, "sig"))).isEqualTo(404);
      assertThat(pull(images, "app", TestImages.cosignTag(kept, "sig"))).isEqualTo(200);
      assertThat(decisions(new Scenario(folder, registry.url()).plan(OLD_GOES)).values())
          .noneMatch(decision -> decision.startsWith("Delete"));
    }
  }

  @EachRegistry
  void theNewestOfEachBranchStay(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (int i = 1; i <= 4; i++) {
        images.push("team-a/app", "main-" + i, image("main" + i, 50 - i));
        images.push("team-a/app", "fix-" + i, image("fix" + i, 90 - i));
      }
      images.push("team-a/app", "untimed-1", TestImages.oci("untimed").created(null).build());
      Cli.Result result =
          new Scenario(folder, registry.url())
              .apply(
                  """
                  - name: branches
                    repositories: ["team-a/**"]
                    keep:
                    - newest: 2
                      orderBy: Created
                      groupBy: "/(?P<branch>.+)-\\\\d+/"
                  """);
      assertThat(decisions(result))
          .containsEntry("team-a/app:main-1", "Delete/Expired/Deleted")
          .containsEntry("team-a/app:main-2", "Delete/Expired/Deleted")
          .containsEntry("team-a/app:main-3", "Keep/Newest")
          .containsEntry("team-a/app:fix-2", "Delete/Expired/Deleted")
          .containsEntry("team-a/app:fix-4", "Keep/Newest")
          .containsEntry("team-a/app:untimed-1", "Keep/UnknownTime");
      assertThat(json(result).path("summary").path("delete").asInt()).isEqualTo(4);
    }
  }

  @EachRegistry
  void aRegistryThatDoesNotDeleteIsSaidSo(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).delete(false).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result)).containsEntry("app:old", "Skip/Refused/Failed");
      assertThat(result.out()).contains("storage.delete.enabled");
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  @EachRegistry
  void aReadOnlyRegistryIsSaidSo(RegistryVersion version) throws IOException {
    Path root;
    try (TestRegistry registry = TestRegistry.of(version).root(folder.resolve("store")).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      root = registry.root();
    }
    try (TestRegistry registry = TestRegistry.of(version).root(root).readOnly().start()) {
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result)).containsEntry("app:old", "Skip/Refused/Failed");
      assertThat(result.out()).contains("read-only");
    }
  }

  @EachRegistry
  void anUnreadableRepositoryKeepsAllAndTheOthersGoOn(RegistryVersion version) throws IOException {
    Path root = folder.resolve("store");
    StoreWriter store = new StoreWriter(root);
    TestImage broken = image("broken", 100);
    store.push("bad", "old", broken).push("bad", "old-2", image("fine", 100));
    store.push("good", "old", image("good", 100)).push("good", "release", image("r", 100));
    Files.writeString(store.blob(broken.digest()), "{");
    try (TestRegistry registry = TestRegistry.of(version).root(root).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      Cli.Result result = new Scenario(folder, registry.url()).apply(OLD_GOES);
      assertThat(result.status()).isEqualTo(1);
      assertThat(decisions(result))
          .isEqualTo(
              Map.of(
                  "bad:old", "Keep/UnreadableRepository",
                  "bad:old-2", "Keep/UnreadableRepository",
                  "good:old", "Delete/Expired/Deleted",
                  "good:release", "Keep/NotSelected"));
      assertThat(result.err()).contains("bad stays as it is");
      assertThat(pull(images, "good", "old")).isEqualTo(404);
    }
  }

  @EachRegistry
  void anotherPolicyOfTheRegistryKeeps(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old-1", image("a", 100));
      images.push("app", "old-2", image("b", 100));
      images.push("app", "release", image("c", 100));
      Cli.Result result =
          new Scenario(folder, registry.url())
              .with(
                  """
                  apiVersion: winnow.dev/v1alpha1
                  kind: RetentionPolicy
                  metadata: {name: careful}
                  spec:
                    registryRef: {name: main}
                    protect: {inUse: Ignore}
                    suspend: true
                    rules:
                    - {name: two, repositories: [app], keep: [{tags: [old-2]}]}
                  """)
              .plan(OLD_GOES);
      assertThat(json(result).path("kind").asText()).isEqualTo("PlanList");
      assertThat(result.out())
          .contains("\"reason\":\"KeptByPolicy\",\"rule\":\"careful/two\"")
          .contains("\"policy\":\"careful\"");
    }
  }
}
