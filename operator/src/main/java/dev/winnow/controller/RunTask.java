package dev.winnow.controller;

import dev.winnow.cluster.Claim;
import dev.winnow.run.Progress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The work of one run in this process, on a thread of its own: planning, or applying. It ends with
 * an outcome; whoever waits for news is told of that, and every few seconds of how far it is.
 */
final class RunTask implements Progress {
  private static final Duration NEWS = Duration.ofSeconds(5);

  private static final Failure UNEXPECTED =
      new Failure("InternalError", "the operator failed; see its log, please report it", false);

  private final Runnable news;
  private final Claim claim;
  private final Thread thread;
  private final boolean interruptible;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch leaving = new CountDownLatch(1);
  private final CountDownLatch recorded = new CountDownLatch(1);
  private final AtomicReference<@Nullable Failure> stopped = new AtomicReference<>();
  private final AtomicReference<@Nullable Failure> left = new AtomicReference<>();
  private volatile Runnable onStop = () -> {};
  private volatile @Nullable TaskOutcome outcome;
  private volatile @Nullable String progress;
  private long toldNanos = System.nanoTime();

  /**
   * @param name of its thread
   * @param claim under which the run is ours
   * @param interruptible whether it may be interrupted where it is: not when it deletes
   * @param work what to do; must not throw
   * @param news called when there is something new to see
   */
  RunTask(
      String name,
      Claim claim,
      boolean interruptible,
      Function<RunTask, TaskOutcome> work,
      Runnable news) {
    this.claim = claim;
    this.news = news;
    this.interruptible = interruptible;
    this.thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                outcome = work.apply(this);
              } finally {
                if (outcome == null) { // an error of the machine, as no memory; it is logged
                  outcome = new TaskOutcome.Failed(UNEXPECTED);
                }
                news.run();
              }
            });
  }

  void start() {
    thread.start();
  }

  /** Under which the run is ours. */
  Claim claim() {
    return claim;
  }

  /** What came of it; null while it works. */
  @Nullable TaskOutcome outcome() {
    return outcome;
  }

  /** How far it is, at most a few seconds old. */
  @Nullable String progress() {
    return progress;
  }

  /** Has it end soon; what is being deleted is waited for. The first reason stays. */
  void stop(Failure why) {
    if (stopped.compareAndSet(null, why)) {
      stopping.countDown();
      onStop.run();
      if (interruptible) {
        thread.interrupt();
      }
    }
  }

  /** Has it end, and not try again to record what came of it: nobody would look. */
  void leave(Failure why) {
    left.compareAndSet(null, why);
    leaving.countDown();
    stop(why);
  }

  /** Why nobody looks at what came of it any more; null while somebody does. */
  @Nullable Failure left() {
    return left.get();
  }

  /** Why it shall end; null when it shall not. */
  @Nullable Failure stopped() {
    return stopped.get();
  }

  /** What a stop has to do besides; done at once when it was stopped already. */
  void onStop(Runnable action) {
    onStop = action;
    if (stopped.get() != null) {
      action.run();
    }
  }

  /** Waits, but not past a stop; whether there was none. */
  boolean pause(Duration time) throws InterruptedException {
    return !stopping.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits, but only until it is left; whether it was not. */
  boolean pauseToRecord(Duration time) throws InterruptedException {
    return !leaving.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Says that what came of it is in the run's status. */
  void recorded() {
    recorded.countDown();
  }

  /** Whether it is over, and nobody has said that it is in the run's status. */
  boolean isUnrecorded() {
    return outcome != null && recorded.getCount() > 0;
  }

  /** Waits, so long, until it has ended and that is in the run's status. */
  void awaitRecord(Duration time) throws InterruptedException {
    recorded.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void at(long done, long all, String what) {
    say(done + " of " + all + " " + what);
  }

  /** Says how far it is; it is seen after a while. */
  synchronized void say(String text) {
    long now = System.nanoTime();
    if (now - toldNanos > NEWS.toNanos() && !text.equals(progress)) {
      toldNanos = now;
      progress = text;
      news.run();
    }
  }
}
