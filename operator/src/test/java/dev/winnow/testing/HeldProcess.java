package dev.winnow.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Stops each thread of a process that makes a system call on a path, right before it is made, until
 * this is closed: what happens meanwhile happens at a moment that no luck would hit.
 */
public final class HeldProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final Path folder = Folders.temporary("strace");
  private final Path calls = folder.resolve("calls");
  private final Path messages = folder.resolve("messages");
  private final Process strace;

  private HeldProcess(long pid, String names, Path path) {
    List<String> command =
        new ArrayList<>(List.of(Tools.find().path("strace").toString(), "-f", "-p", "" + pid));
    command.addAll(List.of("-o", calls.toString(), "-P", path.toString(), "-e", "signal=none"));
    command.addAll(List.of("-e", "trace=" + names));
    // In the end this is killed, which lets the process go on.
    command.addAll(List.of("-e", "inject=" + names + ":delay_enter=" + LONG.toMillis() * 1000));
    try {
      strace = new ProcessBuilder(command).redirectError(messages.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await()
        .atMost(PATIENCE)
        .failFast("strace ended", () -> !strace.isAlive())
        .until(() -> Files.readString(messages).contains("attached"));
  }

  /**
   * Holds a process from now on.
   *
   * @param names of the system calls, separated by commas
   */
  public static HeldProcess before(String names, Path path, long pid) {
    return new HeldProcess(pid, names, path);
  }

  /** Waits until it is held. */
  public void awaitCall() {
    await().atMost(PATIENCE).until(() -> Files.exists(calls) && !Files.readString(calls).isEmpty());
  }

  /** Lets it go on. */
  @Override
  public void close() {
    strace.destroy();
    try {
      strace.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Folders.delete(folder);
  }
}
