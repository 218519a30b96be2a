package dev.winnow.collect;

import dev.winnow.collect.ConfigTree.Unknown;
import dev.winnow.storage.RedisCache;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a registry's configuration says about its Redis. Source: distribution,
 * configuration/configuration.go, of 2.8 and 3.1; the variables of 3.x may name {@code OPTIONS} in
 * between, which its file has not.
 */
sealed interface RedisConfig {
  /** It names none. */
  record None() implements RedisConfig {}

  /**
   * It names one of which this is not enough.
   *
   * @param why for people, as what the registry does
   */
  record Unclear(String why) implements RedisConfig {}

  /**
   * It names one.
   *
   * @param url without a password
   * @param hasPassword whether it wants one
   */
  record At(String url, boolean hasPassword) implements RedisConfig {}

  /** Reads it. */
  static RedisConfig of(ConfigTree tree) {
    Optional<Object> addr = option(tree, "addr");
    Optional<Object> addrs = option(tree, "addrs");
    Optional<Object> database = option(tree, "db");
    Optional<Object> user = option(tree, "username");
    Optional<Object> master = option(tree, "mastername");
    if (addr.isEmpty() && addrs.isEmpty()) {
      return new None();
    }
    if (Stream.of(addr, addrs, database, user, master, Optional.ofNullable(tree.at("redis", "tls")))
        .anyMatch(value -> value.filter(Unknown.class::isInstance).isPresent())) {
      return new Unclear("its address, database or user is not all known");
    }
    if (master.isPresent() || (addrs.orElse(null) instanceof List<?> list && list.size() > 1)) {
      return new Unclear("it is a cluster, or found by sentinels");
    }
    Object address = addrs.orElse(null) instanceof List<?> list ? list.getFirst() : addr.orElse("");
    boolean isBoth = addr.isPresent() && addrs.isPresent() && !addr.get().equals(address);
    String url =
        (isTls(tree) ? "rediss://" : "redis://")
            + user.map(name -> name + "@").orElse("")
            + address
            + "/"
            + database.orElse(0);
    return isBoth || !isAddress(url)
        ? new Unclear("its address is none that can be used")
        : new At(url, option(tree, "password").isPresent());
  }

  /** A value that is there, whether it is known or not. */
  private static Optional<Object> option(ConfigTree tree, String key) {
    @Nullable Object value =
        tree.keys("redis", "options").contains(key)
            ? tree.at("redis", "options", key)
            : tree.at("redis", key);
    return Optional.ofNullable(value).filter(each -> !each.equals("") && !each.equals(List.of()));
  }

  /** 2.x has {@code enabled}; in 3.x it is what has a certificate. */
  private static boolean isTls(ConfigTree tree) {
    return tree.keys("redis", "tls").stream()
        .map(key -> Objects.requireNonNullElse(tree.at("redis", "tls", key), ""))
        .anyMatch(value -> !value.equals("") && !value.equals(false) && !value.equals(List.of()));
  }

  private static boolean isAddress(String url) {
    try {
      RedisCache.at(url, null);
      return true;
    } catch (IllegalArgumentException e) {
      return false; // which may quote it
    }
  }
}
