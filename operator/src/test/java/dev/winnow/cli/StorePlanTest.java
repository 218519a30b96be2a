package dev.winnow.cli;

import static dev.winnow.cli.Scenario.NOW;
import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.storage.Oracle;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Folders;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryOptions;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans from a registry's volume. */
class StorePlanTest {
  private static final int SEEDS = 15;

  /** What asks for all that can be known of an image without its push time. */
  private static final String ALL_FACTS =
      """
      - name: all
        repositories: ["**"]
        keep:
        - labels: {retain: "true"}
        - newest: 1
          orderBy: Name
      """;

  @TempDir private Path folder;

  @EachRegistry
  void decidesAsOverTheApi(RegistryVersion version) throws IOException {
    Path root = folder.resolve("root");
    RegistryOptions options = TestRegistry.of(version).root(root);
    if (version == RegistryVersion.V2_8) {
      options.set("compatibility.schema1.enabled", true);
    }
    int deletions = 0;
    try (TestRegistry registry = options.start()) {
      Path policy = new Scenario(folder, registry.url()).policy(ALL_FACTS, "");
      for (int seed = 0; seed < SEEDS; seed++) {
        Folders.delete(root);
        Oracle.randomStore(seed, root, Instant.now());
        Cli.Result plan = plan(policy);
        Map<String, String> api = byTag(plan);
        Map<String, String> volume = byTag(plan(policy, "--store", root.toString()));
        notServed(plan)
            .forEach(repository -> api.keySet().removeIf(tag -> tag.startsWith(repository + ":")));
        for (Map.Entry<String, String> decision : api.entrySet()) {
          deletions += decision.getValue().startsWith("Delete") ? 1 : 0;
          assertThat(volume.get(decision.getKey()))
              .as("seed %s, %s: %s", seed, decision.getKey(), json(plan).path("summary"))
              .isEqualTo(decision.getValue());
        }
      }
    }
    assertThat(deletions).isGreaterThan(SEEDS);
  }

  /**
   * Repositories that distribution cannot serve and we can read: with a manifest of a type that it
   * does not know, or a stray file among the tags that it lists as one.
   */
  private static List<String> notServed(Cli.Result plan) throws IOException {
    List<String> repositories = new ArrayList<>();
    for (JsonNode each : json(plan).path("summary").path("unreadable")) {
      String error = each.path("error").asText();
      if (error.contains("500 UNKNOWN") || error.contains("404 page not found")) {
        repositories.add(each.path("repository").asText());
      }
    }
    return repositories;
  }

  private static Cli.Result plan(Path policy, String... more) {
    String[] args = new String[5 + more.length];
    System.arraycopy(new String[] {"plan", "-f", policy.toString(), "-o", "json"}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return new Cli().pause(duration -> {}).run(args);
  }

  private static Map<String, String> byTag(Cli.Result result) throws IOException {
    Map<String, String> decisions = new TreeMap<>();
    for (JsonNode decision : json(result).path("decisions")) {
      decisions.put(
          decision.path("repository").asText() + ":" + decision.path("tag").asText(),
          decision.path("action").asText()
              + " "
              + decision.path("reason").asText()
              + " "
              + decision.path("rule").asText()
              + " "
              + (decision.path("action").asText().equals("Delete")
                  ? decision.path("digest").asText() + " " + decision.path("created").asText()
                  : ""));
    }
    return decisions;
  }

  @Test
  void knowsWhenATagWasPushedWithoutARegistry() throws IOException {
    Path root = oldAndYoung();
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(TWO_WEEKS, "");
    Cli.Result plan = plan(policy, "--store", root.toString(), "--now", NOW.toString());
    assertThat(plan.status()).as(plan.err()).isZero();
    assertThat(decisions(plan))
        .containsEntry("app:months", "Delete/Expired")
        .containsEntry("app:days", "Keep/Young");
    assertThat(json(plan).path("decisions").get(1).path("pushed").asText())
        .isEqualTo(NOW.minus(Duration.ofDays(30)).toString());
    assertThat(plan.err()).contains("the registry does not say how it deletes");

    assertThat(plan(policy).status()).isEqualTo(3);
    assertThat(plan(policy).err()).contains("PushTimesUnknown", "winnow plan --store DIR");
  }

  @EachRegistry
  void appliesThroughTheApiWhatTheVolumeDecided(RegistryVersion version) throws IOException {
    Path root = folder.resolve("root");
    try (TestRegistry registry = TestRegistry.of(version).root(root).delete(true).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "old", image("one", 1));
      images.push("app", "new", image("two", 900));
      Path link = new StoreWriter(root).tag("app", "old").resolve("current/link");
      Files.setLastModifiedTime(
          link, java.nio.file.attribute.FileTime.from(Instant.now().minus(Duration.ofDays(30))));
      Path policy =
          new Scenario(folder, registry.url())
              .policy(
                  """
                  - name: pushed
                    repositories: ["**"]
                    keep: [{youngerThan: 14d, ageBy: Pushed}]
                  """,
                  "");
      Cli.Result applied =
          new Cli()
              .run("apply", "-f", policy.toString(), "--store", root.toString(), "--yes", "-ojson");
      assertThat(applied.status()).as(applied.err()).isZero();
      assertThat(decisions(applied)).containsEntry("app:old", "Delete/Expired/Deleted");
      assertThat(images.tags("app")).containsExactly("new");
    }
  }

