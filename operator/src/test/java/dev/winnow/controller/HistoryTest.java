package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.CreatedAt;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final Instant NOW = Instant.parse("2026-03-10T00:00:00Z");

  private static RetentionRunResource run(String name, Phase phase, int hoursAgo, long deleted) {
    Instant ended = NOW.minus(Duration.ofHours(hoursAgo));
    RetentionRunResource run = new RetentionRunResource();
    run.setMetadata(
        new ObjectMetaBuilder().withName(name).withCreationTimestamp(ended.toString()).build());
    RetentionRunStatus status = RetentionRunStatus.NONE.in(phase, List.of());
    run.setStatus(
        phase.isEnd()
            ? status.did(new RetentionRunStatus.Result(deleted, 0, 0, 0), List.of()).finished(ended)
            : status);
    return run;
  }

  private static List<String> beyond(int succeeded, int failed, RetentionRunResource... runs) {
    return History.beyond(new RetentionPolicy.History(succeeded, failed), List.of(runs), NOW)
        .stream()
        .map(run -> run.getMetadata().getName())
        .toList();
  }

  @Test
  void theOldestGoAndEachSortIsCountedByItself() {
    assertThat(
            beyond(
                1,
                2,
                run("s-old", Phase.Succeeded, 9, 0),
                run("s-new", Phase.Succeeded, 1, 0),
                run("f-old", Phase.Failed, 8, 0),
                run("c", Phase.Cancelled, 7, 0),
                run("f-new", Phase.Failed, 2, 0)))
        .containsExactly("s-old", "f-old");
  }

  @Test
  void ofTwoInOneSecondTheOneThatWasMadeLaterIsTheNewer() {
    RetentionRunResource first = run("b", Phase.Succeeded, 1, 0);
    RetentionRunResource second = run("a", Phase.Succeeded, 1, 0);
    Instant madeIn = NOW.minus(Duration.ofHours(1));
    first.getMetadata().setAnnotations(CreatedAt.now(() -> madeIn.plusMillis(90)));
    second.getMetadata().setAnnotations(CreatedAt.now(() -> madeIn.plusMillis(100)));
    assertThat(History.AGE.compare(first, second)).isNegative();
    assertThat(beyond(1, 0, second, first)).containsExactly("b");
  }

  @Test
  void theSecondOfTheApiServerCountsBeforeWhatIsNoted() {
    RetentionRunResource first = run("b", Phase.Succeeded, 2, 0);
    RetentionRunResource second = run("a", Phase.Succeeded, 1, 0);
    first.getMetadata().setAnnotations(CreatedAt.now(() -> NOW));
    second.getMetadata().setAnnotations(Map.of(CreatedAt.ANNOTATION, "yesterday"));
    assertThat(History.AGE.compare(first, second)).isNegative();
  }

  @Test
  void whatIsNotOverStays() {
    assertThat(
            beyond(
                0,
                0,
                run("a", Phase.Planning, 9, 0),
                run("b", Phase.AwaitingApproval, 9, 0),
                run("c", Phase.Applying, 9, 0),
                run("d", Phase.Succeeded, 9, 0)))
        .containsExactly("d");
  }

  @Test
  void whatDeletedSomethingStaysAsLongAsItCanBeUndoneAndDoesNotCount() {
    assertThat(
            beyond(
                1,
                0,
                run("deleted", Phase.Succeeded, 47, 5),
                run("long-ago", Phase.Succeeded, 49, 5),
                run("partly", Phase.Failed, 10, 1),
                run("nothing", Phase.Succeeded, 1, 0)))
        .containsExactly("long-ago");
  }
}
