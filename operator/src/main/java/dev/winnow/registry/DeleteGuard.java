package dev.winnow.registry;

import java.util.Optional;

/**
 * Asked immediately before each request that deletes, also before each repetition: is the lock
 * still held, the limit not reached, nobody cancelling. Must not throw.
 */
@FunctionalInterface
public interface DeleteGuard {
  /**
   * Why this must not be deleted now, empty when it may be.
   *
   * @param reference the tag or digest
   */
  Optional<String> objection(String repository, String reference);
}