  private static final String TWO_WEEKS =
      """
      - name: pushed
        repositories: ["**"]
        keep: [{youngerThan: 14d, ageBy: Pushed}]
      """;

  /** An image that is older than two weeks and one that is not, on a volume. */
  private Path oldAndYoung() throws IOException {
    Path root = folder.resolve("root");
    StoreWriter store = new StoreWriter(root);
    store.pushedAt(NOW.minus(Duration.ofDays(30))).push("app", "months", image("one", 1));
    store.pushedAt(NOW.minus(Duration.ofDays(3))).push("app", "days", image("two", 900));
    return root;
  }

  @Test
  void asksTheRegistryNothingWhereItIsSaidHowItDeletes() throws IOException {
    String root = oldAndYoung().toString();
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(TWO_WEEKS, "");
    Cli.Result plan = plan(policy, "--store", root, "--now", NOW.toString(), "--deletes-by", "tag");
    assertThat(plan.status()).isZero();
    assertThat(plan.err()).isEmpty();
    assertThat(decisions(plan)).containsEntry("app:months", "Delete/Expired");
    Cli.Result without = plan(policy, "--deletes-by", "tag");
    assertThat(without.status()).isEqualTo(2);
    assertThat(without.err()).contains("--deletes-by is for --store");
  }

  @Test
  void leavesOutWhatStaysAndCountsIt() throws IOException {
    String root = oldAndYoung().toString();
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(TWO_WEEKS, "");
    Cli.Result plan =
        plan(
            policy,
            "--store",
            root,
            "--now",
            NOW.toString(),
            "--deletes-by=digest",
            "--without-kept");
    assertThat(decisions(plan)).containsOnlyKeys("app:months");
    JsonNode summary = json(plan).path("summary");
    assertThat(summary.path("keep").asInt()).isEqualTo(1);
    assertThat(summary.path("selectedTags").asInt()).isEqualTo(2);
  }

  @Test
  void plansOnePolicyWhichTheOthersOfItsRegistryKeepFrom() throws IOException {
    String root = oldAndYoung().toString();
    Path policy =
        new Scenario(folder, URI.create("http://127.0.0.1:1"))
            .with(
                """
                apiVersion: winnow.dev/v1alpha1
                kind: RetentionPolicy
                metadata: {name: keeper}
                spec:
                  registryRef: {name: main}
                  rules:
                  - {name: all, repositories: ["**"], keep: [{youngerThan: 40d, ageBy: Pushed}]}
                """)
            .policy(TWO_WEEKS, "");
    String[] args = {"--store", root, "--now", NOW.toString(), "--deletes-by=tag", "--policy"};
    Cli.Result plan = plan(policy, append(args, "builds"));
    assertThat(plan.status()).as(plan.err()).isZero();
    assertThat(decisions(plan)).containsEntry("app:months", "Keep/KeptByPolicy");

    Cli.Result unusable = plan(policy, append(args, "keeper"));
    assertThat(unusable.status()).isEqualTo(3);
    assertThat(unusable.err()).contains("UsageUnknown");
    Cli.Result nobody = plan(policy, append(args, "nobody"));
    assertThat(nobody.status()).isEqualTo(2);
    assertThat(nobody.err()).contains("no RetentionPolicy nobody");
  }

