package dev.winnow.collect;

import dev.winnow.api.Opaque;
import dev.winnow.api.Parsed;
import dev.winnow.api.YamlValues;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A registry's configuration while the variables of its environment are laid over it. They go where
 * the types of the Go program let them: into maps whose keys it knows to be strings, and no deeper.
 *
 * <p>What cannot be known is in it as {@link Unknown}, and so is what is missing where only a part
 * is known. Source: distribution, configuration/parser.go.
 */
final class ConfigTree {
  /** A value that there may be, and that is not known. */
  enum Unknown {
    UNKNOWN
  }

  private static final String PREFIX = "REGISTRY_";

  private final MapOf root;

  /**
   * @param values by key
   * @param typed whether the program knows its keys to be strings
   * @param complete whether what is not in it is not there
   */
  private record MapOf(Map<String, @Nullable Object> values, boolean typed, boolean complete) {
    static MapOf empty(boolean typed, boolean complete) {
      return new MapOf(new TreeMap<>(), typed, complete);
    }
  }

  private ConfigTree(MapOf root) {
    this.root = root;
  }

  /** One of which nothing is known. */
  static ConfigTree unknown() {
    return new ConfigTree(MapOf.empty(true, false));
  }

  /** What a file says; empty when no registry could read it. */
  static Optional<ConfigTree> read(String text) {
    if (!(YamlValues.read(text) instanceof Parsed.Ok<Opaque>(Opaque value))
        || !(value.value() instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    MapOf root = MapOf.empty(true, true);
    map.forEach((key, each) -> root.values().put(String.valueOf(key), field(key, each)));
    return Optional.of(new ConfigTree(root));
  }

  /** A field of the whole: storage is a map of maps, the others are known to the last. */
  private static @Nullable Object field(Object name, @Nullable Object value) {
    return "storage".equals(name) ? storage(value) : typed(value, Integer.MAX_VALUE);
  }

  private static @Nullable Object storage(@Nullable Object value) {
    if (value instanceof String driver) {
      MapOf alone = MapOf.empty(true, true);
      alone.values().put(driver, MapOf.empty(true, true));
      return alone;
    }
    return typed(value, 2);
  }

  /** As it was read, with so many levels of maps whose keys are known to be strings. */
  private static @Nullable Object typed(@Nullable Object value, int levels) {
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    MapOf made = MapOf.empty(levels > 0, true);
    map.forEach((key, each) -> made.values().put(String.valueOf(key), typed(each, levels - 1)));
    return made;
  }

  /**
   * Lays variables over it, in the order of their names, as the registry does.
   *
   * @param variables by name; a value that is not known is empty
   */
  void overlay(Map<String, Optional<String>> variables) {
    new TreeMap<>(variables)
        .forEach((name, value) -> {
          if (name.startsWith(PREFIX)) {
            String[] path = name.substring(PREFIX.length()).split("_", -1);
            set(root, List.of(path), 0, value);
          }
        });
  }

  private static void set(MapOf map, List<String> path, int level, Optional<String> value) {
    if (!map.typed()) {
      return; // "Ignoring environment variable involving map with non-string keys"
    }
    String name = path.getFirst();
    boolean isLast = path.size() == 1;
    if (!isLast) {
      for (Map.Entry<String, @Nullable Object> each : map.values().entrySet()) {
        if (each.getKey().toUpperCase(Locale.ROOT).equals(name) && each.getValue() != null) {
          if (each.getValue() instanceof MapOf below) {
            set(below, path.subList(1, path.size()), level + 1, value);
          }
          return;
        }
      }
    }
    if (level == 0 && !name.equals(name.toUpperCase(Locale.ROOT))) {
      return; // fields of the whole go by their names in capitals only
    }
    String key = name.toLowerCase(Locale.ROOT);
    if (isLast) {
      map.values().put(key, value.isPresent() ? parsed(key, level, value.get()) : Unknown.UNKNOWN);
      return;
    }
    MapOf made = MapOf.empty(true, map.complete());
    set(made, path.subList(1, path.size()), level + 1, value);
    map.values().put(key, made);
  }

  private static @Nullable Object parsed(String key, int level, String text) {
    if (!(YamlValues.read(text) instanceof Parsed.Ok<Opaque>(Opaque value))) {
      return Unknown.UNKNOWN; // the registry does not start with it
    }
    @Nullable Object read = value.value();
    if (level == 0) {
      return field(key, read);
    }
    return typed(read, level == 1 ? 1 : 0);
  }

  /** What stands at a path: null when there is nothing, {@link Unknown} when that is not known. */
  @Nullable Object at(String... path) {
    @Nullable Object value = root;
    for (String key : path) {
      if (value instanceof Unknown) {
        return Unknown.UNKNOWN;
      }
      if (!(value instanceof MapOf map)) {
        return null;
      }
      if (!map.values().containsKey(key) && !map.complete()) {
        return Unknown.UNKNOWN;
      }
      value = map.values().get(key);
    }
    return value;
  }

  /** The keys at a path as far as they are known. */
  List<String> keys(String... path) {
    return at(path) instanceof MapOf map ? List.copyOf(map.values().keySet()) : List.of();
  }

  /** Whether a map at a path was read as one, and not put together from names of variables. */
  boolean isRead(String... path) {
    return at(path) instanceof MapOf map && !map.typed();
  }
}
