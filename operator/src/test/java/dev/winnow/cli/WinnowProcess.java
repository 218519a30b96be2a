package dev.winnow.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the command line in a process of its own, which gets signals. */
final class WinnowProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final Path out;
  private final Reader err;
  private final StringBuilder said = new StringBuilder();

  private WinnowProcess(Path out, ProcessBuilder command) throws IOException {
    this.out = out;
    this.process = command.redirectOutput(out.toFile()).start();
    this.err =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts it.
   *
   * @param out the file that standard output goes to
   * @param options options of its JVM
   */
  static WinnowProcess start(Path out, List<String> options, String... args) throws IOException {
    return new WinnowProcess(out, command(options, args));
  }

  /** Starts it with these variables besides. */
  static WinnowProcess start(Path out, Map<String, String> environment, String... args)
      throws IOException {
    ProcessBuilder command = command(List.of(), args);
    command.environment().putAll(environment);
    return new WinnowProcess(out, command);
  }

  /** What starts it. */
  static ProcessBuilder command(List<String> options, String... args) {
    // A shell ignores SIGINT for what it starts in the background, and that is inherited.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,TERM"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOME", "/nonexistent");
    return builder;
  }

  /** Sends it a signal by name. */
  void signal(String name) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + name, "" + process.pid()).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IllegalStateException("it does not run any more: " + said);
    }
  }

  /** Returns when it has said this on standard error. */
  void awaitSaid(String text) throws IOException {
    while (said.indexOf(text) < 0) {
      int c = err.read();
      if (c < 0) {
        throw new IllegalStateException("it never said " + text + " but: " + said);
      }
      said.append((char) c);
    }
  }

  /** Types this, and ends standard input. */
  void type(String text) throws IOException {
    try (OutputStream in = process.getOutputStream()) {
      in.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What it left behind when it has ended. */
  Cli.Result await() throws IOException, InterruptedException {
    for (int c = err.read(); c >= 0; c = err.read()) {
      said.append((char) c);
    }
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it does not end: " + said);
    }
    String text = Files.isRegularFile(out) ? Files.readString(out) : "";
    return new Cli.Result(process.exitValue(), text, said.toString());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
