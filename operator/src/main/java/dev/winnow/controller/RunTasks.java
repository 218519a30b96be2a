package dev.winnow.controller;

import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tasks of this process, at most one a run. */
final class RunTasks {
  private final World world;
  private final Map<String, RunTask> tasks = new ConcurrentHashMap<>();
  private volatile @Nullable Failure stopped;

  RunTasks(World world) {
    this.world = world;
  }

  Optional<RunTask> of(RetentionRunResource run) {
    return Optional.ofNullable(tasks.get(run.getMetadata().getUid()));
  }

  /** Starts a task in place of the one before, which is over. */
  void start(
      RetentionRunResource run,
      Claim claim,
      boolean interruptible,
      Function<RunTask, TaskOutcome> work) {
    RunTask task =
        new RunTask(
            "run " + World.key(run), claim, interruptible, work, () -> world.runs.wake(run));
    tasks.put(run.getMetadata().getUid(), task);
    Failure why = stopped;
    if (why != null) {
      task.leave(why);
    }
    task.start();
  }

  /** Ends a run's task, if there is one. */
  void forget(RetentionRunResource run, Failure why) {
    RunTask task = tasks.remove(run.getMetadata().getUid());
    if (task != null) {
      task.leave(why);
    }
  }

  /** Has all end soon, also those that begin after it. */
  void stopAll(Failure why) {
    stopped = why;
    tasks.values().forEach(task -> task.leave(why));
  }

  /** Waits, so long, until what is being deleted is deleted and recorded. */
  void awaitRecords(Duration time) throws InterruptedException {
    long until = System.nanoTime() + time.toNanos();
    for (RunTask task : List.copyOf(tasks.values())) {
      task.awaitRecord(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
    }
  }
}
