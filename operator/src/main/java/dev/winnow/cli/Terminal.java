package dev.winnow.cli;

import dev.winnow.run.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a command: data goes to {@code out}, all else to {@code err}. Progress and colours
 * are for people only.
 */
final class Terminal {
  private static final long PROGRESS_EVERY_NANOS = 100_000_000;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean interactive;
  private long lastProgress = System.nanoTime();
  private boolean progressShown;

  Terminal(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.interactive = interactive;
  }

  InputStream in() {
    return in;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Whether a person sits there. */
  boolean isInteractive() {
    return interactive;
  }

  /** Something to know besides the data. */
  synchronized void say(String text) {
    clearProgress();
    err.println(text);
    err.flush();
  }

  /** Something to heed. */
  void warn(String text) {
    say("winnow: " + text);
  }

  /** Something that passes, for a person who watches. */
  void note(String text) {
    if (interactive) {
      show(text, false);
    }
  }

  /** Asks a question; null when nobody answers. */
  @Nullable String ask(String question) throws IOException {
    clearProgress();
    err.print(question);
    err.flush();
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
  }

  /** Shows progress on a line of its own, a few times a second. */
  Progress progress(String doing) {
    return (done, all, what) -> {
      if (interactive) {
        show(doing + " " + done + " of " + all + " " + what, done >= all);
      }
    };
  }

  private synchronized void show(String text, boolean last) {
    long now = System.nanoTime();
    if (now - lastProgress < PROGRESS_EVERY_NANOS && !last) {
      return;
    }
    lastProgress = now;
    err.print("\r\u001b[K" + (last ? "" : text));
    err.flush();
    progressShown = !last;
  }

  private synchronized void clearProgress() {
    if (progressShown) {
      err.print("\r\u001b[K");
      progressShown = false;
    }
  }
}
