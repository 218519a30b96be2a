package dev.winnow.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and a termination signal do. Where nothing can be left half done the process says so
 * and ends at once. A command that must end something, or has something to say, takes over; it then
 * has some time. The status is 130 in any case.
 */
final class Interrupts {
  /** How long an apply may take to end its deletions before its thread is interrupted too. */
  private static final long GRACE_SECONDS = 20;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread command;
  private final Consumer<String> warnings;
  private @Nullable Runnable onInterrupt;
  private boolean interrupted;

  private Interrupts(Thread command, Consumer<String> warnings) {
    this.command = command;
    this.warnings = warnings;
  }

  /** For commands inside another program, which has signals of its own. */
  static Interrupts none() {
    return new Interrupts(Thread.currentThread(), text -> {});
  }

  /**
   * Watches over a command that runs in this thread.
   *
   * @param warnings takes what a person should know
   */
  static Interrupts watch(Consumer<String> warnings) {
    Interrupts interrupts = new Interrupts(Thread.currentThread(), warnings);
    Runtime.getRuntime().addShutdownHook(new Thread(interrupts::shutDown, "interrupt"));
    return interrupts;
  }

  /** From now on the command is told by this, and ends by itself. */
  synchronized void onInterrupt(Runnable action) {
    onInterrupt = action;
  }

  /** From now on the command's thread is interrupted, and ends by itself. */
  void interruptCommand() {
    onInterrupt(command::interrupt);
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
        warnings.accept("interrupted");
        endAtOnce();
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
    endAtOnce();
  }
}
