package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.SeenWriters;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** More containers than are remembered, and what becomes of that. */
class WriterMemoryTest {
  private static final Instant START = Instant.parse("2026-11-20T00:00:00Z");
  private static final int MANY = SeenWriters.CONTAINERS + 1;

  private WriterMemory memory = new WriterMemory(SeenWriters.none("claim"));

  @Test
  void moreThanFitAreForgottenAboutOnceAllAreNew() {
    look(users(MANY, START), id -> false, 0);
    assertThat(memory.seen().containers()).hasSize(SeenWriters.CONTAINERS);
    assertIncomplete(users(MANY, START));

    List<VolumeUser> old = users(2, START);
    look(old, id -> true, 60);
    assertIncomplete(old);
    look(List.of(user(0, START), user(1, START.plusSeconds(61))), id -> false, 120);
    assertThat(memory.seen().incomplete()).as("one is from before").isTrue();

    List<VolumeUser> fresh = users(2, START.plusSeconds(61));
    look(fresh, id -> true, 180);
    assertThat(memory.overflow()).isEmpty();
    assertThat(memory.since(fresh, START.plusSeconds(180))).contains(START.plusSeconds(61));
  }

  /** Those that there is no place for may be among what was not seen to end. */
  @Test
  void aFullListMayLackSome() {
    look(users(MANY, START), id -> false, 0);
    look(List.of(), id -> false, 60);
    assertIncomplete(List.of());
    look(List.of(), id -> true, 120);
    assertThat(memory.since(List.of(), START.plusSeconds(120))).isPresent();
  }

  /** Stored by an operator that did not say when. */
  @Test
  void ofWhichNobodyKnowsWhenItWasCountsFromNowOn() {
    memory = new WriterMemory(new SeenWriters("claim", List.of(), List.of(), null, true, null));
    List<VolumeUser> old = users(1, START);
    look(old, id -> false, 60);
    assertIncomplete(old);
    List<VolumeUser> fresh = users(1, START.plusSeconds(61));
    look(fresh, id -> true, 120);
    assertThat(memory.since(fresh, START.plusSeconds(120))).isPresent();
  }

  private void look(List<VolumeUser> users, Predicate<String> ended, long seconds) {
    memory =
        memory.after(
            users,
            Set.of(),
            ended,
            gone -> false,
            node -> Optional.empty(),
            START.plusSeconds(seconds));
  }

  private void assertIncomplete(List<VolumeUser> users) {
    assertThat(memory.since(users, START.plusSeconds(3600))).isEmpty();
    assertThat(memory.overflow())
        .hasValueSatisfying(remark -> assertThat(remark).contains("256", "rollout restart"));
  }

  private static List<VolumeUser> users(int count, Instant since) {
    return IntStream.range(0, count).mapToObj(i -> user(i, since)).toList();
  }

  private static VolumeUser user(int number, Instant since) {
    Container container = new ContainerBuilder().withName("registry").build();
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("registry-" + number)
            .withUid("uid-" + number)
            .withCreationTimestamp(since.toString())
            .endMetadata()
            .withNewSpec()
            .withNodeName("node-1")
            .withContainers(container)
            .endSpec()
            .build();
    return new VolumeUser(
        pod,
        container,
        Optional.of(
            new ContainerStatusBuilder()
                .withName("registry")
                .withContainerID("containerd://" + number + "-" + since.getEpochSecond())
                .withNewState()
                .withNewRunning()
                .withStartedAt(since.toString())
                .endRunning()
                .endState()
                .build()));
  }
}
