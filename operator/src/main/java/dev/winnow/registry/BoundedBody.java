package dev.winnow.registry;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Collects a body into one array up to a bound, and stops reading there. Every end is a value of
 * {@link Body}, so that nothing has to be unwrapped from the HTTP client's exceptions.
 */
final class BoundedBody implements BodySubscriber<Body>, BodyWatch.Watched {
  /** What is reserved before any byte came: a server cannot make us reserve more by a header. */
  private static final int MOST_RESERVED = 64 << 10;

  private final long limit;
  private final boolean keepBeginning;
  private final BodyWatch watch;
  private final CompletableFuture<Body> result = new CompletableFuture<>();
  private final long startedAt;
  private volatile long progressAt;
  private byte[] bytes;
  private int length;
  private Flow.@Nullable Subscription subscription;

  /**
   * @param limit how many bytes are taken
   * @param keepBeginning whether a larger body is cut there, instead of {@link Body.TooLarge}
   * @param announced its length by the headers, negative when they do not say
   */
  BoundedBody(long limit, boolean keepBeginning, long announced, BodyWatch watch) {
    this.limit = limit;
    this.keepBeginning = keepBeginning;
    this.watch = watch;
    this.startedAt = watch.now();
    this.progressAt = startedAt;
    long expected = announced < 0 ? 4096 : announced;
    this.bytes = new byte[(int) Math.min(Math.min(expected, limit), MOST_RESERVED)];
  }

  @Override
  public CompletionStage<Body> getBody() {
    return result;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    watch.add(this);
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    if (result.isDone()) {
      return;
    }
    progressAt = watch.now();
    for (ByteBuffer buffer : buffers) {
      int taken = (int) Math.min(buffer.remaining(), limit - length);
      if (bytes.length - length < taken) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(length + taken, length * 2L)));
      }
      buffer.get(bytes, length, taken);
      length += taken;
      if (buffer.hasRemaining()) {
        stop(keepBeginning ? whole() : new Body.TooLarge(limit));
        return;
      }
    }
  }

  @Override
  public void onError(Throwable cause) {
    end(new Body.CutOff(cause));
  }

  @Override
  public void onComplete() {
    end(whole());
  }

  @Override
  public void check(long now, Duration idle) {
    if (now - progressAt > idle.toNanos()) {
      stop(new Body.Stalled("the body stopped for more than " + idle.toSeconds() + " s"));
    } else if (now - startedAt > idle.toNanos() * 4) {
      stop(new Body.Stalled("the body took more than " + idle.multipliedBy(4).toSeconds() + " s"));
    }
  }

  private Body whole() {
    return new Body.Whole(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
  }

  private void stop(Body body) {
    end(body);
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }

  private void end(Body body) {
    watch.remove(this);
    result.complete(body);
  }
}
