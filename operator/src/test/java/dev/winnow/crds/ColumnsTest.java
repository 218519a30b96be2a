package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.Kubectl;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestApiServer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What kubectl get prints of a status. */
@Tag("server")
@ExtendWith(Shared.class)
class ColumnsTest {
  private static final String READY =
      "{type: Ready, status: \"True\", reason: Checked, message: all is well,"
          + " lastTransitionTime: \"2026-01-01T00:00:00Z\"}";

  private StrictApi api;
  private Kubectl kubectl;

  @BeforeEach
  void open(TestApiServer server) {
    api = new StrictApi(server);
    kubectl = new Kubectl(server.kubeconfig(), api.namespace());
    Kinds.all().keySet().forEach(kind -> api.create(Kinds.complete(kind).getFirst()));
  }

  @AfterEach
  void close() {
    api.close();
  }

  private void status(String kind, String status) {
    kubectl.run(
        "patch",
        kind,
        "complete",
        "--subresource=status",
        "--type=merge",
        "-p",
        "status: " + status);
  }

  /** Header and row, each column once and ages without their number. */
  private List<String> table(String... arguments) {
    return kubectl
        .run(arguments)
        .lines()
        .map(line -> line.strip().replaceAll(" {2,}", "|").replaceAll("\\|\\d+[smhdy]\\w*", "|age"))
        .toList();
  }

  @Test
  void ofARegistry() {
    status(
        "wreg",
        "{conditions: ["
            + READY
            + ", {type: SpaceHeldBack, status: \"True\", reason: Hold, message: 3 blobs wait,"
            + " lastTransitionTime: \"2026-01-01T00:00:00Z\"}], repositories: 12, tags: 345, size: 1.2Gi, held: 3Mi,"
            + " lastCollection: 2026-11-21 02:30 CET}");
    assertThat(table("get", "wreg"))
        .containsExactly(
            "NAME|URL|READY|REPOSITORIES|TAGS|SIZE|HELD|LAST-GC|AGE",
            "complete|https://registry.apps.svc:5000|True|12|345|1.2Gi|3Mi|2026-11-21 02:30 CET|age");
    assertThat(table("get", "wreg", "-o", "wide"))
        .containsExactly(
            "NAME|URL|READY|REPOSITORIES|TAGS|SIZE|HELD|LAST-GC|AGE|MESSAGE|HELD-BACK",
            "complete|https://registry.apps.svc:5000|True|12|345|1.2Gi|3Mi|2026-11-21 02:30 CET|age"
                + "|all is well|3 blobs wait");
  }

  @Test
  void ofAPolicy() {
    status(
        "wpol",
        "{conditions: ["
            + READY
            + "], nextRun: 2026-11-22 02:30 CET,"
            + " lastRun: {name: r, time: \"2026-01-01T00:00:00Z\", delete: 9, deleted: 7}}");
    assertThat(table("get", "wpol"))
        .containsExactly(
            "NAME|REGISTRY|SCHEDULE|MODE|READY|LAST-RUN|DELETED|NEXT-RUN|AGE",
            "complete|main|30 2 * * *|Approve|True|age|7|2026-11-22 02:30 CET|age");
    assertThat(table("get", "wpol", "-o", "wide"))
        .containsExactly(
            "NAME|REGISTRY|SCHEDULE|MODE|READY|LAST-RUN|DELETED|NEXT-RUN|AGE|MESSAGE",
            "complete|main|30 2 * * *|Approve|True|age|7|2026-11-22 02:30 CET|age|all is well");
  }

  @Test
  void ofARun() {
    status(
        "wrun",
        "{phase: Failed, plan: {tags: 100, keep: 90, delete: 10, reclaimable: 5.1Mi},"
            + " result: {deleted: 8, failed: 2}}");
    assertThat(table("get", "wrun"))
        .containsExactly(
            "NAME|POLICY|PHASE|TAGS|KEPT|DELETED|FAILED|RECLAIMABLE|AGE",
            "complete|builds|Failed|100|90|8|2|5.1Mi|age");
  }

  @Test
  void ofACollection() {
    status(
        "wgc",
        "{phase: Succeeded, freed: 1.2Gi, held: 3Mi, restored: 0B, duration: 8m3s, conditions: [{type:"
            + " Complete, status: \"True\", reason: Collected, message: took 3,"
            + " lastTransitionTime: \"2026-01-01T00:00:00Z\"}]}");
    assertThat(table("get", "wgc"))
        .containsExactly(
            "NAME|REGISTRY|PHASE|FREED|HELD|RESTORED|DURATION|AGE",
            "complete|main|Succeeded|1.2Gi|3Mi|0B|age|age");
    assertThat(table("get", "wgc", "-o", "wide"))
        .containsExactly(
            "NAME|REGISTRY|PHASE|FREED|HELD|RESTORED|DURATION|AGE|MESSAGE",
            "complete|main|Succeeded|1.2Gi|3Mi|0B|age|age|took 3");
  }

  @Test
  void ofAllTogether() {
    assertThat(kubectl.run("get", "winnow", "-o", "name").lines())
        .containsExactlyInAnyOrder(
            "registry.winnow.dev/complete",
            "retentionpolicy.winnow.dev/complete",
            "retentionrun.winnow.dev/complete",
            "garbagecollection.winnow.dev/complete");
  }
}
