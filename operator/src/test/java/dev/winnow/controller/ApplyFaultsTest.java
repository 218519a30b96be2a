package dev.winnow.controller;

import static dev.winnow.controller.OperatorWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.testing.Fault;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestProxy.Request;
import dev.winnow.testing.TestRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What goes wrong in the middle of an application ends it, or is waited for. */
@Tag("server")
class ApplyFaultsTest {
  private static final int OLD = 3;

  private final TestRegistry registry = TestRegistry.of(RegistryVersion.V3).delete(true).start();
  private final ImagePusher images = ImagePusher.to(registry.url());
  private final TestProxy proxy = TestProxy.before(registry.url());
  private final OperatorWorld world = new OperatorWorld();

  @BeforeEach
  void push() {
    OperatorWorld.pushOld(images, OLD);
  }

  @AfterEach
  void close() {
    world.close();
    proxy.close();
    images.close();
    registry.close();
  }

  private String enforce() {
    world.registry(proxy.url().toString(), ", client: {concurrency: 1}");
    world.policy("builds", "mode: Enforce");
    return world.run("builds", "");
  }

  private static Condition failure(RetentionRunStatus ended) {
    return Condition.find(ended.conditions(), "Failed")
        .orElseThrow(() -> new AssertionError("did not fail: " + ended));
  }

  private static boolean deletes(Request request) {
    return request.is("DELETE", ".*") && !request.path().contains("sha256:000000");
  }

  @Test
  void aClockThatGoesWrongFailsTheRun() {
    images.push("team/z", "old-1", TestImages.oci("z").build());
    images.push("team/z", "new", TestImages.oci("z new").build());
    String inAnHour =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Instant.now().plusSeconds(3600).atZone(ZoneOffset.UTC));
    AtomicBoolean deleted = new AtomicBoolean();
    proxy.rule(request -> {
      if (deletes(request)) {
        deleted.set(true);
        return null;
      }
      return deleted.get() ? new Fault.Headers(Map.of("Date", inAnHour)) : null;
    });
    world.start();
    RetentionRunStatus ended = world.awaitEnd(enforce());
    assertThat(failure(ended))
        .returns("ClockSkew", Condition::reason)
        .satisfies(why ->
            assertThat(why.message())
                .contains("Set both clocks", OLD + " tags deleted, 1 skipped, 0 failed"));
    assertThat(ended.phase()).isEqualTo(Phase.Failed);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 1, 0, 0));
    assertThat(images.tags("team/z")).containsExactly("new", "old-1");
  }

  @Test
  void aRegistryThatIsReadOnlyForAWhileIsWaitedFor() {
    AtomicInteger deletes = new AtomicInteger();
    Fault readOnly =
        new Fault.Respond(405, Map.of("Content-Type", "text/plain"), "Method not allowed");
    proxy.rule(request -> {
      int before = deletes(request) ? deletes.getAndIncrement() : 0;
      return before == 1 || before == 2 ? readOnly : null;
    });
    world.start();
    RetentionRunStatus ended = world.awaitEnd(enforce());
    assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD, 0, 0, 0));
    assertThat(deletes).hasValue(OLD + 2);
    assertThat(images.tags("team/app")).containsExactly("new");
  }

  @Test
  void aSignatureGoesWithTheImageThatGoesLater() {
    TestImage subject = TestImages.oci("old 2").build();
    images.push(
        "team/app", TestImages.cosignTag(subject, "sig"), TestImages.cosignSignature(subject));
    AtomicInteger deletes = new AtomicInteger();
    proxy.rule(request ->
        deletes(request)
                && request.path().endsWith("/old-2")
                && deletes.incrementAndGet() <= RetryPolicy.DEFAULT.attempts()
            ? new Fault.Respond(429, Map.of("Retry-After", "0"), "")
            : null);
    world.start();
    RetentionRunStatus ended = world.awaitEnd(enforce());
    assertThat(ended.phase()).as("%s", ended).isEqualTo(Phase.Succeeded);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD + 1, 0, 0, 0));
    assertThat(images.tags("team/app")).containsExactly("new");
  }

  @Test
  void aTagThatCannotBeDeletedIsLeftWhenPatienceEnds() {
    proxy.rule(request ->
        deletes(request) && request.path().endsWith("/old-2")
            ? new Fault.Respond(429, Map.of("Retry-After", "0"), "")
            : null);
    world.start(new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(3)));
    RetentionRunStatus ended = world.awaitEnd(enforce());
    assertThat(failure(ended))
        .returns("Partial", Condition::reason)
        .satisfies(why -> assertThat(why.message()).contains("team/app:old-2"));
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(OLD - 1, 0, 0, 1));
    assertThat(images.tags("team/app")).containsExactly("new", "old-2");
  }

  @Test
  void aRegistryThatStaysAwayFailsTheRunWithItsCounts() {
    Gate gate = new Gate();
    proxy.rule(gate::hold);
    world.start(new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(2)));
    String run = enforce();
    gate.awaitHeld();
    registry.stop();
    gate.open();
    RetentionRunStatus ended = world.awaitEnd(run);
    registry.restart();
    assertThat(failure(ended)).returns("Unreachable", Condition::reason);
    assertThat(result(ended)).isEqualTo(new RetentionRunStatus.Result(1, 0, 0, OLD - 1));
    assertThat(images.tags("team/app")).hasSize(OLD);
  }
}
