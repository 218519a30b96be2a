package dev.winnow.collect;

import dev.winnow.testing.ClusterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Begins a push again and again, and notes what the registry says to that. */
final class PushAttempts {
  private static final int TAKEN = 202;
  private static final int REFUSED = 405;

  /** What was sent to a pod that ended meanwhile is never answered. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final URI uploads;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicInteger taken = new AtomicInteger();
  private final Queue<Long> refusedNanos = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> others = new ConcurrentLinkedQueue<>();
  private final Thread thread = Thread.ofVirtual().unstarted(this::push);

  private PushAttempts(ClusterRegistry registry) {
    this.uploads = URI.create("http://" + registry.hostPort() + "/v2/storm/app/blobs/uploads/");
  }

  static PushAttempts against(ClusterRegistry registry) {
    PushAttempts attempts = new PushAttempts(registry);
    attempts.thread.start();
    return attempts;
  }

  /** How many pushes the registry took. */
  int taken() {
    return taken.get();
  }

  /** What it said besides; that it did not answer, while pods change, is not in here. */
  Set<Integer> others() {
    return new TreeSet<>(others);
  }

  /** Ends, and tells how long it was from the first that was refused to the last. */
  Duration stop() throws InterruptedException {
    stop.countDown();
    thread.join();
    long first = refusedNanos.stream().mapToLong(each -> each).min().orElseThrow();
    long last = refusedNanos.stream().mapToLong(each -> each).max().orElseThrow();
    return Duration.ofNanos(last - first);
  }

  private void push() {
    try {
      while (!stop.await(50, TimeUnit.MILLISECONDS)) {
        once();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Each on a connection of its own: one that is kept stays with its pod. */
  private void once() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uploads).POST(BodyPublishers.noBody()).timeout(PATIENCE).build();
    try (HttpClient fresh = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      int status = fresh.send(request, BodyHandlers.discarding()).statusCode();
      switch (status) {
        case TAKEN -> taken.incrementAndGet();
        case REFUSED -> refusedNanos.add(System.nanoTime());
        default -> others.add(status);
      }
    } catch (IOException e) {
      // nobody answers at this moment
    }
  }
}
