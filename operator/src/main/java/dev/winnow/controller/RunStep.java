package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Duration;
import java.util.Optional;

/**
 * What to do with a run.
 *
 * @param status the status to write
 * @param afterwards what to begin once it is written
 * @param again when to look again if nothing happens
 */
record RunStep(
    RetentionRunStatus status, Optional<RunStep.Work> afterwards, Optional<Duration> again) {
  /** Work on a run, begun once it is written that it does: whoever comes after us must know. */
  interface Work {
    void begin(RetentionRunResource written, Claim claim);
  }

  static RunStep of(RetentionRunStatus status) {
    return new RunStep(status, Optional.empty(), Optional.empty());
  }

  RunStep then(Work work) {
    return new RunStep(status, Optional.of(work), again);
  }

  RunStep again(Duration wait) {
    return new RunStep(status, afterwards, Optional.of(wait));
  }

  /** The same, saying how far it is. */
  RunStep at(String progress) {
    return new RunStep(status.at(progress), afterwards, again);
  }
}
