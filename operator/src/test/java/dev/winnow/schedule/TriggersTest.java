package dev.winnow.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TriggersTest {
  private record Fired(String key, Instant at) {}

  private final BlockingQueue<Fired> fired = new LinkedBlockingQueue<>();
  private final Triggers triggers =
      new Triggers("test", key -> fired.add(new Fired(key, Instant.now())));

  @AfterEach
  void stop() {
    triggers.close();
  }

  @Test
  void firesOnceAndNotEarly() throws InterruptedException {
    Instant at = Instant.now().plusMillis(300);
    triggers.arm("ns/builds", at);
    Fired first = next();
    assertThat(first.key()).isEqualTo("ns/builds");
    assertThat(first.at()).isAfterOrEqualTo(at.minusMillis(1));
    triggers.arm("ns/other", Instant.now());
    assertThat(next().key()).isEqualTo("ns/other");
    assertThat(fired).isEmpty();
  }

  @Test
  void firesAtOnceForWhatIsPast() throws InterruptedException {
    triggers.arm("late", Instant.EPOCH);
    assertThat(next().key()).isEqualTo("late");
  }

  @Test
  void armingAgainReplaces() throws InterruptedException {
    triggers.arm("builds", Instant.now().plusSeconds(3_600));
    triggers.arm("builds", Instant.now());
    assertThat(next().key()).isEqualTo("builds");
    triggers.arm("gone", Instant.now().plusMillis(200));
    triggers.disarm("gone");
    triggers.arm("after", Instant.now().plusMillis(400));
    assertThat(next().key()).isEqualTo("after");
    assertThat(fired).isEmpty();
  }

  private Fired next() throws InterruptedException {
    Fired next = fired.poll(30, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }
}
