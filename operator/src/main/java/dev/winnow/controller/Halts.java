package dev.winnow.controller;

import java.util.Set;

/** Ends of a collection after which a person has to look before the next one. */
final class Halts {
  /** What the collector refuses until somebody says that it was looked at. */
  private static final Set<String> REFUSALS =
      Set.of("MostlyUnreferenced", "RepositoriesMissing", "ForeignCollector");

  /** Another volume than last time, which only a person knows to be the right one. */
  static final String OTHER_VOLUME = "OtherVolume";

  /** What the registry's pods say is not what is believed of their cache. */
  static final String CACHE_REFUTED = "CacheRefuted";

  private Halts() {}

  static boolean isHalt(String reason) {
    return REFUSALS.contains(reason) || reason.equals(OTHER_VOLUME) || reason.equals(CACHE_REFUTED);
  }

  /** Whether the next collection is told that somebody has looked. */
  static boolean isLiftedByYes(String reason) {
    return REFUSALS.contains(reason);
  }
}
