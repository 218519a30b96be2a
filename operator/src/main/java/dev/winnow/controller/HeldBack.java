package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.GarbageCollectionStatus.Waiting;
import dev.winnow.api.Registry;
import dev.winnow.api.Storage;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why bytes that nothing needs are not free yet.
 *
 * @param reason what comes first of several: what a person can change before what passes
 * @param message how many, from when they are free, and what to change
 */
record HeldBack(String reason, String message) {
  /** The condition that says it. */
  static final String CONDITION = "SpaceHeldBack";

  private static final String NOT_RESTARTED = "RegistryNotRestarted";

  /** What the last collection left. */
  static Optional<HeldBack> of(Result result, Registry.Spec spec, ZoneId zone) {
    List<HeldBack> all = new ArrayList<>();
    Waiting held = result.held();
    Waiting waiting = result.waiting();
    if (held != null && held.blobs() > 0) {
      all.add(
          NOT_RESTARTED.equals(held.why())
              ? new HeldBack(NOT_RESTARTED, count(held, " in the trash") + restart(spec))
              : new HeldBack(
                  "Hold",
                  count(held, " in the trash")
                      + " can still be brought back"
                      + from(held.earliest(), zone)
                      + " (spec.garbageCollection.holdPeriod)"));
    }
    if (waiting != null && waiting.blobs() > 0) {
      all.add(
          waiting.earliest() == null
              ? new HeldBack(NOT_RESTARTED, count(waiting, " in place") + restart(spec))
              : new HeldBack(
                  "SecondMarkPending",
                  count(waiting, " in place")
                      + " must be seen unneeded once more"
                      + from(waiting.earliest(), zone)
                      + " (spec.garbageCollection.gracePeriod)"));
    }
    if (result.untaggedKept() != null && result.untaggedKept() > 0) {
      String olderThan = settings(spec).untagged().olderThan();
      all.add(
          new HeldBack(
              "UntaggedKept",
              result.untaggedKept()
                  + " manifests without a tag, and their layers, stay"
                  + (olderThan.equals("Never") ? "" : " until they are old enough")
                  + " (spec.garbageCollection.untagged.olderThan: "
                  + olderThan
                  + ")"));
    }
    if (all.isEmpty()) {
      return Optional.empty();
    }
    HeldBack first =
        all.stream()
            .filter(each -> each.reason().equals(NOT_RESTARTED))
            .findFirst()
            .orElse(all.getFirst());
    List<String> messages = all.stream().map(HeldBack::message).distinct().toList();
    return Optional.of(new HeldBack(first.reason(), String.join("; ", messages)));
  }

  /** Whether something stays only as registry processes may remember it. */
  static boolean isByMemory(Result result) {
    Waiting held = result.held();
    Waiting waiting = result.waiting();
    return (held != null && held.blobs() > 0 && NOT_RESTARTED.equals(held.why()))
        || (waiting != null && waiting.blobs() > 0 && waiting.earliest() == null);
  }

  private static GarbageCollectionSettings settings(Registry.Spec spec) {
    return spec.garbageCollection() == null
        ? GarbageCollectionSettings.DEFAULT
        : spec.garbageCollection();
  }

  private static String count(Waiting what, String where) {
    return what.blobs() + " blobs (" + People.size(what.bytes()) + ")" + where;
  }

  private static String from(@Nullable Instant earliest, ZoneId zone) {
    return earliest == null ? "" : ", until " + People.time(earliest, zone) + " at the earliest";
  }

  /** What to do about a registry that remembers them. */
  private static String restart(Registry.Spec spec) {
    Storage storage = spec.storage();
    Storage.WorkloadRef ref = storage == null ? null : storage.workloadRef();
    String command =
        ref == null
            ? "restart its pods"
            : "kubectl rollout restart "
                + ref.kind().name().toLowerCase(Locale.ROOT)
                + "/"
                + ref.name();
    return " stay as long as registry processes run that may remember them in memory: "
        + command
        + ", or set spec.garbageCollection.restart: Allowed, or take cache.blobdescriptor out of the"
        + " registry's configuration and set spec.storage.cache: None";
  }
}
