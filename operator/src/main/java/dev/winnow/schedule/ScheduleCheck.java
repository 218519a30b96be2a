package dev.winnow.schedule;

import dev.winnow.api.Parsed;
import dev.winnow.api.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is wrong with a schedule in a document. */
public final class ScheduleCheck {
  private ScheduleCheck() {}

  /**
   * The problem of a field; empty when there is none.
   *
   * @param path the field
   * @param schedule what it says; null when it is left out
   */
  public static Optional<Problem> of(String path, @Nullable String schedule) {
    return schedule != null
            && CronSchedule.parse(schedule) instanceof Parsed.Bad<CronSchedule>(String why)
        ? Optional.of(new Problem(path, why))
        : Optional.empty();
  }
}
