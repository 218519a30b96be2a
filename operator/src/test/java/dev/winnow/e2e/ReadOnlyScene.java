package dev.winnow.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.testing.ClusterRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.PushAttempts;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A registry with a {@link Stock}, to which clients push all the time, and one collection {@code
 * gc} in a read-only window.
 */
final class ReadOnlyScene implements AutoCloseable {
  private static final Duration OFTEN = Duration.ofMillis(200);

  private final UserNamespace user;
  private final Supplier<String> log;
  private final ClusterRegistry registry;
  private final PushAttempts attempts;
  private final Stock stock;

  /** A moment of a collection, which is over once the next one is there. */
  enum Moment {
    /** The window is about to open. */
    OPENING,
    /** It is open: the Job that takes. */
    COLLECTING,
    /** It is about to close. */
    CLOSING,
    /** It is closed: the Job that purges. */
    SECOND,
    /** That has begun to. */
    PURGING;

    private boolean isReached(JsonNode status) {
      String phase = status.path("phase").asText();
      return switch (this) {
        case OPENING -> !phase.isEmpty() && !phase.equals("Pending");
        case COLLECTING -> status.has("job");
        case CLOSING -> status.path("window").has("ended");
        case SECOND -> status.path("job").path("name").asText().equals("gc-2");
        case PURGING -> phase.equals("Purging") || status.has("finishTime");
      };
    }
  }

  /**
   * Closes the registry, too.
   *
   * @param cache fields of the Registry's {@code storage} that say what the registry remembers
   */
  ReadOnlyScene(
      UserNamespace user,
      ClusterRegistry registry,
      RegistryVersion version,
      String cache,
      Supplier<String> log) {
    this.user = user;
    this.registry = registry;
    this.log = log;
    try (ImagePusher images = registry.pusher()) {
      this.stock = Stock.push(registry, images, version);
    }
    this.attempts = PushAttempts.against(registry);
    await().atMost(UserNamespace.SOON).until(() -> attempts.taken() > 2);
    user.registry(
        registry,
        ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry}, "
            + cache
            + "}, garbageCollection: {mode: ReadOnly}");
  }

  Stock stock() {
    return stock;
  }

  PushAttempts attempts() {
    return attempts;
  }

  /** Has the collectors take their time. */
  void slow() {
    cpu("\"100m\"");
  }

  /** Has those that are made from now on take no more time than they need. */
  void fast() {
    cpu("null");
  }

  private void cpu(String limit) {
    user.kubectl()
        .run(
            "patch",
            "wreg",
            "main",
            "--type=merge",
            "--patch={\"spec\": {\"garbageCollection\": {\"job\": {\"resources\": {\"limits\":"
                + " {\"memory\": \"512Mi\", \"cpu\": "
                + limit
                + "}}}}}}");
  }

  /** Returns once the first collector runs; gives its pod. */
  String awaitCollector() {
    String[] command = {
      "get",
      "pods",
      "-l",
      "batch.kubernetes.io/job-name=gc",
      "--field-selector",
      "status.phase=Running",
      "-o",
      "jsonpath={.items[*].metadata.name}"
    };
    return await()
        .atMost(UserNamespace.SOON)
        .pollInterval(OFTEN)
        .until(() -> user.kubectl().run(command), name -> !name.isEmpty());
  }

  void begin() {
    user.startCollection("gc", "");
  }

  /** Returns once the collection has come so far. */
  void awaitMoment(Moment moment) {
    awaitCollection(moment.name(), moment::isReached);
  }

  /** Returns once it has ended; gives the reason. */
  String awaitEnd() {
    awaitCollection("end", status -> status.has("finishTime"));
    return user.collection("gc", "conditions[0].reason");
  }

  private void awaitCollection(String what, Predicate<JsonNode> condition) {
    await()
        .alias(what)
        .atMost(UserNamespace.SOON)
        .pollInterval(OFTEN)
        .untilAsserted(() -> assertThat(condition.test(status())).as(log).isTrue());
  }

  private JsonNode status() throws JsonProcessingException {
    return new JsonMapper()
        .readTree(user.kubectl().run("get", "wgc", "gc", "-o", "json"))
        .path("status");
  }

  /** A time in the status of the collection. */
  Duration seconds() {
    return Duration.ofSeconds(Long.parseLong(user.collection("gc", "window.seconds")));
  }

  /**
   * Returns once nothing of a window is left on the Deployment, and a client has pushed since; ends
   * the pushes, and looks whether all that was acknowledged is there.
   */
  void assertWritesAndIsWhole() {
    user.awaitNoWindow(log);
    int before = attempts.taken();
    await().atMost(UserNamespace.SOON).until(() -> attempts.taken() > before + 2);
    attempts.end();
    assertThat(attempts.others()).as("neither taken nor refused").isEmpty();
    try (ImagePusher fresh = registry.pusher()) {
      fresh.push("team/app", "after", TestImages.oci("after").build());
      assertThat(attempts.wrong(fresh)).isEmpty();
      stock.assertKept(fresh);
    }
  }

  @Override
  public void close() {
    attempts.close();
    registry.close();
  }
}
