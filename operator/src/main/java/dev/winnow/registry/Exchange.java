package dev.winnow.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a request once, follows its redirects and reads its body within bounds. */
final class Exchange implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final int MOST_REDIRECTS = 5;

  private final RegistryEndpoint endpoint;
  private final ClockWatch clockWatch;
  private final BodyWatch bodyWatch;
  private final HttpClient http;
  private final Uploader uploader;

  /** By the {@code Accept} header: there are few, and checking a long one is dear. */
  private final Map<String, HttpRequest.Builder> prototypes = new ConcurrentHashMap<>();

  Exchange(RegistryEndpoint endpoint, ClockWatch clockWatch) {
    this.endpoint = endpoint;
    this.clockWatch = clockWatch;
    this.bodyWatch = new BodyWatch(endpoint.timeout(), System::nanoTime);
    SSLContext tls = TrustedCertificates.context(endpoint.tls());
    // The client's selector thread runs the callbacks itself: ours only copy bytes or queue them.
    // 16 virtual threads, 1 kB answers that take the server 0.1 ms, 2 cores, SerialGC and C1:
    // 10,100 requests a second; with a virtual thread for each task 9,100, the default pool 8,600;
    // a bare socket 14,600.
    this.http = builder(endpoint, tls).executor(Runnable::run).build();
    this.uploader = new Uploader(() -> builder(endpoint, tls), endpoint.timeout());
  }

  private static HttpClient.Builder builder(RegistryEndpoint endpoint, SSLContext tls) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(endpoint.connectTimeout())
        .sslContext(tls);
  }

  /**
   * The answer to a call, after redirects of a read.
   *
   * @param authorization the {@code Authorization} header, empty for none; sent to the origin it is
   *     meant for and to no other
   */
  Reply send(Call call, String authorization) throws IOException, InterruptedException {
    URI address = call.address();
    boolean meant = call.access() instanceof Access.Fixed || isOwn(address);
    String sent = meant ? authorization : "";
    for (int redirects = 0; ; redirects++) {
      Reply reply = once(call, address, sent);
      if (!isRedirect(reply.status()) || !call.isRead()) {
        return reply;
      }
      String location = reply.header("Location");
      if (location.isEmpty()) {
        return reply;
      }
      if (redirects == MOST_REDIRECTS) {
        throw Faults.bad(reply, "more than " + MOST_REDIRECTS + " redirects");
      }
      URI next = resolve(reply, location);
      sent = Origins.same(address, next) ? sent : "";
      address = next;
    }
  }

  boolean isOwn(URI address) {
    return Origins.same(address, endpoint.base());
  }

  /** An address that an answer names; never a step down from HTTPS. */
  static URI resolve(Reply reply, String reference) throws RegistryException {
    URI next;
    try {
      next = reply.address().resolve(new URI(reference));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw Faults.bad(reply, "the answer names an address that is none");
    }
    String scheme = String.valueOf(next.getScheme());
    boolean http = scheme.equalsIgnoreCase("http");
    if (next.getHost() == null || !(http || scheme.equalsIgnoreCase("https"))) {
      throw Faults.bad(reply, "the answer names an address that is not http(s)");
    }
    if (http && Origins.isHttps(reply.address())) {
      throw Faults.bad(
          reply,
          "the answer leads from https to http, which is not followed; a proxy before the registry"
              + " must set X-Forwarded-Proto, or the registry http.relativeurls");
    }
    return next;
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  private Reply once(Call call, URI address, String authorization)
      throws IOException, InterruptedException {
    if (!call.gate().passes()) {
      return Reply.notSent(call);
    }
    long start = System.nanoTime();
    int status = 0;
    try {
      HttpResponse<Body> response = exchange(call, address, authorization);
      status = response.statusCode();
      if (isOwn(address)) {
        clockWatch.observe(response.headers());
      }
      Body body = response.body();
      if (!(body instanceof Body.Whole || body instanceof Body.Stream)) {
        throw Faults.of(call, status, body);
      }
      return new Reply(call, address, status, response.headers(), body);
    } finally {
      finished(call, status, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private void finished(Call call, int status, Duration duration) {
    endpoint.listener().finished(call.method(), call.operation(), status, duration);
    LOG.atDebug()
        .addKeyValue("method", call.method())
        .addKeyValue("path", call.address().getRawPath())
        .addKeyValue("status", status)
        .addKeyValue("millis", duration.toMillis())
        .log("request");
  }

  private HttpResponse<Body> exchange(Call call, URI address, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        prototypes.computeIfAbsent(call.accept(), this::prototype).copy().uri(address);
    if (!authorization.isEmpty()) {
      request.setHeader("Authorization", authorization);
    }
    return switch (call.payload()) {
      case Payload.None() -> sendSmall(call, request, BodyPublishers.noBody());
      case Payload.Bytes(byte[] bytes, String type) ->
          sendSmall(
              call, request.setHeader("Content-Type", type), BodyPublishers.ofByteArray(bytes));
      case Payload.Stream(BlobSource source, long size) -> {
        try (InputStream in = source.open()) {
          request.setHeader("Content-Type", "application/octet-stream");
          yield uploader.send(call.method(), request, in, size, info -> subscriber(call, info));
        }
      }
    };
  }

  private HttpRequest.Builder prototype(String accept) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder().setHeader("User-Agent", endpoint.userAgent());
    return accept.isEmpty() ? request : request.setHeader("Accept", accept);
  }

  /** Up to the headers the client's own limit holds, from there on the body's. */
  private HttpResponse<Body> sendSmall(
      Call call, HttpRequest.Builder request, BodyPublisher payload)
      throws IOException, InterruptedException {
    request.method(call.method(), payload).timeout(endpoint.timeout());
    return http.send(request.build(), info -> subscriber(call, info));
  }

  private BodySubscriber<Body> subscriber(Call call, ResponseInfo info) {
    if (call.method().equals("HEAD")) {
      return BodySubscribers.replacing(Body.EMPTY);
    }
    boolean success = info.statusCode() >= 200 && info.statusCode() < 300;
    if (success && call.streamed()) {
      return new StreamedBody(endpoint.timeout());
    }
    long announced = info.headers().firstValueAsLong("Content-Length").orElse(-1);
    return new BoundedBody(success ? call.limit() : Call.ERROR, !success, announced, bodyWatch);
  }

  @Override
  public void close() {
    bodyWatch.close();
    http.shutdownNow();
    uploader.close();
  }
}
