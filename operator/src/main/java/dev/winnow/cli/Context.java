package dev.winnow.cli;

import java.time.InstantSource;
import java.util.Map;

/**
 * What a command has of the world outside.
 *
 * @param terminal streams
 * @param environment environment variables
 * @param clock the time
 * @param interrupts what Ctrl-C does
 */
record Context(
    Terminal terminal,
    Map<String, String> environment,
    InstantSource clock,
    Interrupts interrupts) {
  Context {
    environment = Map.copyOf(environment);
  }

  Connections connections(RegistryAccess access) {
    return new Connections(terminal, access, environment, clock);
  }
}
