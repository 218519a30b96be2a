package dev.winnow.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a schema cannot say of the storage of a {@link Registry} and how it is collected. */
final class CollectionChecks {
  private static final Duration FLOOR = Duration.ofHours(1);
  private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(5);

  private CollectionChecks() {}

  static List<Problem> of(Storage storage) {
    List<Problem> problems = new ArrayList<>();
    if (Set.of(storage.rootDirectory().split("/", -1)).contains("..")) {
      problems.add(
          new Problem(
              "spec.storage.rootDirectory", "must be a path inside the volume, without .."));
    }
    if (storage.cache() == Storage.Cache.Redis && storage.redis() == null) {
      problems.add(
          new Problem(
              "spec.storage.redis", "the field is missing; cache: Redis needs the Redis' url"));
    }
    if (storage.redis() != null && !isAddress(storage.redis().url())) {
      problems.add(
          new Problem(
              "spec.storage.redis.url", "is no address of a Redis; write redis://host:6379/0"));
    }
    return problems;
  }

  /** Whether the collector can ask there; a window must not open for one that it cannot. */
  private static boolean isAddress(String url) {
    try {
      URI uri = new URI(url);
      return uri.getHost() != null
          && String.valueOf(uri.getRawPath()).matches("/?|/\\d{1,4}")
          && uri.getRawQuery() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  static List<Problem> of(GarbageCollectionSettings settings, @Nullable Storage storage) {
    List<Problem> problems = new ArrayList<>();
    if (storage == null) {
      problems.add(
          new Problem(
              "spec.storage",
              "the field is missing; garbageCollection needs the registry's volume"));
    }
    atLeastAnHour("gracePeriod", settings.gracePeriod(), problems);
    atLeastAnHour("holdPeriod", settings.holdPeriod(), problems);
    if (!settings.untagged().olderThan().equals("Never")) {
      atLeastAnHour("untagged.olderThan", settings.untagged().olderThan(), problems);
    }
    String maxReadOnly = "spec.garbageCollection.maxReadOnly";
    switch (Durations.parse(settings.maxReadOnly())) {
      case Parsed.Bad<Duration>(String message) -> problems.add(new Problem(maxReadOnly, message));
      case Parsed.Ok<Duration>(Duration time) -> {
        if (time.compareTo(SHORTEST_WINDOW) < 0) {
          problems.add(
              new Problem(
                  maxReadOnly,
                  "must be at least 5m: pods are replaced twice, and the collector ends up to two minutes"
                      + " before"));
        }
      }
    }
    if (settings.timeZone() != null) {
      try {
        ZoneId.of(settings.timeZone());
      } catch (DateTimeException e) {
        problems.add(
            new Problem(
                "spec.garbageCollection.timeZone",
                "not an IANA time zone; write for example Europe/Berlin"));
      }
    }
    return problems;
  }

  private static void atLeastAnHour(String field, String text, List<Problem> problems) {
    String path = "spec.garbageCollection." + field;
    switch (Durations.parse(text)) {
      case Parsed.Bad<Duration>(String message) -> problems.add(new Problem(path, message));
      case Parsed.Ok<Duration>(Duration age) -> {
        if (age.compareTo(FLOOR) < 0) {
          problems.add(new Problem(path, "must be at least 1h: a push may take as long"));
        }
      }
    }
  }
}
