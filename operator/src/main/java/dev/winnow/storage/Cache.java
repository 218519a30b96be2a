package dev.winnow.storage;

/** Where the writers of a store remember which blobs exist, also when these are gone. */
public enum Cache {
  /** Nowhere: each looks at the volume. */
  NONE,
  /** Each in its own memory, until it ends: the default of the official images. */
  MEMORY,
  /** In a Redis that all share. */
  REDIS,
  /** Not known: as if in memory. */
  UNKNOWN;

  /** Whether a writer may remember by itself, for as long as it runs. */
  boolean mayBeInMemory() {
    return this == MEMORY || this == UNKNOWN;
  }
}
