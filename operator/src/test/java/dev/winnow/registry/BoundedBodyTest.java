package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoundedBodyTest {
  private static final Duration IDLE = Duration.ofMinutes(10);

  private final AtomicLong now = new AtomicLong();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final BodyWatch watch = new BodyWatch(IDLE, now::get);

  @AfterEach
  void close() {
    watch.close();
  }

  @Test
  void collectsWhatComes() {
    BoundedBody body = body(10, false, -1);
    send(body, "01234");
    send(body, "56789");
    body.onComplete();
    assertThat(text(body)).isEqualTo("0123456789");
    assertThat(cancelled).isFalse();
  }

  @Test
  void stopsReadingAtTheBound() {
    BoundedBody body = body(10, false, 1_000_000_000);
    send(body, "01234567890");
    assertThat(result(body)).isEqualTo(new Body.TooLarge(10));
    assertThat(cancelled).isTrue();
    send(body, "more that was on its way");
    assertThat(result(body)).isEqualTo(new Body.TooLarge(10));
  }

  @Test
  void keepsTheBeginningOfAnError() {
    BoundedBody body = body(10, true, -1);
    send(body, "01234567890");
    assertThat(text(body)).isEqualTo("0123456789");
    assertThat(cancelled).isTrue();
  }

  @Test
  void endsWhenItBreaks() {
    BoundedBody body = body(10, false, -1);
    send(body, "0");
    IOException broken = new IOException("broken");
    body.onError(broken);
    assertThat(result(body)).isEqualTo(new Body.CutOff(broken));
  }

  @Test
  void endsWhenNothingComes() {
    BoundedBody body = body(10, false, -1);
    pass(IDLE);
    body.check(now.get(), IDLE);
    assertThat(body.getBody().toCompletableFuture()).isNotDone();
    pass(Duration.ofNanos(1));
    body.check(now.get(), IDLE);
    assertThat(result(body)).isEqualTo(new Body.Stalled("the body stopped for more than 600 s"));
    assertThat(cancelled).isTrue();
  }

  @Test
  void endsWhenItDripsForTooLong() {
    BoundedBody body = body(10, false, -1);
    for (int i = 0; i < 4; i++) {
      pass(IDLE);
      send(body, "0");
      body.check(now.get(), IDLE);
    }
    assertThat(body.getBody().toCompletableFuture()).isNotDone();
    pass(Duration.ofNanos(1));
    body.check(now.get(), IDLE);
    assertThat(result(body)).isEqualTo(new Body.Stalled("the body took more than 2400 s"));
  }

  private BoundedBody body(long limit, boolean keepBeginning, long announced) {
    BoundedBody body = new BoundedBody(limit, keepBeginning, announced, watch);
    body.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long count) {}

          @Override
          public void cancel() {
            cancelled.set(true);
          }
        });
    return body;
  }

  private void pass(Duration duration) {
    now.addAndGet(duration.toNanos());
  }

  private static void send(BoundedBody body, String text) {
    body.onNext(List.of(ByteBuffer.wrap(text.getBytes(UTF_8))));
  }

  private static Body result(BoundedBody body) {
    return body.getBody().toCompletableFuture().join();
  }

  private static String text(BoundedBody body) {
    return new String(((Body.Whole) result(body)).bytes(), UTF_8);
  }
}
