package dev.winnow.collect;

import dev.winnow.api.SeenWriters;
import dev.winnow.api.SeenWriters.Configuration;
import dev.winnow.api.SeenWriters.Container;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered from look to look of the containers that may write to a volume. One is
 * forgotten when it was seen to have ended, or its node was: that its pod is gone says nothing, a
 * pod that is deleted by force leaves its containers to themselves.
 */
final class WriterMemory {
  /** A kubelet may show a container that it starts again an older ConfigMap for as long. */
  private static final Duration KUBELET_SYNC = Duration.ofMinutes(2);

  private final SeenWriters seen;

  WriterMemory(SeenWriters seen) {
    this.seen = seen;
  }

  /** What is to be stored. */
  SeenWriters seen() {
    return seen;
  }

  /**
   * What is remembered after a look.
   *
   * @param live those that run now
   * @param digests the configurations that are in use now
   * @param ended whether a container was seen to have ended
   * @param isGone whether the node of one that is not seen any more is, too
   * @param bootId of a node, where that may be read
   */
  WriterMemory after(
      List<VolumeUser> live,
      Set<String> digests,
      Predicate<String> ended,
      Predicate<Container> isGone,
      Function<String, Optional<String>> bootId,
      Instant now) {
    Map<String, Container> containers = new LinkedHashMap<>();
    seen.containers().forEach(each -> containers.put(each.id(), each));
    Set<String> running = new HashSet<>();
    for (VolumeUser user : live) {
      user.running()
          .ifPresent(id -> {
            running.add(id);
            containers.computeIfAbsent(id, unknown -> container(id, user, bootId));
          });
    }
    containers
        .values()
        .removeIf(
            each -> ended.test(each.id()) || (!running.contains(each.id()) && isGone.test(each)));
    List<Container> kept = new ArrayList<>(containers.values());
    boolean isTooMany = kept.size() > SeenWriters.CONTAINERS;
    boolean isFull = kept.size() >= SeenWriters.CONTAINERS;
    Instant overflowed =
        isTooMany || (seen.incomplete() && seen.overflowed() == null) ? now : seen.overflowed();
    return new WriterMemory(
        new SeenWriters(
            seen.claim(),
            configurations(digests, now),
            isTooMany ? kept.subList(0, SeenWriters.CONTAINERS) : kept,
            seen.podsVersion(),
            isTooMany || (seen.incomplete() && (isFull || !areNew(live, overflowed))),
            overflowed));
  }

  /** Whether all that can write was started since: of what was not remembered then none is left. */
  private static boolean areNew(List<VolumeUser> live, @Nullable Instant since) {
    return since != null
        && live.stream()
            .filter(VolumeUser::mayRun)
            .allMatch(user -> user.startedAt().isAfter(since));
  }

  /** For people: that not all could be remembered, and what ends that. */
  Optional<String> overflow() {
    return seen.incomplete()
        ? Optional.of(
            "more than "
                + SeenWriters.CONTAINERS
                + " containers could write to the volume at "
                + seen.overflowed()
                + ", and not all of them are remembered: none counts as ended until fewer are left"
                + " and every pod that has the claim for writing was started since (kubectl"
                + " rollout restart). Make sure first that no node runs one whose pod was deleted"
                + " by force")
        : Optional.empty();
  }

  private static Container container(
      String id, VolumeUser user, Function<String, Optional<String>> bootId) {
    return new Container(
        id,
        user.pod().getMetadata().getName(),
        user.pod().getMetadata().getUid(),
        user.container().getName(),
        user.node(),
        bootId.apply(user.node()).orElse(null),
        user.startedAt());
  }

  /** One that is not in use any more begins anew when it is again. */
  private List<Configuration> configurations(Set<String> digests, Instant now) {
    Map<String, Instant> since = new LinkedHashMap<>();
    seen.configurations().stream()
        .filter(each -> digests.contains(each.digest()))
        .forEach(each -> since.put(each.digest(), each.since()));
    digests.stream().sorted().forEach(digest -> since.putIfAbsent(digest, now));
    return since.entrySet().stream()
        .map(each -> new Configuration(each.getKey(), each.getValue()))
        .sorted(Comparator.comparing(Configuration::since).thenComparing(Configuration::digest))
        .limit(SeenWriters.CONFIGURATIONS)
        .toList();
  }

  /**
   * The same, with the version of the pods that were seen. It stays while something is missing that
   * went on after that, and where nothing else has changed or is about to.
   */
  WriterMemory at(@Nullable String version, SeenWriters before, List<VolumeUser> users) {
    boolean isAboutTo = users.stream().anyMatch(user -> user.isTerminating() || user.mayStart());
    return unseen(users).isEmpty() && (isAboutTo || !before.equals(seen))
        ? new WriterMemory(seen.at(version))
        : this;
  }

  /** Whether a container was started by a configuration that had been seen by then. */
  boolean isStartedBy(String digest, VolumeUser user) {
    return seen.configurations().stream()
        .filter(each -> each.digest().equals(digest))
        .map(Configuration::since)
        .anyMatch(since ->
            user.created().isAfter(since) || user.startedAt().isAfter(since.plus(KUBELET_SYNC)));
  }

  /** Those that are remembered and not seen to run: nobody knows. */
  List<Container> unseen(List<VolumeUser> live) {
    Set<String> running =
        live.stream().flatMap(user -> user.running().stream()).collect(Collectors.toSet());
    return seen.containers().stream().filter(each -> !running.contains(each.id())).toList();
  }

  /**
   * The earliest start of those that can write, where all older ones have ended.
   *
   * @param users those of the pods that there are
   */
  Optional<Instant> since(List<VolumeUser> users, Instant now) {
    if (!unseen(users).isEmpty() || seen.incomplete()) {
      return Optional.empty();
    }
    Instant earliest = now.truncatedTo(ChronoUnit.SECONDS);
    for (VolumeUser user : users) {
      if (user.mayRun()) {
        Instant start = user.startedAt();
        earliest = start.isBefore(earliest) ? start : earliest;
      }
    }
    return Optional.of(earliest);
  }
}
