package dev.winnow.cli;

import dev.winnow.registry.RetryPolicy;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command has of the world outside.
 *
 * @param terminal streams
 * @param environment environment variables
 * @param clock the time
 * @param interrupts what Ctrl-C does
 * @param retry how often a registry is asked again, and how to wait for that
 */
record Context(
    Terminal terminal,
    Map<String, String> environment,
    InstantSource clock,
    Interrupts interrupts,
    RetryPolicy retry) {
  Context {
    environment = Map.copyOf(environment);
  }

  /** For what can be done without: who does not answer at once is not waited for. */
  Context withoutRetries() {
    return new Context(terminal, environment, clock, interrupts, retry.withAttempts(1));
  }

  /** What the command is called where it was called: a plugin of kubectl has another name. */
  String name() {
    return environment.getOrDefault("WINNOW_CALLED_AS", "winnow");
  }

  Connections connections(RegistryAccess access) {
    return new Connections(terminal, access, environment, clock, retry);
  }
}
