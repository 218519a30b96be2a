package dev.winnow.cli;

import dev.winnow.registry.RetryPolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the command line in this process, as a shell would. */
public final class Cli {
  private InputStream in = InputStream.nullInputStream();
  private Map<String, String> environment = Map.of("HOME", "/nonexistent");
  private InstantSource clock = InstantSource.system();
  private RetryPolicy.Pause pause = Thread::sleep;

  /**
   * What a command left behind.
   *
   * @param status exit status
   * @param out standard output
   * @param err standard error
   */
  public record Result(int status, String out, String err) {}

  Cli in(String text) {
    in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Answers once somebody asks. */
  Cli in(Supplier<String> answer) {
    in =
        new InputStream() {
          private @Nullable InputStream text;

          @Override
          public int read() throws IOException {
            return text().read();
          }

          @Override
          public int read(byte[] into, int from, int length) throws IOException {
            return text().read(into, from, length);
          }

          private InputStream text() {
            if (text == null) {
              text = new ByteArrayInputStream(answer.get().getBytes(StandardCharsets.UTF_8));
            }
            return text;
          }
        };
    return this;
  }

  Cli environment(Map<String, String> variables) {
    environment = variables;
    return this;
  }

  Cli clock(InstantSource other) {
    clock = other;
    return this;
  }

  /** Does this instead of waiting before a request is sent again. */
  Cli pause(RetryPolicy.Pause other) {
    pause = other;
    return this;
  }

  public Result run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            in,
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    Context context =
        new Context(
            terminal, environment, clock, Interrupts.none(), RetryPolicy.DEFAULT.withPause(pause));
    int status = new Main(context).execute(args);
    terminal.out().flush();
    return new Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
