package dev.winnow.controller;

import dev.winnow.collect.CollectorSettings;
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
 * @param collector how the collector is run
 */
public record OperatorSettings(
    Set<String> namespaces,
    String identity,
    @Nullable String leaseNamespace,
    int port,
    Patience patience,
    String version,
    CollectorSettings collector) {

  /** Copies the set. */
  public OperatorSettings {
    namespaces = Set.copyOf(namespaces);
  }

  /** With what is usual otherwise. */
  public static OperatorSettings of(
      Set<String> namespaces,
      String identity,
      @Nullable String leaseNamespace,
      int port,
      String version,
      CollectorSettings collector) {
    return new OperatorSettings(
        namespaces, identity, leaseNamespace, port, Patience.DEFAULT, version, collector);
  }
}
