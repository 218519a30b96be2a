package dev.winnow.testing;

import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Pushes one image after the other, each another one, and notes what the registry says to that:
 * what it acknowledged can be pulled, and of what it refused there is no tag.
 */
public final class PushAttempts implements AutoCloseable {
  private static final String REPOSITORY = "storm/app";
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** What was sent to a pod that ended meanwhile is never answered. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What is said where something does not know a method, as a registry that takes no writes. */
  private static final int REFUSED = HttpURLConnection.HTTP_BAD_METHOD;

  private static final int TAKEN = HttpURLConnection.HTTP_CREATED;

  /** Nobody answered, or not to the end. */
  private static final int UNANSWERED = 0;

  private final URI registry;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Attempt> attempts = new ArrayList<>();
  private final Thread thread = Thread.ofVirtual().unstarted(this::push);

  /**
   * A push.
   *
   * @param status the answer to its last request
   */
  private record Attempt(int number, Instant began, Instant ended, int status) {
    String tag() {
      return "push-" + number;
    }

    TestImage image() {
      return TestImages.oci("push " + number).build();
    }
  }

  private PushAttempts(ClusterRegistry registry) {
    this.registry = URI.create("http://" + registry.hostPort());
  }

  /** Begins to push. */
  public static PushAttempts against(ClusterRegistry registry) {
    PushAttempts attempts = new PushAttempts(registry);
    attempts.thread.start();
    return attempts;
  }

  /** How many pushes the registry took. */
  public int taken() {
    return of(TAKEN).size();
  }

  /** How many it refused. */
  public int refused() {
    return of(REFUSED).size();
  }

  /** How many nobody answered, as while pods change. */
  public int unanswered() {
    return of(UNANSWERED).size();
  }

  /** What it said besides. */
  public synchronized Set<Integer> others() {
    return attempts.stream()
        .map(Attempt::status)
        .filter(status -> status != TAKEN && status != REFUSED && status != UNANSWERED)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The longest time from a push that was refused to another one with none taken in between. */
  public synchronized Duration longestRefusal() {
    Duration longest = Duration.ZERO;
    Instant first = Instant.MAX;
    for (Attempt each : attempts) {
      if (each.status() == TAKEN) {
        first = Instant.MAX;
      } else if (each.status() == REFUSED) {
        first = first.equals(Instant.MAX) ? each.began() : first;
        longest = longer(longest, Duration.between(first, each.ended()));
      }
    }
    return longest;
  }

  /** The longest time from a push that was taken to the next one that was. */
  public synchronized Duration longestPause() {
    Duration longest = Duration.ZERO;
    Instant last = Instant.MAX;
    for (Attempt each : attempts) {
      if (each.status() == TAKEN) {
        longest =
            last.equals(Instant.MAX)
                ? longest
                : longer(longest, Duration.between(last, each.began()));
        last = each.ended();
      }
    }
    return longest;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  /** What was taken and cannot be pulled, and what was refused and has a tag all the same. */
  public List<String> wrong(ImagePusher images) {
    List<String> wrong = new ArrayList<>();
    for (Attempt each : of(TAKEN)) {
      if (!images.pulls(REPOSITORY, each.tag(), each.image())) {
        wrong.add(each.tag() + " was taken and does not pull");
      }
    }
    Set<String> tags = Set.copyOf(images.tags(REPOSITORY));
    of(REFUSED).stream()
        .filter(each -> tags.contains(each.tag()))
        .forEach(each -> wrong.add(each.tag() + " was refused and is there"));
    return wrong;
  }

  private synchronized List<Attempt> of(int status) {
    return attempts.stream().filter(each -> each.status() == status).toList();
  }

  @Override
  public void close() {
    end();
  }

  /** Pushes no more; returns when the last one has its answer. */
  public void end() {
    stop.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void push() {
    try {
      for (int i = 0; !stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS); i++) {
        Attempt attempt = new Attempt(i, Instant.now(), Instant.MAX, UNANSWERED);
        int status = push(attempt);
        synchronized (this) {
          attempts.add(new Attempt(i, attempt.began(), Instant.now(), status));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Each on a connection of its own: one that is kept stays with its pod. */
  private int push(Attempt attempt) {
    try (ImagePusher fresh = ImagePusher.to(registry, PATIENCE)) {
      fresh.push(REPOSITORY, attempt.tag(), attempt.image());
      return TAKEN;
    } catch (ImagePusher.UnexpectedAnswer e) {
      return e.status();
    } catch (UncheckedIOException e) {
      return UNANSWERED;
    }
  }
}
