package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.GarbageCollection;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.GarbageCollectionStatusBuilder;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RegistryStatus.Resumed;
import dev.winnow.api.RegistryStatusCollectionsBuilder;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CollectionMemoryTest {
  private static final Instant NOW = Instant.parse("2026-03-01T03:00:00Z");
  private static final Instant AHEAD = NOW.plus(Duration.ofDays(365));

  private static GarbageCollectionResource refuted(String name, Instant end) {
    GarbageCollectionResource collection = new GarbageCollectionResource();
    collection.setMetadata(
        new ObjectMetaBuilder().withName(name).withCreationTimestamp(NOW.toString()).build());
    collection.setStatus(
        GarbageCollectionStatusBuilder.builder(GarbageCollectionStatus.NONE)
            .phase(Phase.Failed)
            .startTime(end.minusSeconds(60))
            .finishTime(end)
            .conditions(
                List.of(
                    new Condition(
                        GarbageCollectionStatus.FAILED,
                        Condition.Status.True,
                        "CacheRefuted",
                        "a pod remembers",
                        end,
                        1L)))
            .build());
    return collection;
  }

  private static CollectionMemory memory(RegistryStatus.Collections before) {
    return new CollectionMemory(before, NOW);
  }

  @Test
  void oneThatHalts() {
    CollectionMemory memory = memory(RegistryStatus.NO_COLLECTIONS);
    memory.take(List.of(refuted("gc", NOW.minusSeconds(1))));
    assertThat(Objects.requireNonNull(memory.toRecord().halt()).reason()).isEqualTo("CacheRefuted");
    assertThat(memory.toRecord().lastTime()).isEqualTo(NOW.minusSeconds(1));
  }

  @Test
  void oneThatWaitedForItAndEndedInTheSameSecondDoesNotHaltASecondTime() {
    GarbageCollectionResource halting = refuted("gc-1", NOW.minusSeconds(1));
    GarbageCollectionResource waited = refuted("gc-2", NOW.minusSeconds(1));
    waited.setStatus(
        GarbageCollectionStatusBuilder.builder(waited.getStatus()).startTime(null).build());
    CollectionMemory memory = memory(RegistryStatus.NO_COLLECTIONS);
    memory.take(List.of(waited, halting));
    RegistryStatus.Collections taken = memory.toRecord();
    assertThat(taken.halt()).isNotNull();
    assertThat(taken.last()).isEqualTo("gc-2");

    CollectionMemory later =
        memory(RegistryStatusCollectionsBuilder.builder(taken).halt(null).build());
    later.take(List.of(waited, halting));
    assertThat(later.toRecord().halt()).as("a person has resumed").isNull();
  }

  @Test
  void whatWasRememberedByAClockThatWasAheadHidesNothing() {
    GarbageCollectionResource halting = refuted("gc", NOW.minusSeconds(1));
    RegistryStatus.Collections before =
        RegistryStatusCollectionsBuilder.builder().last("old").lastTime(AHEAD).build();
    assertThat(CollectionMemory.isCurrent(before, List.of(halting), NOW)).isFalse();
    CollectionMemory memory = memory(before);
    memory.take(List.of(halting));
    assertThat(memory.toRecord().halt()).isNotNull();
    assertThat(CollectionMemory.isCurrent(memory.toRecord(), List.of(halting), NOW)).isTrue();
  }

  @Test
  void oneThatEndedByAClockThatWasAheadIsTakenInOnceAndHidesNothing() {
    GarbageCollectionResource ahead = refuted("ahead", AHEAD);
    CollectionMemory memory = memory(RegistryStatus.NO_COLLECTIONS);
    memory.take(List.of(ahead));
    RegistryStatus.Collections taken = memory.toRecord();
    assertThat(taken.lastTime()).isEqualTo(NOW);
    assertThat(CollectionMemory.isCurrent(taken, List.of(ahead), NOW.plusSeconds(9))).isTrue();

    RegistryStatus.Collections resumed =
        RegistryStatusCollectionsBuilder.builder(taken).halt(null).build();
    CollectionMemory later = new CollectionMemory(resumed, NOW.plusSeconds(9));
    later.take(List.of(ahead));
    assertThat(later.toRecord().halt()).as("not again").isNull();
    later.take(List.of(refuted("next", NOW.plusSeconds(5))));
    assertThat(later.toRecord().halt()).isNotNull();
  }

  /** What a person allows is for the next Job that changes something, whatever comes before it. */
  @Test
  void whatIsAllowedIsUsedUpByAJobThatChangesSomething() {
    Resumed allowed = new Resumed("t", "MostlyUnreferenced", null, null);
    CollectionMemory memory =
        memory(RegistryStatusCollectionsBuilder.builder().resumed(allowed).build());
    GarbageCollectionResource noJob = begunBy("t", false, null);
    memory.use(noJob);
    memory.use(begunBy("t", false, new GarbageCollectionStatus.Job("gc", null)));
    memory.use(begunBy("t", true, new GarbageCollectionStatus.Job("gc", "uid")));
    memory.use(begunBy("s", false, new GarbageCollectionStatus.Job("gc", "uid")));
    assertThat(memory.toRecord().resumed()).isEqualTo(allowed);
    assertThat(CollectionJobs.resumed(memory.toRecord(), begunBy(null, false, null))).isPresent();
    memory.use(begunBy("t", false, new GarbageCollectionStatus.Job("gc", "uid")));
    assertThat(CollectionJobs.resumed(memory.toRecord(), begunBy(null, false, null))).isEmpty();
    assertThat(CollectionJobs.resumed(memory.toRecord(), noJob)).as("the same").isPresent();
  }

  private static GarbageCollectionResource begunBy(
      @Nullable String resumed, boolean dryRun, GarbageCollectionStatus.@Nullable Job job) {
    GarbageCollectionResource collection = new GarbageCollectionResource();
    collection.setMetadata(new ObjectMetaBuilder().withName("gc").build());
    collection.setSpec(
        new StoredSpec.Known<>(
            new GarbageCollection.Spec(new Registry.NameRef("main"), dryRun, null)));
    collection.setStatus(
        GarbageCollectionStatusBuilder.builder(GarbageCollectionStatus.NONE)
            .resumed(resumed)
            .job(job)
            .build());
    return collection;
  }

  @Test
  void anotherOfTheSameNameIsTakenIn() {
    CollectionMemory memory = memory(RegistryStatus.NO_COLLECTIONS);
    memory.take(List.of(refuted("gc", NOW.minusSeconds(9))));
    memory.take(List.of(refuted("gc", NOW.minusSeconds(1))));
    assertThat(memory.toRecord().lastTime()).isEqualTo(NOW.minusSeconds(1));
  }
}
