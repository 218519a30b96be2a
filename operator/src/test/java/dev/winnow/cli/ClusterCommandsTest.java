package dev.winnow.cli;

import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs as a user asks for them, looks at them, approves and reports them. */
@Tag("server")
class ClusterCommandsTest {
  private static final String OTHER = "sha256:" + "0".repeat(64);

  private final ClusterScene scene = new ClusterScene();

  @AfterEach
  void close() {
    scene.close();
  }

  private String digest(String run) {
    return java.util.Objects.requireNonNull(scene.world.runStatus(run).plan()).digest();
  }

  @Test
  void aRunIsWaitedFor() throws IOException {
    scene.old(2).start().world.policy("builds", "");
    Cli.Result result = scene.winnow("run", "builds", "--wait", "--name", "look");
    assertThat(result)
        .returns(0, Cli.Result::status)
        .returns("run look Succeeded: 2 of 3 tags would be deleted\n", Cli.Result::out);
    assertThat(result.err()).startsWith("run look created\n");
    Cli.Result json = scene.winnow("run", "builds", "--mode", "Preview", "--wait", "-o", "json");
    assertThat(json.status()).isZero();
    assertThat(json(json).path("name").asText()).startsWith("builds-").hasSize(12);
    assertThat(json(json).path("apiVersion").asText()).isEqualTo("winnow.dev/run/v1");
    assertThat(json(json).path("plan").path("delete").asInt()).isEqualTo(2);

    assertThat(scene.winnow("run", "builds", "--name", "look"))
        .isEqualTo(
            new Cli.Result(1, "", "winnow: there is a run look already; choose another --name\n"));
    assertThat(scene.winnow("run", "builds", "--mode", "Enforce"))
        .isEqualTo(
            new Cli.Result(
                3,
                "",
                "winnow: --mode Enforce goes further than policy builds, whose spec.mode is Preview"
                    + " (ModeNotAllowed); change the policy first\n"));
    assertThat(scene.winnow("run", "bulids").err())
        .isEqualTo(
            "winnow: there is no RetentionPolicy bulids in namespace "
                + scene.world.namespace()
                + "; did you mean builds?\n");
    assertThat(scene.winnow("run", "builds", "--name", "Not/A/Name").status()).isEqualTo(2);
    assertThat(scene.winnow("run", "builds", "--mode", "Sometimes").status()).isEqualTo(2);
    assertThat(scene.world.runs()).hasSize(2);
  }

