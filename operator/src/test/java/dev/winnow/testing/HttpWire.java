package dev.winnow.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of HTTP/1.1, byte by byte: the JDK's server sets headers of its own ({@code
 * Date}) and refuses to break the protocol, which is what {@link TestProxy} is for.
 */
final class HttpWire {
  private HttpWire() {}

  /** A request that arrived whole. */
  static final class Incoming {
    final String method;
    final String target;
    final Map<String, List<String>> headers;
    final byte[] body;

    Incoming(String method, String target, Map<String, List<String>> headers, byte[] body) {
      this.method = method;
      this.target = target;
      this.headers = headers;
      this.body = body;
    }
  }

  /** Headers by name in any case. */
  static Map<String, List<String>> headers() {
    return new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  }

  /** Reads the next request, or null when the client closed the connection. */
  static @Nullable Incoming read(InputStream in, OutputStream out) throws IOException {
    @Nullable String first = line(in);
    if (first == null) {
      return null;
    }
    List<String> parts = List.of(first.split(" ", -1));
    Map<String, List<String>> headers = headers();
    for (String line = need(in); !line.isEmpty(); line = need(in)) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    if (headers.containsKey("Expect")) {
      out.write(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
      out.flush();
    }
    byte[] body = body(in, headers);
    return new Incoming(parts.get(0), parts.get(1), headers, body);
  }

  /** Writes the head of an answer. */
  static void head(OutputStream out, int status, Map<String, List<String>> headers)
      throws IOException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " \r\n");
    headers.forEach((name, values) ->
        values.forEach(value -> text.append(name).append(": ").append(value).append("\r\n")));
    out.write(ascii(text.append("\r\n").toString()));
  }

  /** Writes a chunk of a body of unknown length; an empty one ends it. */
  static void chunk(OutputStream out, byte[] bytes, int length) throws IOException {
    out.write(ascii(Integer.toHexString(length) + "\r\n"));
    out.write(bytes, 0, length);
    out.write(ascii("\r\n"));
  }

  private static byte[] body(InputStream in, Map<String, List<String>> headers) throws IOException {
    if (!headers.containsKey("Transfer-Encoding")) {
      String length = headers.getOrDefault("Content-Length", List.of("0")).getFirst();
      return in.readNBytes(Integer.parseInt(length));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
      body.write(in.readNBytes(size));
      need(in);
    }
    // No trailers: no client of a registry sends one.
    need(in);
    return body.toByteArray();
  }

  private static int chunkSize(InputStream in) throws IOException {
    return Integer.parseInt(need(in).strip(), 16);
  }

  private static String need(InputStream in) throws IOException {
    @Nullable String line = line(in);
    if (line == null) {
      throw new EOFException("in the middle of a request");
    }
    return line;
  }

  private static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return null;
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
