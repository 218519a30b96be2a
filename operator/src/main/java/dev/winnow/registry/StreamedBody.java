package dev.winnow.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body as a stream: taken from the network as it is read, so that memory does not grow with it.
 * May come slowly, but not stop.
 */
final class StreamedBody extends InputStream implements BodySubscriber<Body> {
  private final Duration idle;
  private final CompletableFuture<Body> ready =
      CompletableFuture.completedFuture(new Body.Stream(this));
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
  private boolean ended;

  /** The body may be closed before it began: whoever comes second cancels. */
  private volatile boolean cancelled;

  private volatile Flow.@Nullable Subscription subscription;

  /** What the network brought. */
  private sealed interface Event {
    record Data(List<ByteBuffer> buffers) implements Event {}

    record End() implements Event {}

    record Broken(Throwable cause) implements Event {}
  }

  StreamedBody(Duration idle) {
    this.idle = idle;
  }

  @Override
  public CompletionStage<Body> getBody() {
    return ready;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (cancelled) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> data) {
    events.add(new Event.Data(data));
  }

  @Override
  public void onError(Throwable cause) {
    events.add(new Event.Broken(cause));
  }

  @Override
  public void onComplete() {
    events.add(new Event.End());
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int wanted) throws IOException {
    if (wanted == 0) {
      return 0;
    }
    ByteBuffer buffer = nextBuffer();
    if (buffer == null) {
      return -1;
    }
    int count = Math.min(wanted, buffer.remaining());
    buffer.get(target, offset, count);
    return count;
  }

  @Override
  public void close() {
    if (!ended) {
      ended = true;
      cancel();
    }
  }

  private @Nullable ByteBuffer nextBuffer() throws IOException {
    while (true) {
      while (!buffers.isEmpty()) {
        if (buffers.peekFirst().hasRemaining()) {
          return buffers.peekFirst();
        }
        buffers.removeFirst();
      }
      if (ended) {
        return null;
      }
      switch (nextEvent()) {
        case Event.Data(List<ByteBuffer> data) -> {
          buffers.addAll(data);
          requestMore();
        }
        case Event.End() -> ended = true;
        case Event.Broken(Throwable cause) -> {
          ended = true;
          throw Faults.cutOff("a blob", cause);
        }
      }
    }
  }

  private Event nextEvent() throws RegistryException {
    Event event;
    try {
      event = events.poll(idle.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      close();
      throw Faults.interrupted("a blob", e);
    }
    if (event == null) {
      close();
      throw Faults.stalled("a blob", "the body stopped for more than " + idle.toSeconds() + " s");
    }
    return event;
  }

  private void requestMore() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.request(1);
    }
  }

  private void cancel() {
    cancelled = true;
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }
}
