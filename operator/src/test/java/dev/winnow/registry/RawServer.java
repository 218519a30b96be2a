package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Speaks HTTP wrongly: each connection is given to the next script, the last one repeats. */
final class RawServer implements AutoCloseable {
  final AtomicInteger connections = new AtomicInteger();
  private final boolean listens;
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** What to do with a connection once a request's head has been read; it is closed afterwards. */
  interface Script {
    void play(Socket socket) throws IOException;
  }

  RawServer(Script... scripts) {
    this(true, scripts);
  }

  private RawServer(boolean listens, Script... scripts) {
    this.listens = listens;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(() -> accept(scripts));
  }

  /** Plays its script without waiting for a request that it understands. */
  static RawServer eager(Script script) {
    return new RawServer(false, script);
  }

  /** Sends this and closes the connection. */
  static Script sends(String text) {
    return socket -> socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  /** Sends this and then nothing, until the client goes. */
  static Script stallsAfter(String text) {
    return socket -> {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      socket.getInputStream().readAllBytes();
    };
  }

  static String ok(int length, String body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + length
        + "\r\n\r\n"
        + body;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  private void accept(Script[] scripts) {
    while (true) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Script script = scripts[Math.min(connections.getAndIncrement(), scripts.length - 1)];
        Thread.ofVirtual().start(() -> serve(socket, script));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket socket, Script script) {
    try (socket) {
      if (listens) {
        readHead(socket.getInputStream());
      }
      script.play(socket);
      socket.getOutputStream().flush();
    } catch (IOException e) {
      return; // The client went.
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int ends = 0;
    int c;
    while (ends < 2 && (c = in.read()) >= 0) {
      ends = c == '\n' ? ends + 1 : c == '\r' ? ends : 0;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
