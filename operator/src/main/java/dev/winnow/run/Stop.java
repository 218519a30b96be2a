package dev.winnow.run;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Whether a run was stopped, and why: said once, by any thread. */
final class Stop {
  private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

  /** Stops the run; what is under way ends, nothing more is started. The first reason stays. */
  void because(String why) {
    reason.compareAndSet(null, why);
  }

  boolean isSet() {
    return reason.get() != null;
  }

  /** Why it was stopped; null when it was not. */
  @Nullable String why() {
    return reason.get();
  }
}
