package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.cluster.RetentionPolicyResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DueTimeTest {
  private static final Instant MADE = Instant.parse("2026-03-01T00:00:00Z");

  private static RetentionPolicy.Spec policy(@Nullable String schedule, @Nullable String deadline) {
    return new RetentionPolicy.Spec(
        new Registry.NameRef("main"),
        schedule,
        "Europe/Berlin",
        false,
        RetentionPolicy.Mode.Preview,
        deadline,
        List.of(),
        new RetentionPolicy.Protect(null, RetentionPolicy.InUse.Ignore),
        new RetentionPolicy.Limits(null, null, null),
        RetentionPolicy.Undo.BestEffort,
        new RetentionPolicy.History(null, null));
  }

  private static DueTime at(String now, @Nullable String deadline) {
    return DueTime.of(policy("30 2 * * *", deadline), MADE, Instant.parse(now));
  }

  @Test
  void nothingIsDueBeforeItsTime() {
    DueTime due = at("2026-03-01T01:29:59Z", null);
    assertThat(due.due()).isEmpty();
    assertThat(due.next()).contains(Instant.parse("2026-03-01T01:30:00Z"));
  }

  @Test
  void isDueAtItsTimeInItsZone() {
    DueTime due = at("2026-03-01T01:30:00Z", null);
    assertThat(due.due()).contains(Instant.parse("2026-03-01T01:30:00Z"));
    assertThat(due.tooLate()).isFalse();
    assertThat(due.next()).contains(Instant.parse("2026-03-02T01:30:00Z"));
  }

  @Test
  void onlyTheLastOfSeveralMissedTimesIsDue() {
    DueTime due = at("2026-03-05T01:45:00Z", null);
    assertThat(due.due()).contains(Instant.parse("2026-03-05T01:30:00Z"));
    assertThat(due.tooLate()).isFalse();
  }

  @Test
  void isTooLateAfterTheDeadline() {
    assertThat(at("2026-03-01T02:30:00Z", null).tooLate()).as("an hour by default").isFalse();
    assertThat(at("2026-03-01T02:30:01Z", null).tooLate()).isTrue();
    assertThat(at("2026-03-01T01:40:01Z", "10m").tooLate()).isTrue();
    assertThat(at("2026-03-01T09:00:00Z", "12h").tooLate()).isFalse();
  }

  @Test
  void isNeverDueWithoutASchedule() {
    DueTime due = DueTime.of(policy(null, null), MADE, Instant.parse("2027-01-01T00:00:00Z"));
    assertThat(due.due()).isEmpty();
    assertThat(due.next()).isEmpty();
  }

  private static Instant unhandled(@Nullable String last, @Nullable Long observed) {
    RetentionPolicyResource policy = new RetentionPolicyResource();
    policy.setMetadata(
        new ObjectMetaBuilder().withCreationTimestamp(MADE.toString()).withGeneration(2L).build());
    Instant now = Instant.parse("2026-03-05T01:30:00Z");
    return unhandled(policy, last == null ? null : Instant.parse(last), null, observed, now);
  }

  private static Instant unhandled(
      RetentionPolicyResource policy,
      @Nullable Instant last,
      @Nullable Instant next,
      @Nullable Long observed,
      Instant now) {
    return DueTime.unhandled(policy, DueTime.handled(policy, last, next, observed, now), now);
  }

  @Test
  void goesOnWhereItWas() {
    assertThat(unhandled(null, null)).isEqualTo(MADE);
    assertThat(unhandled("2026-03-04T01:30:00Z", 2L)).isEqualTo("2026-03-04T01:30:00Z");
    assertThat(unhandled("2026-03-05T01:30:30Z", 2L)).as("two clocks").isAfter(MADE);
  }

  @Test
  void aChangedScheduleHasNoPast() {
    assertThat(unhandled("2026-03-04T01:30:00Z", 1L)).isEqualTo("2026-03-05T01:29:00Z");
  }

  @Test
  void aTimeThatWasAnnouncedAndMissedIsDueAlthoughTheScheduleHasChangedSince() {
    RetentionPolicyResource policy = new RetentionPolicyResource();
    policy.setMetadata(
        new ObjectMetaBuilder().withCreationTimestamp(MADE.toString()).withGeneration(2L).build());
    Instant announced = Instant.parse("2026-03-05T01:30:00Z");
    Instant last = announced.minus(Duration.ofDays(1));
    Instant now = announced.plus(Duration.ofMinutes(20));
    Instant from = unhandled(policy, last, announced, 1L, now);
    assertThat(DueTime.of(policy("30 2 * * *", null), from, now).due()).contains(announced);
    Instant ahead = unhandled(policy, last, now.plusSeconds(9), 1L, now);
    assertThat(DueTime.of(policy("30 2 * * *", null), ahead, now).due()).isEmpty();
  }

  @Test
  void aTimeThatWasHandledByAClockThatWasAheadDoesNotSilenceTheSchedule() {
    Instant from = unhandled("2027-03-05T01:30:00Z", 2L);
    Instant now = Instant.parse("2026-03-05T01:30:00Z");
    assertThat(DueTime.of(policy("30 2 * * *", null), from, now).due()).contains(now);
  }
}