  @Test
  void writesForTheCollectorWhatAnEarlierPlanWantsToo() throws IOException {
    Path root = oldAndYoung();
    StoreWriter store = new StoreWriter(root);
    store.pushedAt(NOW.minus(Duration.ofDays(60))).push("app", "late", image("three", 1));
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(TWO_WEEKS, "");
    String[] args = {"--store", root.toString(), "--now", NOW.toString(), "--deletes-by=tag"};
    Cli.Result plan = plan(policy, args);
    Path planned = Files.createDirectory(folder.resolve("planned"));
    List<String> lines = new ArrayList<>();
    for (JsonNode each : json(plan).path("decisions")) {
      if (!each.path("tag").asText().equals("late")) {
        lines.add(each.toString());
      }
    }
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(planned.resolve("plan-1.gz")))) {
      out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }
    Path lists = Files.createDirectory(folder.resolve("untag"));
    Path list = lists.resolve("1.jsonl");
    Cli.Result both =
        plan(
            policy,
            append(append(append(args, "--planned=" + planned), "--untag-file"), list + ""));
    assertThat(both.status()).as(both.err()).isZero();
    assertThat(decisions(both)).containsEntry("app:late", "Delete/Expired");
    assertThat(Files.readString(list))
        .contains("\"tag\":\"months\"", "\"at\":\"" + NOW + "\"")
        .doesNotContain("days", "late");

    Cli.Result collected =
        new Cli()
            .run("collect", "--root", root.toString(), "--dry-run", "--untag", lists.toString());
    assertThat(collected.out()).contains("1 tags would be untagged");
    store.pushedAt(NOW.plusSeconds(1)).push("app", "months", image("one", 1));
    Cli.Result again =
        new Cli()
            .run("collect", "--root", root.toString(), "--dry-run", "--untag", lists.toString());
    assertThat(again.out()).contains("0 tags would be untagged");
    assertThat(again.err()).contains("app:months was pushed again");

    Cli.Result alone = plan(policy, append(args, "--planned=" + planned));
    assertThat(alone.status()).isEqualTo(2);
    assertThat(alone.err()).contains("--planned is for --untag-file");
  }

  /** One collection takes both lists, of which each alone would leave the other's tag. */
  @Test
  void plansAsIfWhatOtherListsHoldWereGone() throws IOException {
    Path root = folder.resolve("root");
    StoreWriter store = new StoreWriter(root).pushedAt(NOW.minus(Duration.ofDays(30)));
    store.push("app", "old", image("one", 1)).push("app", "new", image("two", 1));
    store.push("other", "old", image("one", 1)).push("other", "new", image("one", 1));
    Path policy =
        new Scenario(folder, URI.create("http://127.0.0.1:1"))
            .with(
                """
                apiVersion: winnow.dev/v1alpha1
                kind: RetentionPolicy
                metadata: {name: news}
                spec:
                  registryRef: {name: main}
                  protect: {inUse: Ignore}
                  rules: [{name: new, repositories: ["**"], tags: [new], keep: [{tags: [never]}]}]
                """)
            .policy(OLD_GOES, "");
    Path lists = Files.createDirectory(folder.resolve("untag"));
    String[] args = {
      "--store=" + root,
      "--now=" + NOW,
      "--deletes-by=tag",
      "--going=" + lists,
      "--skipped=" + folder.resolve("skipped"),
    };
    Cli.Result first = listed(policy, args, "builds", lists.resolve("1.jsonl"));
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(decisions(first)).containsEntry("app:old", "Delete/Expired").hasSize(4);
    for (int i = 0; i < 2; i++) { // again, as where a pod begins anew: its own list counts nothing
      Cli.Result second = listed(policy, args, "news", lists.resolve("2.jsonl"));
      assertThat(second.status()).as(second.err()).isZero();
      assertThat(decisions(second))
          .containsExactly(
              Map.entry("app:new", "Keep/AtLeast"), Map.entry("other:new", "Keep/AtLeast"));
      assertThat(lists.resolve("2.jsonl")).isEmptyFile();
    }

    assertThat(folder.resolve("skipped")).as("all was read").doesNotExist();
    Files.writeString(store.tag("app", "new").resolve("current/link"), "damaged");
    Cli.Result damaged = listed(policy, args, "news", lists.resolve("2.jsonl"));
    assertThat(damaged.status()).as(damaged.err()).isZero();
    assertThat(folder.resolve("skipped")).content().contains("1 repositories could not be read");

    store.push("app", "new", image("two", 1));
    store.push("other", "old", image("three", 1)); // the collection leaves that
    assertThat(decisions(listed(policy, args, "news", lists.resolve("2.jsonl"))))
        .containsEntry("app:new", "Keep/AtLeast")
        .containsEntry("other:old", "Keep/NotSelected")
        .containsEntry("other:new", "Delete/Expired")
        .hasSize(3);

    assertThat(plan(policy, append(args, "--policy=news")).err())
        .contains("--skipped is for --untag-file");
    assertThat(plan(policy, append(java.util.Arrays.copyOf(args, 4), "--policy=news")).err())
        .contains("--going is for --store with --untag-file");
  }

  private Cli.Result listed(Path policy, String[] args, String name, Path list) {
    return plan(policy, append(append(args, "--policy=" + name), "--untag-file=" + list));
  }

  private static String[] append(String[] args, String last) {
    String[] all = java.util.Arrays.copyOf(args, args.length + 1);
    all[args.length] = last;
    return all;
  }

  /** Of a copy nobody knows whether it has kept the times of its tags. */
  @Test
  void refusesAnotherVolumeThanTheOneThatWasCollected() throws IOException {
    Path root = folder.resolve("root");
    new StoreWriter(root).push("app", "new", image("new", 1));
    String before = "00000000-0000-0000-0000-000000000000";
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(OLD_GOES, "");
    String[] known = {"--store", root.toString(), "--deletes-by", "tag", "--expect", before};
    assertThat(plan(policy, known))
        .returns(3, Cli.Result::status)
        .satisfies(result -> assertThat(result.err()).contains("never collected", before));
    assertThat(new Cli().run("collect", "--root", root.toString(), "--cache", "none").status())
        .isZero();
    assertThat(plan(policy, known).err()).contains("is the volume ", before);
    known[5] = Files.readString(root.resolve(".winnow/instance")).split(" ", 2)[0];
    assertThat(plan(policy, known).status()).isZero();
    Path copy = folder.resolve("copy");
    Tools.finish(new ProcessBuilder("cp", "-a", root.toString(), copy.toString()));
    known[1] = copy.toString();
    assertThat(plan(policy, known))
        .returns(3, Cli.Result::status)
        .satisfies(result -> assertThat(result.err()).contains("a copy of the volume"));
    assertThat(plan(policy, "--expect", before))
        .returns(2, Cli.Result::status)
        .satisfies(result -> assertThat(result.err()).contains("--expect is for --store"));
  }

  @Test
  void refusesWhatIsNoStore() throws IOException {
    Path policy = new Scenario(folder, URI.create("http://127.0.0.1:1")).policy(OLD_GOES, "");
    Cli.Result empty =
        plan(policy, "--store", Files.createDirectory(folder.resolve("empty")).toString());
    assertThat(empty.status()).isEqualTo(3);
    assertThat(empty.err()).contains("--store: ", "is empty: is the volume mounted?");
  }
}
