package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Answers as a test says, for what a real registry would not do. */
final class FakeRegistry implements AutoCloseable {
  final List<Request> requests = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /** What arrived. */
  record Request(String method, String target, Map<String, List<String>> headers, String body) {
    String path() {
      int query = target.indexOf('?');
      return query < 0 ? target : target.substring(0, query);
    }

    String header(String name) {
      for (Map.Entry<String, List<String>> header : headers.entrySet()) {
        if (header.getKey().equalsIgnoreCase(name)) {
          return String.join(", ", header.getValue());
        }
      }
      return "";
    }
  }

  /** What to send. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answer(int status, byte[] body, List<Map.Entry<String, String>> headers) {
    static Answer of(int status) {
      return new Answer(status, new byte[0], List.of());
    }

    static Answer json(int status, String body) {
      return new Answer(
          status, body.getBytes(UTF_8), List.of(Map.entry("Content-Type", "application/json")));
    }

    static Answer error(int status, String code) {
      return json(
          status, "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"about " + code + "\"}]}");
    }

    static Answer bytes(byte[] body, String mediaType) {
      return new Answer(200, body, List.of(Map.entry("Content-Type", mediaType)));
    }

    Answer with(String name, String value) {
      List<Map.Entry<String, String>> more = new ArrayList<>(headers);
      more.add(Map.entry(name, value));
      return new Answer(status, body, more);
    }
  }

  FakeRegistry(Function<Request, Answer> answers) {
    // Read once, when the server's classes load; without it each answer waits 40 ms for an ACK.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", exchange -> handle(exchange, answers));
    server.start();
  }

  /** Answers the requests in turn, the last answer again and again. */
  static FakeRegistry inTurn(Answer... answers) {
    AtomicInteger next = new AtomicInteger();
    return new FakeRegistry(_ -> answers[Math.min(next.getAndIncrement(), answers.length - 1)]);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  List<String> lines() {
    return requests.stream().map(request -> request.method() + " " + request.target()).toList();
  }

  private void handle(HttpExchange exchange, Function<Request, Answer> answers) throws IOException {
    try (exchange) {
      Request request =
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              Map.copyOf(exchange.getRequestHeaders()),
              new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      requests.add(request);
      Answer answer = answers.apply(request);
      answer.headers().forEach(h -> exchange.getResponseHeaders().add(h.getKey(), h.getValue()));
      boolean bodiless = request.method().equals("HEAD") || answer.body().length == 0;
      exchange.sendResponseHeaders(answer.status(), bodiless ? -1 : answer.body().length);
      if (!bodiless) {
        exchange.getResponseBody().write(answer.body());
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
