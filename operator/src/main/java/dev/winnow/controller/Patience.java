package dev.winnow.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;

/** How long a task goes on trying when a registry does not answer, or a pod does not come. */
public record Patience(Duration first, Duration longest, Duration inAll) {
  static final Patience DEFAULT =
      new Patience(Duration.ofSeconds(5), Duration.ofMinutes(1), Duration.ofMinutes(10));

  /** Whether it was tried for long enough to begin what was asked for. */
  boolean isOver(HasMetadata asked, Instant now) {
    return now.isAfter(Instant.parse(asked.getMetadata().getCreationTimestamp()).plus(inAll()));
  }

  /**
   * Whether a pod was waited for long enough.
   *
   * @param since when that began
   * @param progress when it came further than that
   */
  boolean isOver(Instant since, Instant progress, Instant now) {
    Instant last = progress.isAfter(since) ? progress : since;
    return now.isAfter(last.plus(inAll));
  }

  Waiting begin() {
    return new Waiting(this);
  }

  private interface Pause {
    boolean take(Duration time) throws InterruptedException;
  }

  /** The waits of one task. */
  static final class Waiting {
    private final Patience patience;
    private final long until;
    private Duration next;

    private Waiting(Patience patience) {
      this.patience = patience;
      this.until = System.nanoTime() + patience.inAll().toNanos();
      this.next = patience.first();
    }

    /** Waits a while; false when it has waited long enough, or the task is stopped. */
    boolean again(RunTask task, String why) {
      return again(task, why, task::pause);
    }

    /** The same for what has to be done when the task is stopped, too: its records. */
    boolean againToRecord(RunTask task, String why) {
      return again(task, why, task::pauseToRecord);
    }

    private boolean again(RunTask task, String why, Pause pause) {
      if (System.nanoTime() - until > 0) {
        return false;
      }
      task.say("tries again soon: " + why);
      try {
        if (!pause.take(next)) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      Duration doubled = next.multipliedBy(2);
      next = doubled.compareTo(patience.longest()) > 0 ? patience.longest() : doubled;
      return true;
    }
  }
}
