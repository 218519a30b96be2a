package dev.winnow.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends streams. Has an HTTP client of its own, made when first needed: reading a stream blocks,
 * which the thread that serves the other client must not. May take long, but not stop.
 */
final class Uploader implements AutoCloseable {
  private final Supplier<HttpClient.Builder> builder;
  private final Duration idle;
  private final ReentrantLock making = new ReentrantLock();
  private @Nullable HttpClient http;

  Uploader(Supplier<HttpClient.Builder> builder, Duration idle) {
    this.builder = builder;
    this.idle = idle;
  }

  /** Sends so many bytes of the stream, which the caller closes. */
  HttpResponse<Body> send(
      String method,
      HttpRequest.Builder request,
      InputStream content,
      long size,
      BodyHandler<Body> handler)
      throws IOException, InterruptedException {
    Progress progress = new Progress(content);
    request.method(
        method,
        size == 0
            ? BodyPublishers.noBody()
            : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> progress), size));
    CompletableFuture<HttpResponse<Body>> response = client().sendAsync(request.build(), handler);
    try {
      return await(response, progress);
    } catch (InterruptedException | HttpTimeoutException e) {
      response.cancel(true);
      throw e;
    }
  }

  private HttpResponse<Body> await(
      CompletableFuture<HttpResponse<Body>> response, Progress progress)
      throws IOException, InterruptedException {
    while (true) {
      try {
        return response.get(idle.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
      } catch (TimeoutException e) {
        if (System.nanoTime() - progress.at > idle.toNanos()) {
          throw new HttpTimeoutException("no progress for more than " + idle.toSeconds() + " s");
        }
      }
    }
  }

  private HttpClient client() {
    making.lock();
    try {
      HttpClient made = http;
      if (made == null) {
        made = builder.get().executor(Executors.newVirtualThreadPerTaskExecutor()).build();
        http = made;
      }
      return made;
    } finally {
      making.unlock();
    }
  }

  @Override
  public void close() {
    making.lock();
    try {
      HttpClient made = http;
      if (made != null) {
        made.shutdownNow();
      }
    } finally {
      making.unlock();
    }
  }

  /** Notes when something was last read. */
  private static final class Progress extends FilterInputStream {
    volatile long at = System.nanoTime();

    Progress(InputStream content) {
      super(content);
    }

    @Override
    public int read() throws IOException {
      at = System.nanoTime();
      return super.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      at = System.nanoTime();
      return super.read(target, offset, length);
    }
  }
}
