package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.Condition.Status;
import dev.winnow.api.RetentionRunStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The conditions that an object is to have. A time of transition moves only with the status, so
 * that what has not changed is equal to what was there. Source: kstatus for Reconciling and
 * Stalled.
 */
final class Conditions {
  static final String READY = "Ready";
  static final String RECONCILING = "Reconciling";
  static final String STALLED = "Stalled";
  static final String COMPLETE = RetentionRunStatus.COMPLETE;
  static final String FAILED = RetentionRunStatus.FAILED;

  private static final int LONGEST = 4096;

  private final List<Condition> before;
  private final List<Condition> after = new ArrayList<>();
  private final @Nullable Long generation;
  private final Instant now;

  /**
   * @param before what the object has
   * @param generation of the object that is looked at
   */
  Conditions(List<Condition> before, @Nullable Long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  Conditions set(String type, Status status, String reason, String message) {
    Optional<Condition> old = Condition.find(before, type);
    Instant since =
        old.filter(each -> each.status() == status).map(Condition::lastTransitionTime).orElse(now);
    return setSince(type, status, reason, message, since);
  }

  /** With a time of its own: a person answers that one, and no earlier. */
  Conditions setSince(String type, Status status, String reason, String message, Instant since) {
    String text = message.length() <= LONGEST ? message : message.substring(0, LONGEST - 1) + "…";
    after.add(new Condition(type, status, reason, text, since, generation));
    return this;
  }

  /** Ready, and nothing else to say. */
  Conditions ready(String reason, String message) {
    return set(READY, Status.True, reason, message);
  }

  /** Not ready; it is tried again, or waits for something else to change. */
  Conditions notReady(String reason, String message) {
    return set(READY, Status.False, reason, message);
  }

  /** Not ready until a person changes this object. */
  Conditions stalled(String reason, String message) {
    return set(READY, Status.False, reason, message).set(STALLED, Status.True, reason, message);
  }

  /** The same, with a time of its own: a person answers that one, and no earlier. */
  Conditions stalled(String reason, String message, Instant since) {
    return setSince(READY, Status.False, reason, message, since)
        .set(STALLED, Status.True, reason, message);
  }

  /** Keeps a condition that is somebody else's to change. */
  Conditions keep(String type) {
    Condition.find(before, type).ifPresent(after::add);
    return this;
  }

  /** Keeps it unless something else is known by now. */
  Conditions keepUnless(String type, boolean isKnown) {
    return isKnown ? this : keep(type);
  }

  /** All of them; what is not ready, and waits for nobody to change it, is on its way. */
  List<Condition> list() {
    if (Condition.find(after, STALLED).isEmpty()) {
      Condition.find(after, READY)
          .filter(ready -> ready.status() != Status.True)
          .ifPresent(ready -> set(RECONCILING, Status.True, ready.reason(), ready.message()));
    }
    return List.copyOf(after);
  }
}
