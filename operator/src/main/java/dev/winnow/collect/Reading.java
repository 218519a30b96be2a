package dev.winnow.collect;

import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * What one look at a registry's workload found.
 *
 * @param workload what follows for a collection
 * @param remarks for people: what could not be known and what to do about it, none of which forbids
 *     a collection
 * @param redis the Redis that the registry is configured with
 * @param metrics where each container that writes tells its metrics, by its id; without those that
 *     do not
 */
public record Reading(
    RegistryWorkload workload, List<String> remarks, RedisFinding redis, Map<String, URI> metrics) {
  public Reading {
    remarks = List.copyOf(remarks);
    metrics = Map.copyOf(metrics);
  }
}
