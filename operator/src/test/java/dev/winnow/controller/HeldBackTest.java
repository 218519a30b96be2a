package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.GarbageCollectionSettings;
import dev.winnow.api.GarbageCollectionSettings.Untagged;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.GarbageCollectionStatus.Waiting;
import dev.winnow.api.GarbageCollectionStatusResultBuilder;
import dev.winnow.api.Registry;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Why space is not free yet, in the words of a Registry's condition. */
class HeldBackTest {
  private static final Instant LATER = Instant.parse("2026-11-24T02:00:00Z");

  private static Optional<HeldBack> of(Result result, String olderThan) {
    GarbageCollectionSettings settings =
        new GarbageCollectionSettings(
            null, null, null, null, new Untagged(olderThan), null, null, null, null, null);
    Registry.Spec spec =
        new Registry.Spec(
            "http://registry:5000",
            List.of(),
            null,
            null,
            new Registry.Client(null, null),
            Registry.Deletion.Api,
            null,
            settings);
    return HeldBack.of(result, spec, ZoneId.of("UTC"));
  }

  private static GarbageCollectionStatusResultBuilder result() {
    return GarbageCollectionStatusResultBuilder.builder();
  }

  @Test
  void nothingIsHeldBack() {
    assertThat(of(result().untaggedKept(0L).build(), "7d")).isEmpty();
  }

  @Test
  void whatIsNotOldEnough() {
    assertThat(of(result().waiting(new Waiting(2, null, 2048, LATER, null)).build(), "7d"))
        .contains(
            new HeldBack(
                "SecondMarkPending",
                "2 blobs (2.0Ki) in place must be seen unneeded once more, until 2026-11-24 02:00"
                    + " UTC at the earliest (spec.garbageCollection.gracePeriod)"));
  }

  @Test
  void manifestsWithoutATag() {
    assertThat(of(result().untaggedKept(3L).build(), "7d"))
        .contains(
            new HeldBack(
                "UntaggedKept",
                "3 manifests without a tag, and their layers, stay until they are old enough"
                    + " (spec.garbageCollection.untagged.olderThan: 7d)"));
    assertThat(of(result().untaggedKept(3L).build(), "Never"))
        .contains(
            new HeldBack(
                "UntaggedKept",
                "3 manifests without a tag, and their layers, stay"
                    + " (spec.garbageCollection.untagged.olderThan: Never)"));
  }

  /** Of several the one counts that a person can do something about. */
  @Test
  void whatARegistryRemembersComesFirst() {
    Result several =
        result()
            .held(new Waiting(1, null, 10, LATER, "Hold"))
            .waiting(new Waiting(2, null, 20, null, null))
            .untaggedKept(3L)
            .build();
    assertThat(of(several, "7d"))
        .hasValueSatisfying(held -> {
          assertThat(held.reason()).isEqualTo("RegistryNotRestarted");
          assertThat(held.message())
              .contains("1 blobs (10B) in the trash", "restart its pods", "3 manifests");
        });
  }
}