  @Test
  void aRunThatFailsFailsTheCommand() {
    scene.old(1).world.start();
    scene.world.registry(scene.registry.url().toString(), ", credentialsSecretRef: {name: no}");
    scene.world.policy("builds", "");
    Cli.Result result = scene.winnow("run", "builds", "--wait", "--name", "one");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).startsWith("run one Failed: ").contains("Secret no is not there");
    Cli.Result report = scene.winnow("report", "one");
    assertThat(report.status()).isZero();
    assertThat(report.out())
        .startsWith("Run one in namespace " + scene.world.namespace() + ": Failed\n")
        .contains("  Failed=True SecretMissing: ");
  }

  @Test
  void aPlanIsShownAskedForAndApproved() throws IOException {
    scene.old(2).start().world.policy("builds", "mode: Approve");
    Cli.Result asked = scene.winnow("run", "builds", "--wait", "--name", "one");
    assertThat(asked.status()).isEqualTo(3);
    assertThat(asked.out()).startsWith("run one AwaitingApproval: 2 tags would be deleted");
    assertThat(asked.err())
        .endsWith("Awaits approval: winnow approve one -n " + scene.world.namespace() + "\n");

    Cli.Result no = scene.winnow(new Cli().in("n\n"), "approve", "one");
    assertThat(no.status()).isEqualTo(3);
    assertThat(no.out()).isEmpty();
    assertThat(no.err())
        .contains("team/app    old-1  Expired  old", "team/app    2")
        .contains("3 tags in 1 repositories: 2 to delete, 0 skipped, 1 stay.")
        .contains("Plan digest: " + digest("one"))
        .endsWith(
            "Approve the deletion of 2 tags? [y/N] winnow: not confirmed; nothing was approved\n");
    assertThat(scene.winnow(new Cli().in(""), "approve", "one").status()).isEqualTo(3);
    Cli.Result other = scene.winnow("approve", "one", "--yes", "--digest", OTHER);
    assertThat(other.status()).isEqualTo(3);
    assertThat(other.err()).contains("is " + digest("one") + " and not " + OTHER);
    assertThat(scene.winnow("approve", "one", "--digest", "sha256:1").status()).isEqualTo(2);
    assertThat(scene.tags()).containsExactly("new", "old-1", "old-2");

    Cli.Result yes = scene.winnow(new Cli().in("y\n"), "approve", "one");
    assertThat(yes.status()).isZero();
    assertThat(yes.out()).isEqualTo("run one approved: " + digest("one") + "\n");
    assertThat(scene.world.awaitEnd("one").phase()).isEqualTo(Phase.Succeeded);
    assertThat(scene.tags()).containsExactly("new");
    Cli.Result late = scene.winnow("approve", "one", "--yes");
    assertThat(late.status()).isEqualTo(3);
    assertThat(late.err())
        .contains("run one is Succeeded and awaits no approval: it has ended (Applied: 2 tags")
        .contains("make a new one with winnow run builds");
  }

  @Test
  void aDigestThatWasLookedAtIsApprovedWithoutAQuestion() throws IOException {
    scene.old(3).start().world.policy("builds", "mode: Enforce\nlimits: {maxDeletedTags: 2}");
    assertThat(scene.winnow("run", "builds", "--wait", "--name", "one").status()).isEqualTo(3);
    Cli.Result result =
        scene.winnow("approve", "one", "--yes", "--digest", digest("one"), "-o", "json");
    assertThat(result.status()).isZero();
    assertThat(json(result).path("approvedPlan").asText()).isEqualTo(digest("one"));
    assertThat(scene.world.awaitEnd("one").phase()).isEqualTo(Phase.Succeeded);
  }

  private void otherPlan(String run) {
    scene
        .world
        .admin()
        .resources(RetentionRunResource.class)
        .inNamespace(scene.world.namespace())
        .withName(run)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\": {\"plan\": {\"digest\": \"" + OTHER + "\"}}}");
  }

  /** While a person looks, the plan becomes another one. */
  @Test
  void aPlanThatChangesWhileItIsShownIsNotApproved() {
    scene.old(1).start().world.policy("builds", "mode: Approve");
    scene.winnow("run", "builds", "--wait", "--name", "one");
    scene.world.stop();
    String before = digest("one");
    Cli.Result result =
        scene.winnow(
            new Cli()
                .in(() -> {
                  otherPlan("one");
                  return "y\n";
                }),
            "approve",
            "one");
    assertThat(result.status()).isEqualTo(3);
    assertThat(result.err())
        .contains(before)
        .contains("run one has changed since it was read; nothing was approved, look again");
    assertThat(scene.world.runs().getFirst().getSpec().toString()).contains("approvedPlan=null");

    Cli.Result damaged = scene.winnow(new Cli().in("y\n"), "approve", "one");
    assertThat(damaged.status()).isEqualTo(3);
    assertThat(damaged.err()).contains("is not the plan of its digest; nothing was approved");
  }

  @Test
  void runsAreListedNewestFirst() throws IOException {
    scene.old(1).start().world.policy("builds", "mode: Approve");
    scene.world.policy("other", "");
    assertThat(scene.winnow("runs"))
        .isEqualTo(
            new Cli.Result(0, "", "There are no runs in " + scene.world.namespace() + ".\n"));
    assertThat(json(scene.winnow("runs", "-o", "json")).path("items")).isEmpty();
    scene.winnow("run", "builds", "--wait", "--name", "one");
    scene.winnow("run", "other", "--wait", "--name", "two");
    Cli.Result table = scene.winnow("runs");
    assertThat(table.status()).isZero();
    assertThat(table.out().lines().toList())
        .satisfiesExactlyInAnyOrder(
            head ->
                assertThat(head)
                    .matches("NAME +POLICY +PHASE +MODE +TAGS +DELETE +DELETED +CREATED +MESSAGE"),
            one ->
                assertThat(one)
                    .matches(
                        "one +builds +AwaitingApproval +Approve +2 +1 +- +20..-..-.. ..:.."
                            + " +ApprovalRequired: 1 tags would be deleted.*"),
            two -> assertThat(two).matches("two +other +Succeeded +Preview +2 +1 +- .*"));
    assertThat(table.err())
        .isEqualTo("Awaits approval: winnow approve one -n " + scene.world.namespace() + "\n");
    assertThat(json(scene.winnow("runs", "-p", "other", "-o", "json")).path("items").valueStream())
        .singleElement()
        .returns("two", run -> run.path("name").asText())
        .returns("Previewed", run -> run.path("reason").asText());
    assertThat(scene.winnow("runs", "-A").out())
        .containsPattern(scene.world.namespace() + " +one +builds ");
    assertThat(scene.winnow("runs", "-p", "othr").err()).contains("did you mean other?");
    assertThat(scene.winnow("runs", "-o", "yaml").status()).isEqualTo(2);
  }

  @Test
  void aReportHasThePlanAndWhatBecameOfIt() throws IOException {
    scene.old(2).start().world.policy("look", "");
    scene.winnow("run", "look", "--wait", "--name", "one");
    JsonNode plan = json(scene.winnow("report", "one", "-o", "json"));
    assertThat(plan.path("kind").asText()).isEqualTo("Plan");
    assertThat(plan.path("url").asText()).isEqualTo(scene.registry.url().toString());
    assertThat(Scenario.decisions(scene.winnow("report", "one", "-o", "json")))
        .isEqualTo(Map.of("team/app:old-1", "Delete/Expired", "team/app:old-2", "Delete/Expired"));
    assertThat(plan.path("run").path("conditions").path(0).path("type").asText())
        .isEqualTo("Complete");

    scene.world.policy("builds", "mode: Approve");
    scene.winnow("run", "builds", "--wait", "--name", "two");
    scene.images.push("team/app", "old-2", dev.winnow.testing.TestImages.oci("moved").build());
    scene.winnow("approve", "two", "--yes");
    scene.world.awaitEnd("two");
    Cli.Result json = scene.winnow("report", "two", "-o", "json");
    assertThat(json(json).path("kind").asText()).isEqualTo("Result");
    assertThat(Scenario.decisions(json))
        .isEqualTo(
            Map.of(
                "team/app:old-1",
                "Delete/Expired/Deleted",
                "team/app:old-2",
                "Skip/Moved/Skipped"));
    assertThat(json(json).path("summary").toString())
        .contains("\"delete\":1,\"skip\":1,")
        .contains("\"reasons\":{\"NotSelected\":1,\"Expired\":1,\"Moved\":1}");
    Cli.Result table = scene.winnow("report", "two");
    assertThat(table.status()).isZero();
    assertThat(table.out())
        .startsWith("Policy builds on registry main (" + scene.registry.url() + "), ages as of ")
        .containsPattern("team/app +old-1 +Deleted +Expired +old ")
        .contains("3 tags in 1 repositories: 1 deleted, 1 skipped, 1 stay.")
        .contains("Run two in namespace " + scene.world.namespace() + ": Succeeded")
        .contains("Complete=True Applied: 1 tags deleted, 1 skipped, 0 failed");
    List<String> lines = scene.winnow("report", "two", "-o", "jsonl").out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getLast()).contains("\"digest\":", "\"run\":{");
  }

  @Test
  void aReportWhoseLinesAreGoneIsNotWhole() throws IOException {
    scene.old(1).start().world.policy("look", "");
    scene.winnow("run", "look", "--wait", "--name", "one");
    scene
        .world
        .admin()
        .configMaps()
        .inNamespace(scene.world.namespace())
        .withName("one-plan-1")
        .delete();
    Cli.Result report = scene.winnow("report", "one", "-o", "json");
    assertThat(report.status()).isEqualTo(1);
    assertThat(report.err()).contains("ConfigMap one-plan-1 is missing");
    assertThat(json(report).path("error").asText()).contains("one-plan-1 is missing");
    assertThat(json(report).has("digest")).isFalse();
    assertThat(scene.winnow("report", "none").err())
        .contains("there is no RetentionRun none in namespace")
        .contains("did you mean one?");
  }

  @Test
  void aPolicyIsPausedAndResumed() throws IOException {
    scene.start().world.policy("builds", "schedule: \"0 3 * * *\"");
    assertThat(scene.winnow("pause", "builds"))
        .isEqualTo(new Cli.Result(0, "policy builds paused\n", ""));
    scene.world.awaitPolicy("builds", status -> status.nextRunTime() == null);
    assertThat(scene.winnow("pause", "builds").out())
        .isEqualTo("policy builds was paused already\n");
    assertThat(json(scene.winnow("pause", "builds", "--resume", "-o", "json")).toString())
        .isEqualTo(
            "{\"apiVersion\":\"winnow.dev/policy/v1\",\"kind\":\"Policy\",\"namespace\":\"%s\",\"name\":\"builds\",\"suspend\":false,\"changed\":true,\"schedule\":\"0 3 * * *\"}"
                .formatted(scene.world.namespace()));
    scene.world.awaitPolicy("builds", status -> status.nextRunTime() != null);
    assertThat(scene.winnow("pause", "biulds").status()).isEqualTo(1);
    scene.world.policy("manual", "");
    assertThat(scene.winnow("pause", "manual").err())
        .isEqualTo("winnow: policy manual has no schedule: it runs on request only\n");
  }
}
