package dev.winnow.collect;

import dev.winnow.api.Storage;
import dev.winnow.collect.RegistryWorkload.Cache;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the containers that can write were started, as far as that is known. */
final class CacheFinding {
  private final Storage storage;
  private final List<VolumeUser> users;
  private final Configurations configurations;
  private final WriterMemory memory;
  private final WorkloadFindings findings;

  CacheFinding(
      Storage storage,
      List<VolumeUser> users,
      Configurations configurations,
      WriterMemory memory,
      WorkloadFindings findings) {
    this.storage = storage;
    this.users = users;
    this.configurations = configurations;
    this.memory = memory;
    this.findings = findings;
  }

  /**
   * Where the registry remembers: what the user says, else what its containers are configured with,
   * as far as that is how they were started.
   */
  Cache cache() {
    Cache found = found(configurations::of);
    return switch (storage.cache()) {
      case Auto -> {
        Cache believed = found(this::started);
        if (believed == Cache.UNKNOWN && found != Cache.UNKNOWN && found != Cache.MEMORY) {
          findings.remark(
              "the registry's configuration says that its cache is "
                  + found
                  + ", but not all of its containers were started since that was first seen; until"
                  + " they are restarted it counts as one in memory");
        }
        yield believed;
      }
      case None -> told(Cache.NONE, found);
      case InMemory -> told(Cache.MEMORY, found);
      case Redis -> told(Cache.REDIS, found);
    };
  }

  /** How a container was started: one that nobody saw could be as it was configured before. */
  private RegistryContainer started(VolumeUser user) {
    RegistryContainer container = configurations.of(user);
    boolean isSeen =
        container.fixedCache() || memory.isStartedBy(configurations.digest(user), user);
    return isSeen ? container : RegistryContainer.unknown(container.remarks());
  }

  private Cache found(Function<VolumeUser, RegistryContainer> how) {
    if (!memory.unseen(users).isEmpty()) {
      return Cache.UNKNOWN;
    }
    Set<Cache> all =
        Stream.concat(users.stream().map(how), configurations.ofTemplate().stream())
            .map(each -> each.config().cache())
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Cache.class)));
    if (all.isEmpty()) {
      return Cache.UNKNOWN;
    }
    if (all.size() > 1) {
      all.remove(Cache.NONE);
    }
    return all.size() == 1 ? all.iterator().next() : Cache.UNKNOWN;
  }

  private Cache told(Cache told, Cache found) {
    if (found == told || found == Cache.UNKNOWN) {
      return told;
    }
    String message =
        "spec.storage.cache says "
            + storage.cache()
            + ", but the registry's configuration says "
            + found
            + "; set it to Auto, or to what is";
    if (found == Cache.NONE) {
      findings.remark(message); // too careful does no harm
    } else {
      findings.refuse("CacheContradicted", message);
    }
    return told;
  }

  /** Those that run, or may, and are not known to refuse writes. */
  List<VolumeUser> takingWrites() {
    return users.stream()
        .filter(VolumeUser::mayRun)
        .filter(
            user -> !ReadOnlyVariable.isSet(user.container()) && !started(user).config().readOnly())
        .toList();
  }
}
