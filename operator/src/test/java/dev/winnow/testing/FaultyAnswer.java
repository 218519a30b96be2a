package dev.winnow.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes an answer to a client of {@link TestProxy}, with what its fault does to it. */
final class FaultyAnswer {
  private static final int PIECE = 64 * 1024;

  private FaultyAnswer() {}

  /** Writes it, and says whether the connection lives on. */
  static boolean write(
      OutputStream out,
      String method,
      int status,
      Map<String, List<String>> headers,
      byte[] body,
      @Nullable Fault fault,
      CountDownLatch closed)
      throws IOException, InterruptedException {
    if (fault instanceof Fault.Headers(Map<String, @Nullable String> changes)) {
      change(headers, changes);
    }
    if (method.equals("HEAD") || status == 204 || status == 304) {
      HttpWire.head(out, status, headers);
      return true;
    }
    headers.put("Content-Length", List.of("" + body.length));
    switch (fault) {
      case Fault.Oversize(long bytes, boolean told) ->
          oversize(out, status, headers, body, Math.max(bytes, body.length), told);
      case Fault.Truncate(int bytes) -> {
        HttpWire.head(out, status, headers);
        out.write(body, 0, Math.min(bytes, body.length));
        return false;
      }
      case Fault.Drip(Duration pause) -> {
        HttpWire.head(out, status, headers);
        return drip(out, body, pause, closed);
      }
      case Fault.Corrupt corrupt -> {
        HttpWire.head(out, status, headers);
        out.write(corrupted(body));
      }
      case null, default -> {
        HttpWire.head(out, status, headers);
        out.write(body);
      }
    }
    return true;
  }

  private static void change(
      Map<String, List<String>> headers, Map<String, @Nullable String> changes) {
    changes.forEach((name, value) -> {
      if (value == null) {
        headers.remove(name);
      } else {
        headers.put(name, List.of(value));
      }
    });
  }

  private static boolean drip(OutputStream out, byte[] body, Duration pause, CountDownLatch closed)
      throws IOException, InterruptedException {
    for (byte b : body) {
      out.write(b);
      out.flush();
      if (closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] corrupted(byte[] body) {
    byte[] wrong = body.clone();
    if (wrong.length > 0) {
      wrong[wrong.length / 2] ^= 1;
    }
    return wrong;
  }

  private static void oversize(
      OutputStream out,
      int status,
      Map<String, List<String>> headers,
      byte[] body,
      long total,
      boolean told)
      throws IOException {
    headers.remove("Content-Length");
    headers.put(
        told ? "Content-Length" : "Transfer-Encoding", List.of(told ? "" + total : "chunked"));
    HttpWire.head(out, status, headers);
    byte[] blanks = new byte[PIECE];
    Arrays.fill(blanks, (byte) ' ');
    piece(out, body, body.length, told);
    for (long left = total - body.length; left > 0; left -= PIECE) {
      piece(out, blanks, (int) Math.min(left, PIECE), told);
    }
    if (!told) {
      HttpWire.chunk(out, blanks, 0);
    }
  }

  private static void piece(OutputStream out, byte[] bytes, int length, boolean told)
      throws IOException {
    if (told) {
      out.write(bytes, 0, length);
    } else if (length > 0) {
      HttpWire.chunk(out, bytes, length);
    }
  }
}
