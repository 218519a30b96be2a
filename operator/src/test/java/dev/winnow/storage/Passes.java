package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Passes over a store, one after the other, as a schedule would make them, but without waiting. */
final class Passes {
  /** How old all must be, and how far the passes are apart, while the registry serves. */
  static final Duration SHORT = Duration.ofSeconds(2);

  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Timing QUICK = new Timing(MOMENT, MOMENT, MOMENT, MOMENT);

  final Path root;
  CollectOptions options;
  Volume.Watcher watcher = Volume.Watcher.NONE;
  Pass.Pause pause = time -> {};
  private Consumer<Digest> placed = probe -> {};
  private @Nullable DescriptorCache shared;
  private Duration skipped = Duration.ZERO;
  private Clock clock = Clock.systemUTC();

  private Passes(Path root, CollectOptions options) {
    this.root = root;
    this.options = options;
  }

  /** What a person would tell a pass while no registry runs. */
  static Passes offline(Path root) {
    return new Passes(
        root, options(Duration.ofDays(7), Duration.ofDays(1), Duration.ZERO, true, Timing.REAL));
  }

  /** Passes while a registry serves that has no cache; all ages are short. */
  static Passes online(Path root) {
    return new Passes(root, options(SHORT, SHORT, SHORT, false, QUICK));
  }

  /** Passes that take nothing, however long a test takes. */
  static Passes patient(Path root) {
    Duration day = Duration.ofDays(1);
    return new Passes(root, options(SHORT, day, day, false, QUICK));
  }

  private static CollectOptions options(
      Duration untagged, Duration grace, Duration hold, boolean offline, Timing timing) {
    return CollectOptionsBuilder.builder()
        .untagged(untagged)
        .grace(grace)
        .hold(hold)
        .offline(offline)
        .cache(Cache.NONE)
        .inUse(Set.of())
        .untag(List.of())
        .yes(true)
        .timing(timing)
        .build();
  }

  private Passes with(UnaryOperator<CollectOptionsBuilder> change) {
    options = change.apply(CollectOptionsBuilder.builder(options)).build();
    return this;
  }

  /** With a blob by which registries can be asked what they remember, told of to this. */
  Passes probe(Consumer<Digest> listener) {
    placed = listener;
    return with(edit -> edit.probe(true));
  }

  Passes watcher(Volume.Watcher other) {
    watcher = other;
    return this;
  }

  /** Does this while the pass waits for its second mark. */
  Passes meanwhile(Pass.Pause other) {
    pause = other;
    return this;
  }

  Passes until(Instant until) {
    return with(edit -> edit.until(until));
  }

  Passes dryRun(boolean dry) {
    return with(edit -> edit.dryRun(dry));
  }

  Passes untag(CollectOptions.Untag... tags) {
    return with(edit -> edit.untag(List.of(tags)));
  }

  /** Nobody has looked at what is odd. */
  Passes withoutYes() {
    return with(edit -> edit.yes(false));
  }

  Passes expect(String instance) {
    return with(edit -> edit.expect(instance));
  }

  Passes cache(Cache cache, @Nullable Instant writersSince) {
    return with(edit -> edit.cache(cache).writersSince(writersSince));
  }

  /** Each process was seen to be idle then. */
  Passes drained(Instant time) {
    return with(edit -> edit.drained(time));
  }

  /** How long a request may take of which nobody sees whether it is over. */
  Passes longestRequest(Duration time) {
    return with(edit -> edit.timing(new Timing(MOMENT, time, MOMENT, MOMENT)));
  }

  Passes inUse(Set<Digest> digests) {
    return with(edit -> edit.inUse(digests));
  }

  Passes hold(Duration time) {
    return with(edit -> edit.hold(time));
  }

  Passes takeOnly(boolean only) {
    return with(edit -> edit.takeOnly(only));
  }

  /** Lets time pass, as far as the clock of the collector can be off that of the volume. */
  Passes later(Duration time) {
    clock = Clock.offset(clock, time);
    return this;
  }

  /** The same, in the middle of a pass. */
  void skip(Duration time) {
    skipped = skipped.plus(time);
  }

  Instant now() {
    return clock.instant().plus(skipped);
  }

  Passes shared(DescriptorCache cache) {
    shared = cache;
    return this;
  }

  CollectionReport run() throws IOException {
    return new Pass(new Volume(watcher), root, options, shared, this::now, pause)
        .telling(new Listener(placed))
        .run();
  }

  private record Listener(Consumer<Digest> placed) implements PassProgress {
    @Override
    public void at(String doing, long done, long all, String what) {}

    @Override
    public void placed(Digest probe) {
      placed.accept(probe);
    }
  }

  /** So many passes, each so long after the one before that it may go on with what that began. */
  CollectionReport run(int passes) throws IOException {
    CollectionReport report = run();
    for (int pass = 1; pass < passes; pass++) {
      report = next();
    }
    return report;
  }

  /** One more, so long after the one before. */
  CollectionReport next() throws IOException {
    return later(SHORT.plusMillis(500)).run();
  }
}
