package dev.winnow.cli;

import dev.winnow.registry.DeleteGuard;
import dev.winnow.run.Planned;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every delete of a command: only what a person was shown and agreed to goes, and
 * nothing once the command is stopped. Until something is allowed, nothing is.
 */
final class ApplyGuard implements DeleteGuard {
  private final Set<String> allowed = new HashSet<>();
  private @Nullable String stopped;

  /** Allows the deletions of a plan, by tag and by digest. */
  synchronized void allow(List<Planned> plan) {
    for (Planned planned : plan) {
      allowed.add(key(planned.repository(), planned.tag()));
      allowed.add(key(planned.repository(), planned.digest().text()));
    }
  }

  synchronized void stop(String why) {
    stopped = why;
  }

  @Override
  public synchronized Optional<String> objection(String repository, String reference) {
    if (stopped != null) {
      return Optional.of(stopped);
    }
    return allowed.contains(key(repository, reference))
        ? Optional.empty()
        : Optional.of(repository + ":" + reference + " is not in the plan");
  }

  private static String key(String repository, String reference) {
    return repository + "\0" + reference;
  }
}
