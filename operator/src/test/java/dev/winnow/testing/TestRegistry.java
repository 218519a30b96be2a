package dev.winnow.testing;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real registry process on a free port, of loopback unless told otherwise, with a root directory
 * of its own unless it is given one. It dies with the test's JVM.
 */
public final class TestRegistry implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern LISTENING = Pattern.compile("listening on [0-9.]+:(\\d+)");

  private final RegistryOptions options;
  private final Path folder = Folders.temporary("registry");
  private final Path root;
  private final Thread atExit = new Thread(this::discard);
  private final HttpClient client;
  private volatile @Nullable Process process;
  private volatile int port;

  TestRegistry(RegistryOptions options) {
    this.options = options;
    this.root = options.root == null ? folder.resolve("root") : options.root;
    this.client = client(options.certificates);
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      Files.createDirectories(root);
      start();
    } catch (IOException | RuntimeException e) {
      close();
      throw new IllegalStateException("the registry did not start", e);
    }
  }

  /** A registry of this version, to be set up and started. */
  public static RegistryOptions of(RegistryVersion version) {
    return new RegistryOptions(version);
  }

  /** Where it answers, without a slash at the end. */
  public URI url() {
    return URI.create((options.certificates == null ? "http://" : "https://") + hostPort());
  }

  /** What stands before the repository in an image reference. */
  public String hostPort() {
    return options.address + ":" + port;
  }

  /** The root directory, which contains {@code docker/registry/v2}. */
  public Path root() {
    return root;
  }

  /** Its configuration file as it was written last. */
  public String configuration() {
    try {
      return Files.readString(folder.resolve("config.yml"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it logged, over all its starts. */
  public String log() {
    try {
      Path log = logFile().toPath();
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process, for example to pause it; fails when there is none. */
  public long pid() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("the registry does not run");
    }
    return running.pid();
  }

  /** Ends it at once, as a crash would. */
  public void kill() {
    end(true);
  }

  /** Ends it as an orchestrator would. */
  public void stop() {
    end(false);
  }

  /** Starts it, after a stop when it still runs, on the same port and root directory. */
  public void restart() {
    stop();
    try {
      start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it and deletes its folder; a root directory that was given stays. */
  @Override
  public void close() {
    discard();
    client.close();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // The hook is at work already.
    }
  }

  private void start() throws IOException {
    Instant patience = Instant.now().plus(PATIENCE);
    int before = log().length();
    while (!starts()) {
      // Somebody's connection has the port that this one had before: until it is closed.
      boolean isTaken = log().substring(before).contains("address already in use");
      if (!isTaken || Instant.now().isAfter(patience)) {
        throw new IllegalStateException("the registry ended by itself:\n" + log());
      }
    }
  }

  /** Starts the process; whether it answers, else it has ended. */
  private boolean starts() throws IOException {
    Path config = options.write(folder, root, port);
    Path program = Tools.find().path(options.version.tool());
    ProcessBuilder builder = new ProcessBuilder(program.toString(), "serve", config.toString());
    builder.environment().putAll(options.environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile()));
    Process started = builder.start();
    process = started;
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !started.isAlive() || answers());
    return started.isAlive();
  }

  private boolean answers() throws InterruptedException {
    if (port == 0) {
      // It chose the port itself, so no other process can have taken it meanwhile.
      Matcher listening = LISTENING.matcher(log());
      if (!listening.find()) {
        return false;
      }
      port = Integer.parseInt(listening.group(1));
    }
    HttpRequest ping =
        HttpRequest.newBuilder(url().resolve("/v2/")).timeout(Duration.ofSeconds(5)).build();
    try {
      int status = client.send(ping, BodyHandlers.discarding()).statusCode();
      return status == 200 || status == 401;
    } catch (IOException e) {
      return false;
    }
  }

  private void end(boolean atOnce) {
    Process running = process;
    if (running == null) {
      return;
    }
    process = null;
    try {
      if (atOnce) {
        running.destroyForcibly();
      } else {
        running.destroy();
      }
      if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void discard() {
    end(true);
    Folders.delete(folder);
  }

  private File logFile() {
    return folder.resolve("log").toFile();
  }

  private static HttpClient client(@Nullable TestCertificates certificates) {
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    return (certificates == null ? builder : builder.sslContext(certificates.sslContext())).build();
  }
}
