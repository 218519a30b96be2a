package dev.winnow.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and a termination signal do: the command is told, ends what must not be left half
 * done, reports, and the process exits with 130.
 */
final class Interrupts {
  /** How long an apply may take to end its deletions before its thread is interrupted too. */
  private static final long GRACE_SECONDS = 20;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread command;
  private @Nullable Runnable onInterrupt;
  private boolean interrupted;

  private Interrupts(Thread command) {
    this.command = command;
  }

  /** For commands inside another program, which has signals of its own. */
  static Interrupts none() {
    return new Interrupts(Thread.currentThread());
  }

  /** Watches over a command that runs in this thread. */
  static Interrupts watch() {
    Interrupts interrupts = new Interrupts(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(new Thread(interrupts::shutDown, "interrupt"));
    return interrupts;
  }

  /** Says what an interrupt does from now on; without it, the command's thread is interrupted. */
  synchronized void onInterrupt(@Nullable Runnable action) {
    onInterrupt = action;
  }

  /** Ends the process now: where a thread waits for a person, an interrupt does not reach it. */
  static void endAtOnce() {
    Runtime.getRuntime().halt(Exit.INTERRUPTED);
  }

  synchronized boolean wasInterrupted() {
    return interrupted;
  }

  /** The command has ended and said what it has to say. */
  void commandEnded() {
    ended.countDown();
  }

  private void shutDown() {
    if (ended.getCount() == 0) {
      return;
    }
    synchronized (this) {
      interrupted = true;
      if (onInterrupt == null) {
        command.interrupt();
      } else {
        onInterrupt.run();
      }
    }
    try {
      if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        command.interrupt();
        ended.await(GRACE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(Exit.INTERRUPTED);
  }
}
