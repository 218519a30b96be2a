package dev.winnow.collect;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one look at a registry's workload found.
 *
 * @param workload what follows for a collection
 * @param remarks for people: what could not be known and what to do about it, none of which forbids
 *     a collection
 * @param redis the Redis that the registry is configured with
 * @param metrics where each container that writes tells its metrics, by its id; without those that
 *     do not
 * @param serving the registry's containers that run
 */
public record Reading(
    RegistryWorkload workload,
    List<String> remarks,
    RedisFinding redis,
    Map<String, URI> metrics,
    List<Serving> serving) {
  /**
   * A container that serves the registry.
   *
   * @param pod its pod's name
   * @param address where the pod itself can be asked; empty where that is not known
   */
  public record Serving(String pod, Optional<URI> address) {}

  public Reading {
    remarks = List.copyOf(remarks);
    metrics = Map.copyOf(metrics);
    serving = List.copyOf(serving);
  }
}
