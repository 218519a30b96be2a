package dev.winnow.collect;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How far the Job of a collection is. */
public sealed interface JobState {
  /** There is none. */
  record Absent() implements JobState {}

  /**
   * There is one of that name that somebody else made.
   *
   * @param owner who, as far as it says
   */
  record OfAnother(String owner) implements JobState {}

  /**
   * Its pod does not run yet.
   *
   * @param why for people
   * @param progress when the last container that comes before it had ended, or the Job was made: a
   *     window's second one long after the window has begun
   */
  record Starting(String uid, String why, Instant progress) implements JobState {}

  /**
   * What comes before its collector works: nothing is changed yet.
   *
   * @param what for people
   */
  record Preparing(String uid, String what) implements JobState {}

  /**
   * It works.
   *
   * @param phase what the collector does
   * @param progress how far it is, for people
   * @param probe the digest of the probe that it has placed; null: none yet
   */
  record Running(String uid, Phase phase, String progress, @Nullable String probe)
      implements JobState {}

  /** Its collector has ended, and the Job not yet. */
  record Stopped(String uid) implements JobState {}

  /**
   * It is over.
   *
   * @param succeeded whether the collector did all that it should
   * @param reason what ended it, in a word
   * @param message for people
   * @param result what it found and did; null where it did not say
   */
  record Ended(
      String uid,
      boolean succeeded,
      String reason,
      String message,
      GarbageCollectionStatus.@Nullable Result result)
      implements JobState {}
}
