package dev.winnow.controller;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an operator runs.
 *
 * @param namespaces the namespaces that it looks after; empty: all
 * @param identity who it is among several, unique
 * @param leaseNamespace where the lease of the leader lives; null: it leads without asking
 * @param port of health and metrics, 0 for any
 * @param patience how long a task goes on trying when a registry does not answer
 * @param version of Winnow
 */
public record OperatorSettings(
    Set<String> namespaces,
    String identity,
    @Nullable String leaseNamespace,
    int port,
    Patience patience,
    String version) {

  /** Name of the leader's lease. */
  static final String LEASE = "winnow-operator";

  static final Duration LEASE_DURATION = Duration.ofSeconds(8);
  static final Duration RENEW_DEADLINE = Duration.ofSeconds(5);
  static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

  /** Copies the set. */
  public OperatorSettings {
    namespaces = Set.copyOf(namespaces);
  }
}
