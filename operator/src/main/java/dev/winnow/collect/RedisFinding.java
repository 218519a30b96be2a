package dev.winnow.collect;

import dev.winnow.api.Registry;
import org.jspecify.annotations.Nullable;

/** What is known of the Redis in which a registry remembers which blobs exist. */
public sealed interface RedisFinding {
  /**
   * It can be asked.
   *
   * @param url address and database, without a password
   * @param password where its password is; null: it wants none
   */
  record Known(String url, Registry.@Nullable KeyRef password) implements RedisFinding {}

  /**
   * It cannot be.
   *
   * @param why for people, as what the registry does
   */
  record Unknown(String why) implements RedisFinding {}
}
