package dev.winnow.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The programs that {@code hack/tools/install} installs: the registries themselves, regctl and
 * crane as a second opinion on what a registry holds, and what a cluster is made of.
 */
public final class Tools {
  private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

  private final Path folder;

  private Tools(Path folder) {
    this.folder = folder;
  }

  /**
   * Finds the tools where {@code make test} says they are, else (a test run from an IDE) installs
   * them.
   */
  public static Tools find() {
    String told = System.getProperty("winnow.tools", "");
    return new Tools(told.isEmpty() ? install() : Path.of(told));
  }

  /** The folder that {@code hack/tools/install} prints. */
  Path folder() {
    return folder;
  }

  /** The tool's executable. */
  public Path path(String tool) {
    Path path = folder.resolve("bin").resolve(tool);
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(
          "no tool " + tool + " in " + folder + "; run the tests with make test");
    }
    return path;
  }

  /** Runs the tool and gives what it wrote to stdout; fails when the tool fails. */
  public String run(String tool, String... arguments) {
    Result result = call(Map.of(), tool, arguments);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          tool + " " + String.join(" ", arguments) + " failed: " + result.err() + result.out());
    }
    return result.out();
  }

  /** Runs the tool with more environment variables, to its end, whatever that is. */
  public Result call(Map<String, String> environment, String tool, String... arguments) {
    List<String> command = new ArrayList<>(List.of(path(tool).toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    // Neither the credentials nor the settings of whoever runs the tests may change what they see.
    builder.environment().put("HOME", folder.resolve("no-home").toString());
    builder.environment().put("DOCKER_CONFIG", folder.resolve("no-home").toString());
    builder.environment().putAll(environment);
    return finish(builder);
  }

  /**
   * How a program ended.
   *
   * @param exitCode its exit code
   * @param out its standard output, without the last line end
   * @param err its standard error
   */
  public record Result(int exitCode, String out, String err) {}

  private static Path install() {
    Path script = checkout().resolve("hack/tools/install");
    ProcessBuilder builder = new ProcessBuilder(script.toString(), "--cluster");
    Result result = finish(builder);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(script + " failed:\n" + result.err());
    }
    return Path.of(result.out());
  }

  /** The root of the checkout that the tests run from. */
  public static Path checkout() {
    String told = System.getProperty("winnow.checkout", "");
    @Nullable Path folder = Path.of(told).toAbsolutePath();
    while (folder != null && !Files.isExecutable(folder.resolve("hack/tools/install"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException(
          "no hack/tools/install at or above "
              + Path.of(told).toAbsolutePath()
              + "; set -Dwinnow.tools to the folder that it prints");
    }
    return folder;
  }

  /** Runs a program to its end, whatever that is. */
  public static Result finish(ProcessBuilder builder) {
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()), THREADS);
      String out = text(process.getInputStream()).stripTrailing();
      return new Result(process.waitFor(), out, err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static String text(InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
