package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.pull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Applying a plan that was looked at before, while the registry went on. */
class SavedPlanTest {
  private static final String NONE_MUST_STAY = "limits: {keepAtLeast: 0}";

  @TempDir Path folder;

  @EachRegistry
  void whatChangedSinceThePlanIsPassedOver(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old-same", image("same", 100));
      images.push("app", "old-moved", image("before", 100));
      images.push("app", "old-deleted", image("deleted", 100));
      images.push("app", "release", image("release", 100));
      images.push("vanishing", "old", image("vanishing", 100));
      Scenario scenario = new Scenario(folder, registry.url());
      Path plan = save(scenario.plan(OLD_GOES, NONE_MUST_STAY));

      images.push("app", "old-moved", image("after", 1));
      images.send("DELETE", "/v2/app/manifests/" + image("deleted", 100).digest());
      images.send("DELETE", "/v2/vanishing/manifests/" + image("vanishing", 100).digest());
      images.push("app", "old-new", image("new", 100));

      Cli.Result result = apply(scenario, plan, OLD_GOES, NONE_MUST_STAY);
      assertThat(decisions(result))
          .containsEntry("app:old-same", "Delete/Expired/Deleted")
          .containsEntry("app:old-moved", "Skip/Moved/Skipped")
          .containsEntry("app:old-deleted", "Skip/AlreadyGone/Skipped")
          .containsEntry("vanishing:old", "Skip/AlreadyGone/Skipped")
          .doesNotContainKey("app:old-new");
      assertThat(result.status()).isZero();
      assertThat(pull(images, "app", "old-moved")).isEqualTo(200);
      assertThat(pull(images, "app", "old-new")).isEqualTo(200);
      assertThat(pull(images, "app", "old-same")).isEqualTo(404);
    }
  }

  @EachRegistry
  void aTagPutOnAPlannedDigestStays(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("rollback", 100));
      images.push("app", "release", image("release", 1));
      Scenario scenario = new Scenario(folder, registry.url());
      Path plan = save(scenario.plan(OLD_GOES));
      images.push("app", "release", image("rollback", 100)); // back to the old image
      Cli.Result result = apply(scenario, plan);
      assertThat(pull(images, "app", "release")).isEqualTo(200);
      assertThat(decisions(result))
          .containsEntry(
              "app:old",
              version == RegistryVersion.V3
                  ? "Delete/Expired/Deleted"
                  : "Skip/SharedDigest/Skipped");
    }
  }

  @EachRegistry
  void aPlanThatIsNotTheOneOfThisPolicyIsRefused(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestRegistry other = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      Scenario scenario = new Scenario(folder, registry.url());
      Path plan = save(scenario.plan(OLD_GOES));

      Cli.Result elsewhere = apply(new Scenario(folder, other.url()), plan);
      assertThat(elsewhere.status()).isEqualTo(3);
      assertThat(elsewhere.err()).contains("a plan of another registry", other.hostPort());

      Cli.Result changed = apply(scenario, plan, OLD_GOES.replace("never", "none"), "");
      assertThat(changed.status()).isEqualTo(3);
      assertThat(changed.err()).contains("PolicyChanged");

      String text = Files.readString(plan);
      Path forged =
          Files.writeString(
              folder.resolve("forged.json"),
              text.replace(
                  "\"Keep\",\"reason\":\"NotSelected\"", "\"Delete\",\"reason\":\"Expired\""));
      assertThat(Files.readString(forged)).isNotEqualTo(text);
      assertThat(apply(scenario, forged).status()).isEqualTo(3);

      Path half =
          Files.writeString(folder.resolve("half.json"), text.substring(0, text.length() / 2));
      Cli.Result cut = apply(scenario, half);
      assertThat(cut.status()).isEqualTo(2);
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  @EachRegistry
  void limitsNeedTheirOwnConsent(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (int i = 0; i < 3; i++) {
        images.push("app", "old-" + i, image("old" + i, 100));
      }
      images.push("app", "release", image("b", 100));
      Scenario scenario = new Scenario(folder, registry.url());
      String limits = "limits: {maxDeletedTags: 2}";
      Cli.Result refused = scenario.apply(OLD_GOES, limits);
      assertThat(refused.status()).isEqualTo(3);
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err())
          .contains("LimitExceeded", "3 tags would be deleted, limits.maxDeletedTags is 2");
      assertThat(pull(images, "app", "old-0")).isEqualTo(200);

      Path policy = scenario.policy(OLD_GOES, limits);
      assertThat(new Cli().run("plan", "-f", policy.toString()).status()).isZero();
      Cli.Result consented =
          new Cli().run("apply", "-f", policy.toString(), "--yes", "--ignore-limits");
      assertThat(consented.status()).isZero();
      assertThat(consented.out()).contains("3 deleted");
      assertThat(pull(images, "app", "old-0")).isEqualTo(404);
    }
  }

  @EachRegistry
  void nothingGoesWithoutAnAnswer(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      String policy = new Scenario(folder, registry.url()).policy(OLD_GOES, "").toString();
      assertThat(new Cli().run("apply", "-f", policy).status()).isEqualTo(3);
      assertThat(new Cli().in("no\n").run("apply", "-f", policy).status()).isEqualTo(3);
      assertThat(pull(images, "app", "old")).isEqualTo(200);
      Cli.Result yes = new Cli().in("y\n").run("apply", "-f", policy);
      assertThat(yes.status()).isZero();
      assertThat(yes.err()).contains("Delete 1 tags? [y/N]");
      assertThat(pull(images, "app", "old")).isEqualTo(404);
    }
  }

  private Path save(Cli.Result plan) throws IOException {
    assertThat(plan.status()).as(plan.err()).isZero();
    return Files.writeString(folder.resolve("plan.json"), plan.out());
  }

  private Cli.Result apply(Scenario scenario, Path plan) throws IOException {
    return apply(scenario, plan, OLD_GOES, "");
  }

  private Cli.Result apply(Scenario scenario, Path plan, String rules, String fields)
      throws IOException {
    String policy = scenario.policy(rules, fields).toString();
    return new Cli().run("apply", "-f", policy, "--yes", "-o", "json", "--plan", plan.toString());
  }
}
