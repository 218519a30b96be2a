package dev.winnow.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Redis on a free port, of loopback if not told otherwise. It dies with the test's JVM. */
public final class TestRedis implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder = Folders.temporary("redis");
  private final Thread atExit = new Thread(this::discard);
  private final Process process;
  private final String address;
  private final int port;

  private TestRedis(String address, String... more) {
    this.address = address;
    Runtime.getRuntime().addShutdownHook(atExit);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(address))) {
      port = free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Tools.find().path("redis-server").toString(),
                "--bind",
                address,
                "--port",
                Integer.toString(port),
                "--save",
                "",
                "--dir",
                folder.toString()));
    command.addAll(List.of(more));
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().atMost(PATIENCE).until(this::answers);
  }

  /** One that lets everybody in. */
  public static TestRedis start() {
    return new TestRedis(LOOPBACK);
  }

  /** One that pods can reach, on an address of this machine. */
  public static TestRedis listen(String address) {
    return new TestRedis(address, "--protected-mode", "no");
  }

  /** One that wants a password. */
  public static TestRedis withPassword(String password) {
    return new TestRedis(LOOPBACK, "--requirepass", password);
  }

  public URI url() {
    return URI.create("redis://" + address + ":" + port + "/0");
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("redis-server ended; see " + folder.resolve("log"));
    }
    try (Socket socket = new Socket(address, port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void discard() {
    process.destroyForcibly().onExit().join();
    Folders.delete(folder);
  }

  @Override
  public void close() {
    discard();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }
}
