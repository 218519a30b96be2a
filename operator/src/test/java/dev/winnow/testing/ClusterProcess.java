package dev.winnow.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A cluster that {@code hack/cluster run} holds. It ends with its standard input, so whatever ends
 * this JVM ends the cluster.
 */
final class ClusterProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Tools tools = Tools.find();
  private final String name;
  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Path kubeconfig;

  /** Returns when the cluster is ready. */
  ClusterProcess(String purpose, String... options) {
    name = purpose + "-" + UUID.randomUUID().toString().substring(0, 8);
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(List.of(options));
    arguments.add(name);
    try {
      process = command(arguments).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
    // Reading a pipe holds the thread below a virtual one, of which there are as many as
    // processors.
    Thread.ofPlatform().daemon().start(this::listen);
    try {
      kubeconfig = Path.of(answer("ready "));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  /** What one of the cluster's own files says. */
  String file(String path) {
    try {
      return Files.readString(kubeconfig.resolveSibling(path)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a command and waits until it is done. */
  synchronized void send(String line) {
    try {
      commands.write(line + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new IllegalStateException("the cluster is gone: " + complaints(), e);
    }
    answer("done");
  }

  /** Runs {@code hack/cluster COMMAND NAME ARGUMENT...}, which must succeed. */
  void call(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command, name));
    all.addAll(List.of(arguments));
    Tools.Result result = Tools.finish(command(all));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(String.join(" ", all) + " failed: " + result.err());
    }
  }

  /** Returns when nothing of it is left. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      // It is gone, which is what we want.
    }
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroy();
        throw new IllegalStateException("the cluster did not end: " + complaints());
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }

  private ProcessBuilder command(List<String> arguments) {
    List<String> command =
        new ArrayList<>(List.of(Tools.checkout().resolve("hack/cluster").toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("WINNOW_TOOLS", tools.folder().toString());
    return builder;
  }

  private String answer(String start) {
    try {
      String line = answers.readLine();
      if (line != null && line.startsWith(start)) {
        return line.substring(start.length());
      }
      boolean ended = line == null && process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      throw new IllegalStateException(
          (ended ? "the cluster ended: " : "the cluster said " + line + ": ") + complaints());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private String complaints() {
    return String.join("\n", complaints);
  }

  private void listen() {
    try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
      errors.lines().forEach(complaints::add);
    } catch (IOException | UncheckedIOException e) {
      // It is gone, with its last words.
    }
  }
}
