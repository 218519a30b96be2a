package dev.winnow.bench;

import com.sun.net.httpserver.HttpServer;
import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long an operator takes from its start until it is ready where it finds a thousand policies
 * and ten thousand finished runs, beside {@code kubectl get} of the same objects as JSON, by turns;
 * with a heap of 256 MiB, in which it lives or does not.
 */
public final class OperatorStartBenchmark {
  private static final int ROUNDS = 5;
  private static final int HEAP_MIB = 256;
  private static final Pattern AFTER_COLLECTION = Pattern.compile("->(\\d+)M\\(");

  private final Path checkout;
  private final Path folder;
  private final TestApiServer server;
  private int heap;

  private OperatorStartBenchmark(Path checkout, Path folder, TestApiServer server) {
    this.checkout = checkout;
    this.folder = folder;
    this.server = server;
  }

  /** Arguments: the checkout, and a folder for files on the way. */
  public static void main(String[] args) throws Exception {
    HttpServer registries = registries();
    try (TestApiServer server = TestApiServer.start()) {
      OperatorWorld.installKinds(server);
      var benchmark = new OperatorStartBenchmark(Path.of(args[0]), Path.of(args[1]), server);
      LoadedCluster.fill(server, registries.getAddress().getPort());
      benchmark.operator(Duration.ofMinutes(1)); // statuses, so that nothing is left to be written
      benchmark.measure();
    } finally {
      registries.stop(0);
    }
  }

  /** Registries are many addresses of one that only says that it is there. */
  private static HttpServer registries() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(0), 0);
    server.createContext(
        "/v2/",
        exchange -> {
          try (exchange) {
            exchange.getResponseHeaders().add("Docker-Distribution-Api-Version", "registry/2.0");
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.start();
    return server;
  }

  private void measure() throws IOException, InterruptedException {
    double[] kubectl = new double[ROUNDS];
    double[] operator = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      kubectl[round] = kubectl();
      operator[round] = operator(Duration.ofSeconds(10));
      System.out.printf(
          Locale.ROOT,
          "kubectl get -o json %.2f s, operator ready %.2f s%n",
          kubectl[round],
          operator[round]);
    }
    System.out.printf(
        Locale.ROOT,
        "%,d policies and %,d finished runs: ratio %.2f; heap limit %s MiB, most used after a"
            + " collection %d MiB%n",
        LoadedCluster.POLICIES,
        LoadedCluster.RUNS,
        median(operator) / median(kubectl),
        HEAP_MIB,
        heap);
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }

  private double kubectl() throws IOException, InterruptedException {
    return seconds(() -> {
      Process process =
          new ProcessBuilder(
                  Tools.find().path("kubectl").toString(),
                  "--kubeconfig=" + server.kubeconfig(),
                  "get",
                  "wpol,wrun,wreg",
                  "-o",
                  "json")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (process.waitFor() != 0) {
        throw new IOException("kubectl failed");
      }
    });
  }

  /**
   * Starts an operator and ends it after a while.
   *
   * @return seconds until it was ready
   */
  private double operator(Duration rest) throws IOException, InterruptedException {
    Path collections = folder.resolve("collections");
    int port = freePort();
    ProcessBuilder builder =
        new ProcessBuilder(
                checkout.resolve("bin/winnow").toString(),
                "operator",
                "--kubeconfig=" + server.kubeconfig(),
                "--no-leader-election",
                "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("operator").toFile());
    builder
        .environment()
        .put("WINNOW_JAVA_OPTS", "-Xmx" + HEAP_MIB + "m -Xlog:gc:file=" + collections);
    AtomicReference<Process> process = new AtomicReference<>();
    try {
      double seconds =
          seconds(() -> {
            process.set(builder.start());
            awaitReady(process.get(), port);
          });
      if (process.get().waitFor(rest.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(
            "the operator ended: " + Files.readString(folder.resolve("operator")));
      }
      Matcher after = AFTER_COLLECTION.matcher(Files.readString(collections));
      while (after.find()) {
        heap = Math.max(heap, Integer.parseInt(after.group(1)));
      }
      return seconds;
    } finally {
      process.get().destroy();
      process.get().waitFor();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitReady(Process process, int port) throws IOException {
    URL ready = URI.create("http://127.0.0.1:" + port + "/readyz").toURL();
    while (process.isAlive()) {
      try {
        if (((HttpURLConnection) ready.openConnection()).getResponseCode() == 200) {
          return;
        }
      } catch (ConnectException e) {
        // Not listening yet.
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    throw new IOException("the operator ended: " + Files.readString(folder.resolve("operator")));
  }

  private interface Action {
    void run() throws IOException, InterruptedException;
  }

  private static double seconds(Action action) throws IOException, InterruptedException {
    long began = System.nanoTime();
    action.run();
    return (System.nanoTime() - began) / 1e9;
  }
}
