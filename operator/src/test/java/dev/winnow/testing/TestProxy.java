package dev.winnow.testing;

import dev.winnow.testing.HttpWire.Incoming;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stands in front of a registry, notes every request, and commits the {@link Fault} that its rule
 * says. What it notes is what arrived: the JDK's client repeats a GET by itself when the connection
 * is dropped before the answer.
 */
public final class TestProxy implements AutoCloseable {
  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "transfer-encoding");

  /** Headers that the JDK's client sets itself, and refuses from others. */
  private static final Set<String> CLIENT_SETS =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "transfer-encoding",
          "upgrade");

  private final URI registry;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger maxInFlight = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket server;
  private volatile Function<Request, @Nullable Fault> rule = request -> null;

  private TestProxy(URI registry) {
    this.registry = registry;
    try {
      this.server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  /**
   * A request as it arrived.
   *
   * @param method its method
   * @param path its path with the query
   * @param headers its headers by name in any case, the first value of each
   */
  public record Request(String method, String path, Map<String, String> headers) {
    /** Whether it has this method and a path that matches the pattern as a whole. */
    public boolean is(String wanted, String pattern) {
      return method.equals(wanted) && path.matches(pattern);
    }
  }

  /**
   * A request and how it was answered.
   *
   * @param request the request
   * @param status the status of the answer; 0 while there is none, and when it was dropped
   */
  public record Recorded(Request request, int status) {
    @Override
    public String toString() {
      return request.method() + " " + request.path() + " " + status;
    }
  }

  private static final class Seen {
    private final Request request;
    private volatile int status;

    Seen(Request request) {
      this.request = request;
    }
  }

  /** Starts one in front of the registry, which speaks plain HTTP. */
  public static TestProxy before(URI registry) {
    return new TestProxy(registry);
  }

  /** Where it listens. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** Commits from now on the fault that this rule says of a request; null passes it on. */
  public TestProxy rule(Function<Request, @Nullable Fault> faults) {
    this.rule = faults;
    return this;
  }

  /** All requests so far, in the order in which they arrived. */
  public List<Recorded> requests() {
    return seen.stream().map(one -> new Recorded(one.request, one.status)).toList();
  }

  /** Forgets the requests so far and how many were in flight. */
  public void forget() {
    seen.clear();
    maxInFlight.set(inFlight.get());
  }

  /** The most requests that were in flight at the same time. */
  public int maxInFlight() {
    return maxInFlight.get();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client.shutdownNow();
    client.close();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException e) {
        // Closed, or the client went away before it was accepted.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream());
      boolean more = true;
      while (more) {
        @Nullable Incoming incoming = HttpWire.read(in, out);
        more = incoming != null && count(incoming, out);
        out.flush();
      }
    } catch (IOException e) {
      // The client went away.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private boolean count(Incoming incoming, OutputStream out)
      throws IOException, InterruptedException {
    maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    incoming.headers.forEach((name, values) -> headers.put(name, values.getFirst()));
    Seen one = new Seen(new Request(incoming.method, incoming.target, headers));
    seen.add(one);
    try {
      return answer(incoming, one, out);
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /** Answers, and says whether the connection lives on. */
  private boolean answer(Incoming incoming, Seen one, OutputStream out)
      throws IOException, InterruptedException {
    @Nullable Fault fault = rule.apply(one.request);
    if (fault instanceof Fault.Hold(CountDownLatch gate)) {
      gate.await();
    }
    Map<String, List<String>> headers = HttpWire.headers();
    if (fault instanceof Fault.Respond(int status, Map<String, String> given, String text)) {
      given.forEach((name, value) -> headers.put(name, List.of(value)));
      one.status = status;
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      headers.put("Content-Length", List.of("" + body.length));
      return FaultyAnswer.write(out, incoming.method, status, headers, body, null, closed);
    }
    if (fault instanceof Fault.DropRequest) {
      return false;
    }
    HttpResponse<byte[]> response = client.send(forward(incoming), BodyHandlers.ofByteArray());
    if (fault instanceof Fault.DropResponse) {
      return false;
    }
    if (fault instanceof Fault.Instead(int status, String text)) {
      one.status = status;
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      return FaultyAnswer.write(out, incoming.method, status, headers, body, null, closed);
    }
    headers.putAll(response.headers().map());
    HOP_BY_HOP.forEach(headers::remove);
    one.status = response.statusCode();
    return FaultyAnswer.write(
        out, incoming.method, one.status, headers, response.body(), fault, closed);
  }

  private HttpRequest forward(Incoming incoming) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(registry.resolve(incoming.target))
            .method(incoming.method, BodyPublishers.ofByteArray(incoming.body));
    incoming.headers.forEach((name, values) -> {
      if (!CLIENT_SETS.contains(name.toLowerCase(Locale.ROOT))) {
        values.forEach(value -> builder.header(name, value));
      }
    });
    // The registry makes the URLs of uploads of the host that it is asked as.
    return builder.header("X-Forwarded-Host", url().getAuthority()).build();
  }
}
