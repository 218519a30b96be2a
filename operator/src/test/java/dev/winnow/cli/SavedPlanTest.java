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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Applying a plan that was looked at before, while the registry went on. */
class SavedPlanTest {
  private static final String NONE_MUST_STAY = "limits: {keepAtLeast: 0}";

  private static final String OTHER_NAMESPACE =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: Registry
      metadata: {name: main, namespace: other}
      spec: {url: "URL"}
      ---
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: builds, namespace: other}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules: [{name: old, repositories: ["**"], tags: ["old*"], keep: [{tags: [never]}]}]
      """;

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

  /** The plan knows nothing of the tag: one that no rule selects, and one that would go, too. */
  @EachRegistry
  void aNewTagOnAPlannedDigestStays(RegistryVersion version) throws IOException {
    for (String late : List.of("late", "old-late")) {
      try (TestRegistry registry = TestRegistry.of(version).start();
          ImagePusher images = ImagePusher.to(registry.url())) {
        images.push("app", "old", image("old", 100));
        images.push("app", "release", image("release", 1));
        Scenario scenario = new Scenario(folder, registry.url());
        Path plan = save(scenario.plan(OLD_GOES));
        images.push("app", late, image("old", 100));
        Cli.Result result = apply(scenario, plan);
        assertThat(pull(images, "app", late)).as(late).isEqualTo(200);
        boolean byTag = version == RegistryVersion.V3;
        assertThat(decisions(result))
            .containsEntry(
                "app:old", byTag ? "Delete/Expired/Deleted" : "Skip/SharedDigest/Skipped")
            .doesNotContainKey("app:" + late);
      }
    }
  }

  @EachRegistry
  void aPlanOfTheFutureIsNotApplied(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      Scenario scenario = new Scenario(folder, registry.url());
      String policy = scenario.policy(OLD_GOES, "").toString();
      Instant now = Instant.now();
      Path later = planAt(policy, now.plus(6, ChronoUnit.MINUTES));
      Cli.Result refused = apply(scenario, later);
      assertThat(refused.status()).isEqualTo(3);
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err()).contains("a plan made with a later --now");
      assertThat(pull(images, "app", "old")).isEqualTo(200);

      // Another machine's clock may be ahead of ours; an old plan may be meant.
      assertThat(apply(scenario, planAt(policy, now.plus(4, ChronoUnit.MINUTES))).status())
          .isZero();
      Path earlier = planAt(policy, now.minus(50, ChronoUnit.HOURS));
      assertThat(apply(scenario, earlier).err())
          .contains("policy builds: ages as of ", "2 days ago");
    }
  }

  /** Limits are shares of all tags, and such a plan does not tell of all. */
  @EachRegistry
  void aPlanWithoutWhatStaysIsNotApplied(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("a", 100));
      images.push("app", "release", image("b", 100));
      Scenario scenario = new Scenario(folder, registry.url());
      String policy = scenario.policy(OLD_GOES, "").toString();
      for (String format : List.of("json", "jsonl")) {
        Path plan = save(new Cli().run("plan", "-f", policy, "-o", format, "--without-kept"));
        Cli.Result refused = apply(scenario, plan);
        assertThat(refused.status()).isEqualTo(3);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).contains("1 of the 2 tags", "--without-kept");
      }
      assertThat(pull(images, "app", "old")).isEqualTo(200);
    }
  }

  private Path planAt(String policy, Instant at) throws IOException {
    return save(new Cli().run("plan", "-f", policy, "-o", "json", "--now", at.toString()));
  }

  @EachRegistry
  void policiesOfOneNameInTwoNamespaces(RegistryVersion version) throws IOException {
    try (TestRegistry one = TestRegistry.of(version).start();
        TestRegistry two = TestRegistry.of(version).start();
        ImagePusher first = ImagePusher.to(one.url());
        ImagePusher second = ImagePusher.to(two.url())) {
      first.push("app", "old", image("a", 100));
      first.push("app", "release", image("b", 100));
      second.push("app", "old", image("c", 100));
      second.push("app", "release", image("d", 100));
      Scenario both =
          new Scenario(folder, one.url())
              .with(OTHER_NAMESPACE.replace("URL", two.url().toString()));
      Path plan = save(both.plan(OLD_GOES));
      Cli.Result result = apply(both, plan);
      assertThat(result.err()).contains("policy builds: ages as of");
      assertThat(result.status()).isZero();
      assertThat(pull(first, "app", "old")).isEqualTo(404);
      assertThat(pull(second, "app", "old")).isEqualTo(404);

      String lines =
          new Cli().run("plan", "-f", "" + both.policy(OLD_GOES, ""), "-o", "jsonl").out();
      Path twice = Files.writeString(folder.resolve("twice.jsonl"), lines + lines);
      Cli.Result refused = apply(both, twice);
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).contains("it holds two plans of policy builds");
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

      Path renamed = folder.resolve("renamed.yaml");
      String policy = Files.readString(scenario.policy(OLD_GOES, ""));
      Files.writeString(renamed, policy.replace("name: builds", "name: others"));
      Cli.Result another =
          new Cli().run("apply", "--yes", "-f", renamed.toString(), "--plan", plan.toString());
      assertThat(another.status()).isEqualTo(3);
      assertThat(another.out()).isEmpty();
      assertThat(another.err()).contains("holds no plan of policy others; plan again");

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
