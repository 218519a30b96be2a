package dev.winnow.api;

import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far a {@link GarbageCollection} came and what it did.
 *
 * @param observedGeneration the generation that this was found for
 * @param phase the conditions in one word
 * @param conditions Complete or Failed once the collection has ended, as of a Job
 * @param registry host and port of the registry
 * @param settings the Registry's settings at the start, by which it is done
 * @param job the Job that does it
 * @param startTime when it had the registry's lock
 * @param finishTime when it ended
 * @param progress how far a phase is, or what it waits for
 * @param resumed the value of winnow.dev/resume by which a person lets it go on in spite of what it
 *     was stopped by
 * @param result what it found and did
 * @param freed bytes that are free by it, for people
 * @param held bytes that nothing needs and that are not free yet, for people
 * @param restored bytes that it brought back, for people
 * @param duration how long it took, for people
 * @param window the time in which the registry takes no writes for it
 * @param restart of the registry's pods, before it
 * @param probe what the registry's pods said when they were asked what they remember
 */
@RecordBuilder
public record GarbageCollectionStatus(
    @Nullable Long observedGeneration,
    @Nullable Phase phase,
    @Size(max = 16) List<Condition> conditions,
    @Nullable String registry,
    @PreserveUnknownFields @SchemaFrom(type = Opaque.class)
        @Nullable GarbageCollectionSettings settings,
    @Nullable Job job,
    @Nullable Instant startTime,
    @Nullable Instant finishTime,
    @Nullable String progress,
    @Nullable String resumed,
    @Nullable Result result,
    @Nullable String freed,
    @Nullable String held,
    @Nullable String restored,
    @Nullable String duration,
    @Nullable Window window,
    @Nullable Restart restart,
    @Nullable Probe probe) {

  /** The phases of a collection. */
  public enum Phase {
    Pending,
    WaitingForRegistry,
    Marking,
    Quarantining,
    Purging,
    Succeeded,
    Failed;

    /** Whether nothing comes after it. */
    public boolean isEnd() {
      return this == Succeeded || this == Failed;
    }

    /** Whether its Job is there, or is about to be. */
    public boolean isWorking() {
      return this == Marking || this == Quarantining || this == Purging;
    }
  }

  /**
   * @param name of the Job
   * @param uid of the Job; absent until it was seen
   */
  public record Job(String name, @Nullable String uid) {}

  /**
   * @param began when its intent was written
   * @param until when it ends, done or not
   * @param opened when nothing could write any more
   * @param ended when it was to be closed
   * @param closed when all could write again
   * @param seconds from its beginning until then
   * @param reason what was wrong with it or with what was done in it, in a word
   * @param message the same for people
   */
  public record Window(
      Instant began,
      Instant until,
      @Nullable Instant opened,
      @Nullable Instant ended,
      @Nullable Instant closed,
      @Nullable Long seconds,
      @Nullable String reason,
      @Nullable String message) {
    /** One that is about to begin. */
    public static Window from(Instant now, Duration time) {
      return new Window(now, now.plus(time), null, null, null, null, null, null);
    }

    /** The same, once nothing can write. */
    public Window open(Instant now) {
      return new Window(began, until, now, ended, closed, seconds, reason, message);
    }

    /** The same, to be closed; a reason is what was wrong. */
    public Window end(Instant now, @Nullable String why, @Nullable String text) {
      return new Window(began, until, opened, now, closed, seconds, why, text);
    }

    /** The same, closed. */
    public Window close(Instant now) {
      long time = Duration.between(began, now).toSeconds();
      return new Window(began, until, opened, ended, now, time, reason, message);
    }
  }

  /**
   * @param began when it began
   * @param done when all pods were new; absent where that did not come
   * @param message why not, for people
   */
  public record Restart(Instant began, @Nullable Instant done, @Nullable String message) {
    /** Whether nobody waits for it any more. */
    public boolean over() {
      return done != null || message != null;
    }
  }

  /**
   * A blob of Winnow's own, by which the registry's pods tell what they remember.
   *
   * @param before what they said, before the Job began, of those that earlier collections took
   * @param digest the digest of this collection's own; absent where it had none
   * @param placed what they said of it while it was in place
   * @param taken when the collector took it
   * @param after what they said of it then
   */
  public record Probe(
      @Nullable Answer before,
      @Nullable String digest,
      @Nullable Answer placed,
      @Nullable Instant taken,
      @Nullable Answer after) {
    /** Nobody was asked. */
    public static final Probe NONE = new Probe(null, null, null, null, null);

    /** The same, with what was said of earlier ones. */
    public Probe withBefore(Answer answer) {
      return new Probe(answer, digest, placed, taken, after);
    }

    /** The same, with one in its place. */
    public Probe withPlaced(String of, Answer answer) {
      return new Probe(before, of, answer, taken, after);
    }

    /** The same, taken. */
    public Probe withTaken(String of, Instant at, Answer answer) {
      return new Probe(before, of, placed, at, answer);
    }
  }

  /** What pods say of a blob. */
  public enum Said {
    /** All of them have it. */
    Found,
    /** None of them has it. */
    NotFound,
    /** Some have it, and some have not. */
    Mixed,
    /** Not all of them could be asked, and of those that could none has it. */
    Unknown
  }

  /**
   * @param time when they had been asked
   * @param pods how many were asked
   * @param said what they said
   * @param message the same for people
   */
  public record Answer(Instant time, int pods, Said said, String message) {
    /** Whether one of them has it. */
    public boolean anyFound() {
      return said == Said.Found || said == Said.Mixed;
    }
  }

  /** Whether it has begun and not ended: its registry is its own. */
  public boolean underWay() {
    Phase now = phase == null ? Phase.Pending : phase;
    return now.isWorking() || ((window != null || restart != null) && !now.isEnd());
  }

  /**
   * What the collector found and did.
   *
   * @param pass name of the pass, by which winnow restore knows it
   * @param instance which volume it is
   * @param repositories repositories on the volume
   * @param manifests manifests on the volume
   * @param blobs all data on the volume
   * @param candidates what was to be taken
   * @param waiting what nothing needs and is not old enough, or not seen often enough, yet
   * @param quarantined what was taken
   * @param held what is in the trash
   * @param restored what was brought back
   * @param purged what was removed for good
   * @param untaggedKept manifests without a tag that are too young to go
   * @param tidied what registries had left behind
   * @param untagged tags that it deleted, which runs had left to it
   * @param probed a blob of Winnow's own that no pod may remember any more
   * @param tainted repositories all of which is kept, as something in them is not understood
   * @param damaged what tags need and the volume does not have
   * @param cut whether more was found than is told here
   */
  @RecordBuilder
  public record Result(
      @Nullable String pass,
      @Nullable String instance,
      @Nullable Long repositories,
      @Nullable Long manifests,
      @Nullable Blobs blobs,
      @Nullable Items candidates,
      @Nullable Waiting waiting,
      @Nullable Items quarantined,
      @Nullable Waiting held,
      @Nullable Items restored,
      @Nullable Items purged,
      @Nullable Long untaggedKept,
      @Nullable Tidied tidied,
      @Nullable Long untagged,
      @Nullable Probed probed,
      @Nullable Found tainted,
      @Nullable Damage damaged,
      @Nullable Boolean cut) {
    /** What two passes came to, one after the other: what they did, and what is left now. */
    public Result after(@Nullable Result first) {
      return first == null
          ? this
          : GarbageCollectionStatusResultBuilder.builder(this)
              .candidates(first.candidates)
              .quarantined(Items.sum(first.quarantined, quarantined))
              .restored(Items.sum(first.restored, restored))
              .purged(Items.sum(first.purged, purged))
              .tidied(Tidied.sum(first.tidied, tidied))
              .untagged(untagged == null ? first.untagged : untagged)
              .probed(probed == null ? first.probed : probed)
              .build();
    }
  }

  /**
   * @param total how many there are
   * @param live how many something needs
   * @param bytes of all
   */
  public record Blobs(long total, long live, long bytes) {}

  /**
   * @param blobs data
   * @param manifests links of manifests
   * @param bytes of the data
   */
  public record Items(long blobs, @Nullable Long manifests, long bytes) {
    static @Nullable Items sum(@Nullable Items a, @Nullable Items b) {
      if (a == null || b == null) {
        return a == null ? b : a;
      }
      Long links =
          a.manifests == null
              ? b.manifests
              : Long.valueOf(a.manifests + (b.manifests == null ? 0 : b.manifests));
      return new Items(a.blobs + b.blobs, links, a.bytes + b.bytes);
    }
  }

  /**
   * @param blobs data
   * @param manifests links of manifests
   * @param bytes of the data
   * @param earliest when the first of it may go; absent where that is not a matter of time
   * @param why what it waits for
   */
  public record Waiting(
      long blobs,
      @Nullable Long manifests,
      long bytes,
      @Nullable Instant earliest,
      @Nullable String why) {}

  /**
   * @param layerLinks links of layers that are gone
   * @param directories empty folders
   * @param uploads uploads that were never finished
   * @param temporaries other files
   */
  public record Tidied(long layerLinks, long directories, long uploads, long temporaries) {
    static @Nullable Tidied sum(@Nullable Tidied a, @Nullable Tidied b) {
      return a == null || b == null
          ? a == null ? b : a
          : new Tidied(
              a.layerLinks + b.layerLinks,
              a.directories + b.directories,
              a.uploads + b.uploads,
              a.temporaries + b.temporaries);
    }
  }

  /**
   * @param repository the repository that it was in
   * @param digest its digest
   * @param at right before it was taken
   */
  public record Probed(String repository, String digest, Instant at) {}

  /**
   * @param count how many
   * @param digest of all of them: another one means that something else was found
   * @param first the first few
   */
  public record Found(long count, @Nullable String digest, @Size(max = 16) List<String> first) {
    @SuppressWarnings("ConstantValue")
    public Found {
      first = first == null ? List.of() : List.copyOf(first);
    }
  }

  /**
   * @param count how many things tags need and the volume does not have
   * @param before how many of them were missing before the first collection
   * @param since the pass that found the latest of the others; absent where there are none
   * @param first the first few, the latest first
   */
  public record Damage(
      long count,
      @Nullable Long before,
      @Nullable String since,
      @Size(max = 16) List<String> first) {
    @SuppressWarnings("ConstantValue")
    public Damage {
      first = first == null ? List.of() : List.copyOf(first);
    }
  }

  /** The condition of a collection that did all that it should. */
  public static final String COMPLETE = RetentionRunStatus.COMPLETE;

  /** The condition of a collection that did not. */
  public static final String FAILED = RetentionRunStatus.FAILED;

  /** A collection of which nothing is known yet. */
  public static final GarbageCollectionStatus NONE =
      GarbageCollectionStatusBuilder.builder().build();

  @SuppressWarnings("ConstantValue")
  public GarbageCollectionStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** The condition that says why it has ended. */
  public Optional<Condition> why() {
    return Stream.of(FAILED, COMPLETE)
        .flatMap(type -> Condition.find(conditions, type).stream())
        .findFirst();
  }

  /** The same in another phase. */
  public GarbageCollectionStatus in(Phase other, @Nullable String otherProgress) {
    return GarbageCollectionStatusBuilder.builder(this)
        .phase(other)
        .progress(otherProgress)
        .build();
  }

  /** The same, seen at a generation. */
  public GarbageCollectionStatus observed(@Nullable Long generation) {
    return GarbageCollectionStatusBuilder.builder(this).observedGeneration(generation).build();
  }

  /** The same, begun on a registry with its settings of now. */
  public GarbageCollectionStatus started(
      String hostPort,
      GarbageCollectionSettings now,
      String jobName,
      Instant at,
      @Nullable String resumedBy) {
    return afresh(hostPort, now, at, resumedBy)
        .phase(Phase.Marking)
        .job(new Job(jobName, null))
        .progress(null)
        .build();
  }

  /** The same, before its registry is read-only. */
  public GarbageCollectionStatus opening(
      String hostPort,
      GarbageCollectionSettings now,
      Window wanted,
      @Nullable String resumedBy,
      String otherProgress) {
    return afresh(hostPort, now, wanted.began(), resumedBy)
        .phase(Phase.WaitingForRegistry)
        .job(null)
        .progress(otherProgress)
        .window(wanted)
        .build();
  }

  /** Nothing is done yet. */
  private GarbageCollectionStatusBuilder afresh(
      String hostPort, GarbageCollectionSettings now, Instant at, @Nullable String resumedBy) {
    return GarbageCollectionStatusBuilder.builder(this)
        .registry(hostPort)
        .settings(now)
        .startTime(at)
        .finishTime(null)
        .resumed(resumedBy)
        .result(null)
        .freed(null)
        .held(null)
        .restored(null)
        .duration(null);
  }

  /** The same, with its registry's lock, where it is to end before anything is done. */
  public GarbageCollectionStatus begun(String hostPort, Instant at, @Nullable String resumedBy) {
    return GarbageCollectionStatusBuilder.builder(this)
        .registry(hostPort)
        .startTime(at)
        .resumed(resumedBy)
        .build();
  }

  /** The same, with another state of its window. */
  public GarbageCollectionStatus with(Window other) {
    return GarbageCollectionStatusBuilder.builder(this).window(other).build();
  }

  /** The same, with another state of the restart. */
  public GarbageCollectionStatus with(@Nullable Restart other) {
    return GarbageCollectionStatusBuilder.builder(this).restart(other).build();
  }

  /** The same, with what is known of what its registry remembers. */
  public GarbageCollectionStatus with(Probe other) {
    return GarbageCollectionStatusBuilder.builder(this).probe(other).build();
  }

  /** The same, with its Job seen. */
  public GarbageCollectionStatus by(Job seen) {
    return GarbageCollectionStatusBuilder.builder(this).job(seen).build();
  }

  /** The same with what it did, and that for people. */
  public GarbageCollectionStatus did(
      Result done, @Nullable String free, @Nullable String stays, @Nullable String back) {
    return GarbageCollectionStatusBuilder.builder(this)
        .result(done)
        .freed(free)
        .held(stays)
        .restored(back)
        .build();
  }

  /** The same, at its end. */
  public GarbageCollectionStatus finished(
      Phase end, List<Condition> why, Instant at, @Nullable String took) {
    return GarbageCollectionStatusBuilder.builder(this)
        .phase(end)
        .conditions(why)
        .finishTime(at)
        .progress(null)
        .duration(took)
        .build();
  }
}
