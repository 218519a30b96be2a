package dev.winnow.registry;

import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * What all clients of one host share: how many requests may be in flight, and whether it is worth
 * asking at all. Clients that are given the same object share by host and port; whoever comes first
 * sets the number.
 */
public final class HostLimits {
  private final Map<String, Host> hosts = new ConcurrentHashMap<>();

  /**
   * One host's limits.
   *
   * @param permits one for each request in flight, first come first served
   * @param circuit whether to ask
   */
  record Host(Semaphore permits, Circuit circuit) {}

  Host host(String hostAndPort, int concurrency, InstantSource clock) {
    return hosts.computeIfAbsent(
        hostAndPort, name -> new Host(new Semaphore(concurrency, true), new Circuit(clock)));
  }
}
