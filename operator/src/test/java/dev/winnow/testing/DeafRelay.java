package dev.winnow.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Relays TLS to a server as it is. Told to be deaf it drops what the server says on the connections
 * of watches, which stay open: the half of a connection that a network lost without a word. Watches
 * are web sockets, which alone do not offer HTTP/2; that is said in the clear when they connect.
 */
public final class DeafRelay implements AutoCloseable {
  private static final String HTTP2 = "\u0002h2";

  private final URI server;
  private final ServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean deaf;

  private DeafRelay(URI server) {
    this.server = server;
    try {
      this.listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  /** Starts one in front of a server. */
  public static DeafRelay before(String server) {
    return new DeafRelay(URI.create(server));
  }

  /** Where it listens. */
  public String url() {
    return "https://127.0.0.1:" + listening.getLocalPort();
  }

  /** From now on no watch hears anything, and no new one begins. */
  public void deafen() {
    deaf = true;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Socket upstream = new Socket(server.getHost(), server.getPort());
        open.add(client);
        open.add(upstream);
        Thread.startVirtualThread(() -> relay(client, upstream));
      } catch (IOException e) {
        // Closed, or one of both went away.
      }
    }
  }

  private void relay(Socket client, Socket upstream) {
    try (client;
        upstream) {
      byte[] hello = new byte[16_384];
      int length = client.getInputStream().read(hello);
      if (length < 0) {
        return;
      }
      boolean watch = !new String(hello, 0, length, StandardCharsets.ISO_8859_1).contains(HTTP2);
      upstream.getOutputStream().write(hello, 0, length);
      Thread answers = Thread.startVirtualThread(() -> copy(upstream, client, watch));
      copy(client, upstream, false);
      answers.interrupt();
    } catch (IOException e) {
      // One of both went away.
    } finally {
      open.remove(client);
      open.remove(upstream);
    }
  }

  private void copy(Socket from, Socket to, boolean mayBeDeaf) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[16_384];
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        if (!(mayBeDeaf && deaf)) {
          out.write(bytes, 0, length);
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // One of both went away.
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
